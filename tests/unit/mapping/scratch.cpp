// SPDX-License-Identifier: MIT
#include <roam/mapping/scratch.hpp>

#include <support/catch.hpp>

#include <array>
#include <string>
#include <vector>

using roam::mapping::cell;
using roam::mapping::cell_kind;

TEST_CASE("what is kept stays where it is, however much is taken afterwards") {
    roam::mapping::scratch memory;
    std::vector<cell> kept;
    for (int i = 0; i < 200; ++i) {
        std::string text = "text number " + std::to_string(i);
        kept.push_back(memory.keep(cell::of_text(text)));
        text.assign(text.size(), 'x');  // the original may change and go
    }
    for (int i = 0; i < 200; ++i)
        CHECK(kept[static_cast<std::size_t>(i)].as_text() == "text number " + std::to_string(i));
}

TEST_CASE("every kind that is text or bytes is copied, with its kind") {
    for (auto const kind :
         {cell_kind::text, cell_kind::unchecked_text, cell_kind::json, cell_kind::decimal,
          cell_kind::array, cell_kind::blob, cell_kind::uuid}) {
        roam::mapping::scratch memory;
        std::string original = "0123456789abcdef";
        cell const copy = memory.keep(cell::of_text(original, kind));
        CHECK(copy.kind == kind);
        CHECK(copy.text != original.data());
        CHECK(copy.as_text() == original);
    }
}

TEST_CASE("what needs no memory is the same cell again") {
    roam::mapping::scratch memory;
    CHECK(memory.keep(cell{}).is_null());
    CHECK(memory.keep(cell::of(cell_kind::integer, -1)).integer == -1);
    CHECK(memory.keep(cell::of(cell_kind::timestamp, 7)).kind == cell_kind::timestamp);
    CHECK(memory.keep(cell::of_real(0.5)).real == 0.5);
}

TEST_CASE("an empty text is kept as an empty text, not as NULL") {
    roam::mapping::scratch memory;
    cell const c = memory.keep(cell::of_text(std::string_view{}));
    CHECK(c.kind == cell_kind::text);
    CHECK(c.text != nullptr);
    CHECK(c.size == 0);
}

TEST_CASE("memory of any size can be written to its last byte") {
    roam::mapping::scratch memory;
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}}) {
        char* const bytes = memory.take(size);
        REQUIRE(bytes != nullptr);
        for (std::size_t i = 0; i < size; ++i)
            bytes[i] = 'x';
    }
}
