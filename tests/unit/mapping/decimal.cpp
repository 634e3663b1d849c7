// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/error.hpp>
#include <roam/mapping/decimal.hpp>
#include <roam/mapping/record.hpp>

#include <support/catch.hpp>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include <compare>
#include <limits>
#include <string>
#include <type_traits>

using namespace roam::test;
using boost::multiprecision::cpp_dec_float_100;
using boost::multiprecision::cpp_dec_float_50;
using boost::multiprecision::cpp_int;
using roam::decimal;
using roam::mapping::cell;
using roam::mapping::cell_kind;
using roam::mapping::load_status;
using roam::mapping::type_kind;

namespace {

decimal d(std::string_view text) { return decimal::from_string(text); }

struct item {
    std::int64_t id = 0;
    decimal price;
    std::optional<decimal> weight;
    cpp_dec_float_50 factor;
};
ROAM_RECORD(item, precision<&item::price>(12, 2))

}  // namespace

TEST_CASE("a decimal keeps its digits, zeros at the end included") {
    for (auto const* const text :
         {"0", "7", "-7", "1.50", "0.00", "-0.001", "12345678901234567890.12345678901234567890",
          "0.000000000000000000000000000000000000000000000000000000000000000000000001",
          "99999999999999999999999999999999999999999999999999999999999999999999999999999999"}) {
        CHECK(d(text).to_string() == text);
        CHECK(stored_text(d(text)) == text);
        CHECK(round_trips(d(text)));
    }
    CHECK(stored_kind(d("1")) == cell_kind::decimal);
}

TEST_CASE("other spellings of a decimal are read as the digits they mean") {
    struct sample {
        char const* given;
        char const* meant;
    };
    auto const [given, meant] =
        GENERATE(sample{"+1.5", "1.5"}, sample{"007", "7"}, sample{"010", "10"},
                 sample{".5", "0.5"}, sample{"5.", "5"}, sample{"-.50", "-0.50"}, sample{"-0", "0"},
                 sample{"-0.0", "0.0"}, sample{"1e3", "1000"}, sample{"1.5E3", "1500"},
                 sample{"1.500e2", "150.0"}, sample{"1e-3", "0.001"}, sample{"1e+2", "100"},
                 sample{"0e9", "0"}, sample{"0777777777777777777777", "777777777777777777777"});
    CAPTURE(given);
    CHECK(d(given).to_string() == meant);
}

