// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/error.hpp>
#include <roam/mapping/value.hpp>

#include <support/catch.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace roam::test;
using namespace std::string_literals;
using roam::mapping::cell;
using roam::mapping::cell_kind;
using roam::mapping::column_type_of;
using roam::mapping::load_status;
using roam::mapping::type_kind;

namespace shop {

enum class color { red, green, blue };
ROAM_ENUM(color, red, green)  // blue is left out on purpose

enum class size : std::int16_t { small = -3, large = 300 };

struct money {
    std::int64_t cents = 0;
    friend bool operator==(money const&, money const&) = default;
};

// Stored as text that the conversion makes: nothing else keeps it alive.
struct country {
    std::string code;
    friend bool operator==(country const&, country const&) = default;
};

// Stored as a type that is converted itself.
struct price_tag {
    money price;
    friend bool operator==(price_tag const&, price_tag const&) = default;
};

struct refusing {};

}  // namespace shop

template <>
struct roam::value<shop::money> {
    using stored_as = std::int64_t;
    static std::int64_t store(shop::money const& m) { return m.cents; }
    static shop::money load(std::int64_t cents) { return {cents}; }
};
template <>
struct roam::value<shop::country> {
    using stored_as = std::string;
    static std::string store(shop::country const& c) { return "country:" + c.code; }
    static shop::country load(std::string text) { return {text.substr(8)}; }
};
template <>
struct roam::value<shop::price_tag> {
    using stored_as = shop::money;
    static shop::money store(shop::price_tag const& t) { return t.price; }
    static shop::price_tag load(shop::money m) { return {m}; }
};
template <>
struct roam::value<shop::refusing> {
    using stored_as = int;
    static int store(shop::refusing const&) { throw std::string{"not this one"}; }
    static shop::refusing load(int) { throw std::string{"nor back"}; }
};

namespace {

// The limits of an integer type go through; one beyond either does not.
template <class T>
void check_integer(type_kind kind) {
    using limits = std::numeric_limits<T>;
    STATIC_REQUIRE(roam::mapping::storable<T>);
    CHECK(column_type_of<T>().kind == kind);
    CHECK(stored_kind(T{1}) == cell_kind::integer);
    CHECK(round_trips<T>(0));
    CHECK(round_trips<T>(limits::min()));
    if constexpr (limits::digits < 64)
        CHECK(round_trips<T>(limits::max()));
    if constexpr (limits::digits < 63) {
        auto const above = static_cast<std::int64_t>(limits::max()) + 1;
        auto const below = static_cast<std::int64_t>(limits::min()) - 1;
        CHECK(status_of<T>(integer_cell(above)) == load_status::out_of_range);
        CHECK(status_of<T>(integer_cell(below)) == load_status::out_of_range);
    }
    CHECK(status_of<T>({}) == load_status::null);
    CHECK(status_of<T>(text_cell("1")) == load_status::wrong_kind);
    CHECK(status_of<T>(cell::of_real(1.0)) == load_status::wrong_kind);
}

}  // namespace

TEST_CASE("every integer type takes its own limits and nothing beyond them") {
    check_integer<std::int8_t>(type_kind::int8);
    check_integer<std::int16_t>(type_kind::int16);
    check_integer<std::int32_t>(type_kind::int32);
    check_integer<std::int64_t>(type_kind::int64);
    check_integer<std::uint8_t>(type_kind::uint8);
    check_integer<std::uint16_t>(type_kind::uint16);
    check_integer<std::uint32_t>(type_kind::uint32);
    check_integer<std::uint64_t>(type_kind::uint64);
    check_integer<long long>(type_kind::int64);
    check_integer<unsigned long>(type_kind::uint64);
}

