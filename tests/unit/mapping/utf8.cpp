// SPDX-License-Identifier: MIT
#include "mapping/utf8.hpp"

#include <support/catch.hpp>

#include <string>
#include <string_view>

using roam::mapping::is_valid_text;
using namespace std::string_view_literals;

TEST_CASE(
    "text of every length is accepted when it is ASCII, and refused with a NUL at any place") {
    for (std::size_t size = 0; size <= 70; ++size) {
        std::string text(size, 'x');
        CHECK(is_valid_text(text));
        for (std::size_t place = 0; place < size; ++place) {
            auto damaged = text;
            damaged[place] = '\0';
            CHECK_FALSE(is_valid_text(damaged));
            damaged[place] = '\x7f';
            CHECK(is_valid_text(damaged));
            damaged[place] = '\x01';
            CHECK(is_valid_text(damaged));
            damaged[place] = '\x80';
            CHECK_FALSE(is_valid_text(damaged));
            damaged[place] = '\xff';
            CHECK_FALSE(is_valid_text(damaged));
        }
    }
}

TEST_CASE("a sequence is accepted at each place of a text of each length") {
    for (auto const sequence : {"\u00e9"sv, "\u20ac"sv, "\U0001F600"sv}) {
        for (std::size_t before = 0; before <= 20; ++before) {
            for (std::size_t after = 0; after <= 20; ++after) {
                auto const text = std::string(before, 'a') + std::string{sequence};
                CHECK(is_valid_text(text + std::string(after, 'b')));
                CHECK_FALSE(
                    is_valid_text(text.substr(0, text.size() - 1) + std::string(after, 'b')));
            }
        }
    }
}

TEST_CASE("the smallest and greatest code points of each length are accepted") {
    for (auto const text :
         {"\x01"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv,
          "\xee\x80\x80"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
        CHECK(is_valid_text(text));
        CHECK(is_valid_text("an ASCII beginning " + std::string{text}));
    }
}

TEST_CASE("what is no UTF-8 is refused") {
    struct sample {
        char const* why;
        std::string_view text;
    };
    auto const [why, text] = GENERATE(
        sample{"overlong NUL", "\xc0\x80"sv}, sample{"overlong slash", "\xc0\xaf"sv},
        sample{"overlong of two bytes", "\xc1\xbf"sv},
        sample{"overlong of three bytes", "\xe0\x80\xaf"sv},
        sample{"overlong of three bytes, greatest", "\xe0\x9f\xbf"sv},
        sample{"overlong of four bytes", "\xf0\x80\x80\xaf"sv},
        sample{"overlong of four bytes, greatest", "\xf0\x8f\xbf\xbf"sv},
        sample{"first surrogate", "\xed\xa0\x80"sv}, sample{"last surrogate", "\xed\xbf\xbf"sv},
        sample{"a pair of surrogates", "\xed\xa0\xbd\xed\xb8\x80"sv},
        sample{"above U+10FFFF", "\xf4\x90\x80\x80"sv},
        sample{"five bytes", "\xf8\x88\x80\x80\x80"sv},
        sample{"six bytes", "\xfc\x84\x80\x80\x80\x80"sv}, sample{"byte 255", "\xff"sv},
        sample{"continuation alone", "\x80"sv}, sample{"two bytes cut", "\xc3"sv},
        sample{"three bytes cut", "\xe2\x82"sv}, sample{"four bytes cut", "\xf0\x9f\x98"sv},
        sample{"a letter in a sequence", "\xe2\x82x"sv}, sample{"Latin-1", "caf\xe9 au lait"sv},
        sample{"NUL after a sequence", "\xc3\xa9\0"sv});
    CAPTURE(why);
    CHECK_FALSE(is_valid_text(text));
    CHECK_FALSE(is_valid_text("an ASCII beginning " + std::string{text}));
    CHECK_FALSE(is_valid_text(std::string{text} + " and an ASCII end"));
}
