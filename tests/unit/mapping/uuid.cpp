// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/mapping/record.hpp>
#include <roam/mapping/uuid.hpp>

#include <support/catch.hpp>

#include <array>
#include <string>

using namespace roam::test;
using boost::uuids::uuid;
using roam::mapping::cell;
using roam::mapping::cell_kind;
using roam::mapping::load_status;
using roam::mapping::type_kind;

namespace {

constexpr uuid sample{{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76,
                       0x54, 0x32, 0x10}};

struct device {
    uuid id{};
    std::string name;
    std::optional<uuid> owner;
};

}  // namespace

TEST_CASE("a uuid is stored as its 16 bytes, which it lends") {
    roam::mapping::scratch memory;
    cell const c = roam::mapping::store(sample, memory);
    CHECK(c.kind == cell_kind::uuid);
    CHECK(c.size == 16);
    CHECK(static_cast<void const*>(c.bytes) == static_cast<void const*>(&*sample.begin()));
    CHECK(round_trips(sample));
    CHECK(round_trips(uuid{}));
    CHECK(round_trips(std::optional<uuid>{}));
}

TEST_CASE("a uuid is read from text of 36 or 32 characters in either case, and from 16 bytes") {
    CHECK(loaded<uuid>(text_cell("01234567-89ab-cdef-fedc-ba9876543210")) == sample);
    CHECK(loaded<uuid>(text_cell("01234567-89AB-CDEF-FEDC-BA9876543210")) == sample);
    CHECK(loaded<uuid>(text_cell("0123456789abcdeffedcba9876543210")) == sample);
    auto const bytes = std::as_bytes(std::span{sample.begin(), 16});
    CHECK(loaded<uuid>(cell::of_bytes(bytes)) == sample);
    CHECK(loaded<uuid>(cell::of_bytes(bytes, cell_kind::uuid)) == sample);
}

TEST_CASE("what spells no uuid is malformed and leaves the member alone") {
    for (auto const* const text :
         {"", "0", "01234567-89ab-cdef-fedc-ba987654321", "01234567-89ab-cdef-fedc-ba98765432100",
          "01234567089ab-cdef-fedc-ba9876543210", "01234567-89ab-cdef-fedcba-9876543210",
          "g1234567-89ab-cdef-fedc-ba9876543210", "01234567-89ab-cdef-fedc-ba987654321 ",
          "-123456789abcdeffedcba9876543210", "{1234567-89ab-cdef-fedc-ba987654321}"}) {
        CAPTURE(text);
        uuid member = sample;
        CHECK(roam::mapping::load(text_cell(text), member) == load_status::malformed);
        CHECK(member == sample);
    }
    std::array<std::byte, 15> const bytes{};
    CHECK(status_of<uuid>(cell::of_bytes(bytes)) == load_status::malformed);
    CHECK(status_of<uuid>({}) == load_status::null);
    CHECK(status_of<uuid>(integer_cell(0)) == load_status::wrong_kind);
}

TEST_CASE("a uuid is one column of its record, and a key that the program assigns") {
    auto const& t = roam::table_of<device>();
    REQUIRE(t.columns.size() == 3);
    CHECK(t.columns[0].type.kind == type_kind::uuid);
    CHECK(t.columns[0].primary_key);
    CHECK_FALSE(t.columns[0].generated);
    CHECK(t.columns[2].type.kind == type_kind::uuid);
    CHECK(t.columns[2].nullable);
}