TEST_CASE("an unsigned number above what a 64-bit column holds is refused, never wrapped around") {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(round_trips<std::uint64_t>(most));
    for (std::uint64_t const value : {most + 1, std::numeric_limits<std::uint64_t>::max()}) {
        roam::mapping::scratch memory;
        CHECK_THROWS_AS(roam::mapping::store(value, memory), roam::conversion_error);
        CHECK_THROWS_WITH(
            roam::mapping::store(value, memory),
            Catch::Contains("64-bit column") && !Catch::Contains(std::to_string(value)));
        CHECK_THROWS_AS(roam::mapping::store(std::vector{value}, memory), roam::conversion_error);
    }
    CHECK(status_of<std::uint64_t>(integer_cell(-1)) == load_status::out_of_range);
}

TEST_CASE("an integer is read from a whole decimal, as servers answer sums") {
    auto const decimal = [](std::string_view text) { return text_cell(text, cell_kind::decimal); };
    CHECK(loaded<std::int64_t>(decimal("12")) == 12);
    CHECK(loaded<std::int64_t>(decimal("-12.000")) == -12);
    CHECK(loaded<int>(decimal("2147483647")) == 2147483647);
    CHECK(status_of<int>(decimal("2147483648")) == load_status::out_of_range);
    CHECK(status_of<std::int64_t>(decimal("9223372036854775808")) == load_status::out_of_range);
    CHECK(status_of<std::int64_t>(decimal("12.5")) == load_status::out_of_range);
    CHECK(status_of<std::int64_t>(decimal("12x")) == load_status::malformed);
    CHECK(status_of<std::int64_t>(decimal("")) == load_status::malformed);
}

TEST_CASE("a boolean is stored as one and read from 0 and 1 only") {
    CHECK(stored_kind(true) == cell_kind::boolean);
    CHECK(round_trips(true));
    CHECK(round_trips(false));
    CHECK(loaded<bool>(integer_cell(1)));
    CHECK(status_of<bool>(integer_cell(2)) == load_status::out_of_range);
    CHECK(status_of<bool>(integer_cell(-1)) == load_status::out_of_range);
    CHECK(status_of<bool>(text_cell("t")) == load_status::wrong_kind);
    CHECK(status_of<bool>({}) == load_status::null);
}

TEST_CASE("floating-point numbers keep every bit, infinities and NaN included") {
    using limits = std::numeric_limits<double>;
    for (double const value : {0.0, -0.0, 0.1, limits::min(), limits::max(), limits::lowest(),
                               limits::denorm_min(), limits::infinity(), -limits::infinity()}) {
        CHECK(round_trips(value));
    }
    CHECK(std::signbit(loaded<double>(cell::of_real(-0.0))));
    CHECK(std::isnan(loaded<double>(cell::of_real(limits::quiet_NaN()))));
    CHECK(round_trips(std::numeric_limits<float>::max()));
    CHECK(round_trips(0.1f));
    CHECK(column_type_of<float>().kind == type_kind::float32);
    CHECK(column_type_of<double>().kind == type_kind::float64);
}

TEST_CASE("a floating-point number is read from an integer and from a decimal, not from text") {
    CHECK(loaded<double>(integer_cell(-7)) == -7.0);
    CHECK(loaded<double>(text_cell("0.1", cell_kind::decimal)) == 0.1);
    CHECK(loaded<float>(text_cell("2.5", cell_kind::decimal)) == 2.5f);
    CHECK(status_of<double>(text_cell("0.1x", cell_kind::decimal)) == load_status::malformed);
    CHECK(status_of<double>(text_cell("0.1")) == load_status::wrong_kind);
    CHECK(status_of<double>({}) == load_status::null);
}

TEST_CASE("a number that a float cannot hold is out of range, not infinite") {
    CHECK(status_of<float>(cell::of_real(1e300)) == load_status::out_of_range);
    CHECK(status_of<float>(cell::of_real(-1e39)) == load_status::out_of_range);
    CHECK(status_of<float>(text_cell("1e39", cell_kind::decimal)) == load_status::out_of_range);
    CHECK(status_of<double>(text_cell("1e400", cell_kind::decimal)) == load_status::out_of_range);
    CHECK(std::isinf(loaded<float>(cell::of_real(std::numeric_limits<double>::infinity()))));
}

