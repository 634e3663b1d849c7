// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/error.hpp>
#include <roam/mapping/json.hpp>
#include <roam/mapping/record.hpp>

#include <support/catch.hpp>

#include <limits>
#include <string>

using namespace roam::test;
using namespace std::string_literals;
using nlohmann::json;
using roam::mapping::cell_kind;
using roam::mapping::load_status;

namespace {

struct event {
    std::int64_t id = 0;
    json body;
    std::optional<json> extra;
};

std::string refusal_of(json const& value) {
    try {
        stored_text(value);
    } catch (roam::conversion_error const& e) {
        return e.what();
    }
    return "stored";
}

}  // namespace

TEST_CASE("JSON is stored as its text and comes back equal") {
    json const value{
        {"name", "caf\u00e9"}, {"n", 1}, {"deep", {{"list", {1, 2.5, nullptr, true}}}}};
    CHECK(stored_kind(value) == cell_kind::json);
    CHECK(stored_text(value) ==
          "{\"deep\":{\"list\":[1,2.5,null,true]},\"n\":1,\"name\":\"caf\u00e9\"}");
    for (json const& each : {value, json(), json::object(), json::array(), json(""), json(-0.0),
                             json(std::numeric_limits<std::uint64_t>::max()),
                             json(std::numeric_limits<std::int64_t>::min()), json("\u0001\"\\")}) {
        CAPTURE(each.dump());
        CHECK(round_trips(each));
    }
}

TEST_CASE("JSON is read from a json and from a text column") {
    CHECK(loaded<json>(text_cell("{\"a\": [1]}", cell_kind::json))["a"][0] == 1);
    CHECK(loaded<json>(text_cell(" 7 ")) == 7);
    CHECK(status_of<json>(integer_cell(7)) == load_status::wrong_kind);
    CHECK(status_of<json>(text_cell("{}", cell_kind::unchecked_text)) == load_status::wrong_kind);
}

TEST_CASE("a JSON null is a value, and a NULL is none") {
    CHECK(stored_text(json()) == "null");
    CHECK(status_of<json>({}) == load_status::null);
    CHECK(stored_kind(std::optional<json>{}) == cell_kind::null);
    CHECK(stored_text(std::optional<json>{json()}) == "null");
    std::optional<json> member;
    REQUIRE(roam::mapping::load(text_cell("null"), member) == load_status::ok);
    REQUIRE(member.has_value());
    CHECK(member->is_null());
}

TEST_CASE("text that is no JSON is malformed and leaves the member alone") {
    for (auto const& text : {""s, "{"s, "{\"a\":}"s, "[1,]"s, "nul"s, "1 2"s, "'a'"s, "NaN"s,
                             "1e999"s, "\"\xff\""s, "\"a\0b\""s}) {
        CAPTURE(text);
        json member = 1;
        CHECK(roam::mapping::load(text_cell(text, cell_kind::json), member) ==
              load_status::malformed);
        CHECK(member == 1);
    }
}

TEST_CASE("JSON that not every engine keeps is refused when it is stored, however deep") {
    CHECK_THAT(refusal_of("caf\xe9"), Catch::Contains("not UTF-8"));
    CHECK_THAT(refusal_of({{"a", {1, "\xff"}}}), Catch::Contains("not UTF-8"));
    CHECK_THAT(refusal_of({{"\xff", 1}}), Catch::Contains("not UTF-8"));
    CHECK_THAT(refusal_of({{"a", {"b\0"s}}}), Catch::Contains("NUL"));
    CHECK_THAT(refusal_of({{"a\0"s, 1}}), Catch::Contains("NUL"));
    CHECK_THAT(refusal_of({1, std::numeric_limits<double>::infinity()}),
               Catch::Contains("not finite"));
    CHECK_THAT(refusal_of({{"a", json::binary({1, 2})}}), Catch::Contains("bytes"));
    CHECK_THAT(refusal_of(json(json::value_t::discarded)), Catch::Contains("discarded"));
    CHECK(refusal_of("caf\u00e9") == "stored");
}

TEST_CASE("JSON is one column of its record") {
    auto const& t = roam::table_of<event>();
    REQUIRE(t.columns.size() == 3);
    CHECK(t.columns[1].name == "body");
    CHECK(t.columns[1].type.kind == roam::mapping::type_kind::json);
    CHECK_FALSE(t.columns[1].nullable);
    CHECK(t.columns[2].nullable);
}