TEST_CASE("text that spells no decimal is refused") {
    for (auto const* const text :
         {"", "-", "+", ".", "-.", "1.2.3", "1,5", "1 ", " 1", "0x10", "1e", "1e+", "1e+-2",
          "1e2.5", "--1", "NaN", "Infinity", "12a"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(d(text), roam::conversion_error);
        CHECK(status_of<decimal>(text_cell(text)) == load_status::malformed);
    }
}

TEST_CASE("a decimal ends at 131072 digits before the point and 16383 after it") {
    std::string const most = std::string(131072, '9') + "." + std::string(16383, '9');
    CHECK(d(most).to_string() == most);
    CHECK(d("1e131071").to_string().size() == 131072);
    CHECK(d("1e-16383").scale() == 16383);
    for (auto const& text :
         {"1" + std::string(131072, '0'), "0." + std::string(16384, '1'), std::string{"1e131072"},
          std::string{"1e-16384"}, std::string{"1e999999999"}, std::string{"1e-999999999"},
          std::string{"1e99999999999999999999"}}) {
        CHECK_THROWS_AS(d(text), roam::conversion_error);
        CHECK(status_of<decimal>(text_cell(text)) == load_status::out_of_range);
    }
    decimal const big = d("1e131071");
    CHECK_THROWS_AS(big * 10, roam::conversion_error);
    CHECK_THROWS_AS(d("1e-16383") * d("0.1"), roam::conversion_error);
    CHECK_THROWS_AS(decimal(cpp_int{1}, 16384), roam::conversion_error);
}

TEST_CASE("decimals compare by their value, whatever their zeros") {
    CHECK(d("1.50") == d("1.5"));
    CHECK(d("1.5").to_string() != d("1.50").to_string());
    CHECK(d("0.00") == 0);
    CHECK(d("10") > d("9.5"));
    CHECK(d("-10") < d("-9.5"));
    CHECK(d("0.10000000000000000000000000001") > d("0.1"));
    CHECK(d("1e100") > d("1e-100"));
    CHECK(std::is_eq(d("2.0") <=> d("2.00")));
}

TEST_CASE("sums, differences and products of decimals are exact") {
    CHECK((d("0.1") + d("0.2")).to_string() == "0.3");
    CHECK((d("1.05") + d("2")).to_string() == "3.05");
    CHECK((d("1") - d("0.99")).to_string() == "0.01");
    CHECK((d("1.5") * d("0.25")).to_string() == "0.375");
    CHECK((-d("1.5")).to_string() == "-1.5");
    decimal sum;
    for (int i = 0; i < 1000; ++i)
        sum += d("0.001");
    CHECK(sum.to_string() == "1.000");
    sum -= 1;
    CHECK(sum == 0);
    sum *= d("2");
    CHECK(sum.to_string() == "0.000");
}

TEST_CASE("a decimal is made of integers, never of a float or a double") {
    STATIC_REQUIRE(std::is_convertible_v<int, decimal>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal, double>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal, float>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal, bool>);
    CHECK(decimal{std::numeric_limits<std::int64_t>::min()}.to_string() == "-9223372036854775808");
    CHECK(decimal{std::numeric_limits<std::uint64_t>::max()}.to_string() == "18446744073709551615");
    CHECK(decimal{cpp_int{1250}, 2}.to_string() == "12.50");
    CHECK(d("12.50").unscaled() == 1250);
    CHECK(d("12.50").scale() == 2);
}

TEST_CASE("a decimal goes to the floating-point numbers of Boost.Multiprecision") {
    CHECK(d("0.1").to<cpp_dec_float_50>() == cpp_dec_float_50{"0.1"});
    CHECK(d("10").to<cpp_dec_float_50>() / 4 == cpp_dec_float_50{"2.5"});
}

TEST_CASE("a decimal is read from an integer, but not from a real, whose digits are lost") {
    CHECK(loaded<decimal>(integer_cell(-12)) == -12);
    CHECK(loaded<decimal>(text_cell("1.50", cell_kind::decimal)).to_string() == "1.50");
    CHECK(status_of<decimal>(cell::of_real(0.5)) == load_status::wrong_kind);
    CHECK(status_of<decimal>({}) == load_status::null);
    decimal member = 5;
    CHECK(roam::mapping::load(text_cell("x"), member) == load_status::malformed);
    CHECK(member == 5);
}

TEST_CASE("Boost's decimal floating-point numbers go through as long as they keep every digit") {
    CHECK(roam::mapping::column_type_of<cpp_dec_float_50>().kind == type_kind::decimal);
    CHECK(stored_kind(cpp_dec_float_50{1}) == cell_kind::decimal);
    cpp_dec_float_50 const third = cpp_dec_float_50{1} / 3;  // its guard digits must not be lost
    for (auto const& each :
         {cpp_dec_float_50{0}, cpp_dec_float_50{"0.1"}, cpp_dec_float_50{"-1e40"},
          cpp_dec_float_50{"1e-300"}, third, cpp_dec_float_50{third * third}}) {
        CAPTURE(each);
        CHECK(round_trips(each));
    }
    CHECK(round_trips(cpp_dec_float_100{cpp_dec_float_100{1} / 7}));
    CHECK(loaded<cpp_dec_float_50>(integer_cell(7)) == 7);
}

TEST_CASE("a column with more digits than Boost's number holds is out of range, not rounded") {
    std::string const digits = "0." + std::string(120, '3');
    CHECK(status_of<cpp_dec_float_50>(text_cell(digits)) == load_status::out_of_range);
    CHECK(loaded<decimal>(text_cell(digits)).to_string() == digits);
    cpp_dec_float_50 member = 5;
    CHECK(roam::mapping::load(text_cell(digits), member) == load_status::out_of_range);
    CHECK(member == 5);
    CHECK(status_of<cpp_dec_float_50>(text_cell("x")) == load_status::malformed);
    CHECK(status_of<cpp_dec_float_50>({}) == load_status::null);
}

TEST_CASE("Boost's numbers that are no decimal are refused when they are stored") {
    using limits = std::numeric_limits<cpp_dec_float_50>;
    for (auto const& each :
         {limits::quiet_NaN(), limits::infinity(), cpp_dec_float_50{-limits::infinity()},
          cpp_dec_float_50{"1e200000"}, cpp_dec_float_50{"1e-20000"}}) {
        roam::mapping::scratch memory;
        CHECK_THROWS_AS(roam::mapping::store(each, memory), roam::conversion_error);
    }
}

TEST_CASE("precision<> says a decimal column's digits") {
    auto const& t = roam::table_of<item>();
    REQUIRE(t.columns.size() == 4);
    CHECK(t.columns[1].type ==
          roam::mapping::column_type{.kind = type_kind::decimal, .length = 12, .scale = 2});
    CHECK(t.columns[2].type.kind == type_kind::decimal);
    CHECK(t.columns[2].type.length == 0);
    CHECK(t.columns[2].nullable);
    CHECK(t.columns[3].type.kind == type_kind::decimal);
}