TEST_CASE("text lends its own memory when it is stored") {
    std::string const text = "a text that is longer than any buffer in the string itself";
    roam::mapping::scratch memory;
    cell const c = roam::mapping::store(text, memory);
    CHECK(c.kind == cell_kind::text);
    CHECK(c.text == text.data());
    CHECK(c.size == text.size());
    CHECK(round_trips(text));
    CHECK(round_trips(""s));
    CHECK(round_trips("with\0NUL"s));
    CHECK(status_of<std::string>({}) == load_status::null);
    CHECK(status_of<std::string>(integer_cell(1)) == load_status::wrong_kind);
    CHECK(status_of<std::string>(cell::of_bytes({})) == load_status::wrong_kind);
}

TEST_CASE("text takes the spelling of what is more than text") {
    std::byte bytes[16];
    for (unsigned i = 0; i < 16; ++i)
        bytes[i] = static_cast<std::byte>(i * 17);
    CHECK(loaded<std::string>(cell::of_bytes(bytes, cell_kind::uuid)) ==
          "00112233-4455-6677-8899-aabbccddeeff");
    CHECK(loaded<std::string>(text_cell("{\"a\":1}", cell_kind::json)) == "{\"a\":1}");
    CHECK(loaded<std::string>(text_cell("1.50", cell_kind::decimal)) == "1.50");
    CHECK(loaded<std::string>(text_cell("[1,2]", cell_kind::array)) == "[1,2]");
    CHECK(loaded<std::string>(integer_cell(0, cell_kind::date)) == "1970-01-01");
    CHECK(loaded<std::string>(integer_cell(-1, cell_kind::timestamp)) ==
          "1969-12-31 23:59:59.999999");
    CHECK(status_of<std::string>(integer_cell(2932897, cell_kind::date)) ==
          load_status::out_of_range);
}

TEST_CASE("unchecked text says so to the backend and keeps every byte") {
    roam::unchecked_text const text{"caf\xe9\0!"s};
    CHECK(stored_kind(text) == cell_kind::unchecked_text);
    CHECK(stored_text(text) == text.bytes);
    CHECK(round_trips(text));
    CHECK(column_type_of<roam::unchecked_text>().kind == type_kind::text);
}

TEST_CASE("bytes are read from a blob only") {
    std::vector<std::byte> const bytes{std::byte{0}, std::byte{255}, std::byte{1}};
    CHECK(stored_kind(bytes) == cell_kind::blob);
    CHECK(round_trips(bytes));
    CHECK(round_trips(std::vector<std::byte>{}));
    CHECK(status_of<std::vector<std::byte>>(text_cell("x")) == load_status::wrong_kind);
    CHECK(status_of<std::vector<std::byte>>({}) == load_status::null);
}

TEST_CASE("a fixed string takes up to its size and refuses one byte more") {
    using code = roam::fixed_string<4>;
    CHECK(column_type_of<code>() ==
          roam::mapping::column_type{.kind = type_kind::text, .length = 4});
    CHECK(round_trips(code{""}));
    CHECK(round_trips(code{"abcd"}));
    CHECK(loaded<code>(text_cell("ab")) == code{"ab"});
    CHECK(status_of<code>(text_cell("abcde")) == load_status::out_of_range);
    CHECK(status_of<code>(integer_cell(1)) == load_status::wrong_kind);
    CHECK(status_of<code>({}) == load_status::null);
    CHECK_THROWS_AS(code{"abcde"}, roam::conversion_error);
    CHECK(code{"ab"} < code{"b"});
    CHECK(code{"ab"}.size() == 2);
}

TEST_CASE("an array of characters is text that ends at the first NUL or at its size") {
    using code = std::array<char, 3>;
    CHECK(stored_text(code{'a', 'b', '\0'}) == "ab");
    CHECK(stored_text(code{'a', 'b', 'c'}) == "abc");
    CHECK(stored_text(code{}).empty());
    CHECK(loaded<code>(text_cell("ab")) == code{'a', 'b', '\0'});
    CHECK(status_of<code>(text_cell("abcd")) == load_status::out_of_range);
    code used{'x', 'y', 'z'};
    REQUIRE(roam::mapping::load(text_cell("a"), used) == load_status::ok);
    CHECK(used == code{'a', '\0', '\0'});
}

TEST_CASE("a listed enum is stored by name; a name or a number that is not listed is refused") {
    CHECK(column_type_of<shop::color>().kind == type_kind::text);
    CHECK(stored_text(shop::color::green) == "green");
    CHECK(loaded<shop::color>(text_cell("green")) == shop::color::green);
    CHECK(status_of<shop::color>(text_cell("GREEN")) == load_status::malformed);
    CHECK(status_of<shop::color>(text_cell("")) == load_status::malformed);
    CHECK(status_of<shop::color>(integer_cell(1)) == load_status::wrong_kind);
    roam::mapping::scratch memory;
    CHECK_THROWS_WITH(roam::mapping::store(shop::color::blue, memory),
                      Catch::Contains("ROAM_ENUM") && !Catch::Contains("2"));
}

TEST_CASE("an enum without listed names is its number, within the limits of its type") {
    CHECK(column_type_of<shop::size>().kind == type_kind::int16);
    CHECK(stored_integer(shop::size::small) == -3);
    CHECK(loaded<shop::size>(integer_cell(300)) == shop::size::large);
    CHECK(status_of<shop::size>(integer_cell(40000)) == load_status::out_of_range);
    CHECK(status_of<shop::size>(text_cell("large")) == load_status::wrong_kind);
}

TEST_CASE("an optional is NULL without a value, and otherwise as its type says") {
    CHECK(stored_kind(std::optional<int>{}) == cell_kind::null);
    CHECK(stored_kind(std::optional<std::string>{"x"}) == cell_kind::text);
    CHECK(round_trips(std::optional<int>{}));
    CHECK(round_trips(std::optional<int>{5}));
    CHECK(round_trips(std::optional<std::string>{""}));
    CHECK(round_trips(std::optional<bool>{false}));
    CHECK(round_trips(std::optional<double>{-1.5}));
    CHECK(round_trips(std::optional<shop::color>{shop::color::red}));
    CHECK(round_trips(std::optional<shop::money>{{7}}));
    CHECK(round_trips(std::optional<std::vector<int>>{{1, 2}}));
    CHECK(round_trips(std::optional<roam::fixed_string<2>>{"ab"}));
    CHECK(column_type_of<std::optional<float>>().kind == type_kind::float32);
    CHECK(status_of<std::optional<int>>(text_cell("x")) == load_status::wrong_kind);

    std::optional<std::string> used{"old"};
    REQUIRE(roam::mapping::load(cell{}, used) == load_status::ok);
    CHECK_FALSE(used.has_value());
}

TEST_CASE("numbers in a vector are an array, written in their shortest digits") {
    CHECK(stored_kind(std::vector{1}) == cell_kind::array);
    CHECK(stored_text(std::vector<int>{}) == "[]");
    CHECK(stored_text(std::vector{1, -2, 3}) == "[1,-2,3]");
    CHECK(stored_text(std::vector{0.1, 1e300}) == "[0.1,1e+300]");
    CHECK(stored_text(std::vector{0.1f}) == "[0.1]");
    CHECK(stored_text(std::array<std::uint8_t, 2>{0, 255}) == "[0,255]");
    auto const type = column_type_of<std::vector<std::int16_t>>();
    CHECK(type.kind == type_kind::array);
    CHECK(type.element == type_kind::int16);
    CHECK(column_type_of<std::array<float, 2>>().element == type_kind::float32);

    using limits = std::numeric_limits<std::int64_t>;
    CHECK(round_trips(std::vector{limits::min(), limits::max()}));
    CHECK(round_trips(std::vector<double>{std::numeric_limits<double>::denorm_min(),
                                          std::numeric_limits<double>::lowest()}));
    CHECK(round_trips(std::array<std::uint64_t, 3>{1, 2, 3}));
}

TEST_CASE("an array is read from either kind of braces, and element by element within range") {
    using bytes = std::vector<std::int8_t>;
    CHECK(loaded<bytes>(text_cell("[1, 2 ,3]")) == bytes{1, 2, 3});
    CHECK(loaded<bytes>(text_cell("{1,2}", cell_kind::array)) == bytes{1, 2});
    CHECK(loaded<bytes>(text_cell("[ ]"), bytes{9}).empty());
    CHECK(status_of<bytes>(text_cell("[128]")) == load_status::out_of_range);
    CHECK(status_of<bytes>(text_cell("[99999999999999999999]")) == load_status::out_of_range);
    for (auto const* const text : {"", "[", "1,2", "[1,2}", "[1,]", "[,1]", "[1 2]", "[a]", "[1.5]",
                                   "[[1],[2]]", "{NULL}"}) {
        CAPTURE(text);
        CHECK(status_of<bytes>(text_cell(text)) == load_status::malformed);
    }
    CHECK(status_of<bytes>({}) == load_status::null);
    CHECK(status_of<bytes>(integer_cell(1)) == load_status::wrong_kind);
    using pair = std::array<int, 2>;
    CHECK(loaded<pair>(text_cell("[1,2]")) == pair{1, 2});
    CHECK(status_of<pair>(text_cell("[1]")) == load_status::out_of_range);
    CHECK(status_of<pair>(text_cell("[1,2,3]")) == load_status::out_of_range);
}

TEST_CASE("an array of numbers that are not finite is refused when it is stored") {
    roam::mapping::scratch memory;
    CHECK_THROWS_AS(
        roam::mapping::store(std::vector{std::numeric_limits<double>::quiet_NaN()}, memory),
        roam::conversion_error);
    CHECK_THROWS_AS(
        roam::mapping::store(std::vector{std::numeric_limits<float>::infinity()}, memory),
        roam::conversion_error);
}

TEST_CASE("a user's type travels as the type it is stored as") {
    CHECK(column_type_of<shop::money>().kind == type_kind::int64);
    CHECK(stored_integer(shop::money{1250}) == 1250);
    CHECK(round_trips(shop::money{-1}));
    CHECK(status_of<shop::money>(text_cell("x")) == load_status::wrong_kind);
    CHECK(status_of<shop::money>({}) == load_status::null);
    CHECK(column_type_of<shop::price_tag>().kind == type_kind::int64);
    CHECK(round_trips(shop::price_tag{{99}}));
}

TEST_CASE("a user's type that makes text keeps it alive as long as the parameters") {
    CHECK(column_type_of<shop::country>().kind == type_kind::text);
    roam::mapping::scratch memory;
    shop::country const austria{"AT"};
    cell const c = roam::mapping::store(austria, memory);
    for (int i = 0; i < 100; ++i)
        roam::mapping::store(shop::country{std::to_string(i)}, memory);
    CHECK(c.as_text() == "country:AT");
    CHECK(round_trips(austria));
}

TEST_CASE("what a user's conversion throws passes through unchanged") {
    roam::mapping::scratch memory;
    shop::refusing r;
    CHECK_THROWS_AS(roam::mapping::store(r, memory), std::string);
    CHECK_THROWS_AS(roam::mapping::load(integer_cell(1), r), std::string);
}

TEST_CASE("what has no conversion is not storable") {
    struct nothing {};
    STATIC_REQUIRE_FALSE(roam::mapping::storable<nothing>);
    STATIC_REQUIRE_FALSE(roam::mapping::storable<char>);
    STATIC_REQUIRE_FALSE(roam::mapping::storable<wchar_t>);
    STATIC_REQUIRE_FALSE(roam::mapping::storable<int*>);
    STATIC_REQUIRE_FALSE(roam::mapping::storable<std::vector<std::string>>);
    STATIC_REQUIRE_FALSE(roam::mapping::storable<std::optional<nothing>>);
}
