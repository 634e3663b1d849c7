// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace roam {

/// A decimal number of any length that loses no digit: unscaled() / 10^scale(). Money, quantities,
/// NUMERIC columns.
///
/// 1.50 and 1.5 are equal, but each keeps its own digits, in the struct and in the row. Sums,
/// differences and products are exact; a quotient has to be rounded, so it is left to the program:
/// price.to<boost::multiprecision::cpp_dec_float_50>() / 3. There is no way in from float or
/// double, which hold 0.1 as another number.
///
/// Where the dialect lacks the capability exact_decimal (SQLite) the column is text: every digit
/// comes back, but in SQL 1.50 = 1.5 is false, 10 is less than 9.5, and a sum is a double, which
/// load() refuses.
///
/// At most 131,072 digits before the point and 16,383 after it, as PostgreSQL's numeric; more is a
/// conversion_error. Thread safety: a plain value.
class decimal {
public:
    decimal() = default;

    template <mapping::detail::number_integer I>
    decimal(I whole) : unscaled_(whole) {}
    template <std::floating_point F>
    decimal(F) = delete;

    /// decimal{1250, 2} is 12.50.
    decimal(boost::multiprecision::cpp_int unscaled, std::uint32_t scale);

    /// Reads "-12.50", "7", ".5", "1e-3"; anything else is a conversion_error.
    static decimal from_string(std::string_view text);

    /// Always without exponent: "-12.50".
    std::string to_string() const;

    boost::multiprecision::cpp_int const& unscaled() const { return unscaled_; }
    std::uint32_t scale() const { return scale_; }

    /// As a floating-point number of Boost.Multiprecision, rounded when that has fewer digits.
    template <class Number>
    Number to() const {
        return Number{to_string()};
    }

    friend bool operator==(decimal const& a, decimal const& b) { return compare(a, b) == 0; }
    friend std::weak_ordering operator<=>(decimal const& a, decimal const& b) {
        return compare(a, b);
    }

    friend decimal operator-(decimal const& a) { return {-a.unscaled_, a.scale_}; }
    friend decimal operator+(decimal const& a, decimal const& b) { return add(a, b); }
    friend decimal operator-(decimal const& a, decimal const& b) { return add(a, -b); }
    friend decimal operator*(decimal const& a, decimal const& b) {
        return {a.unscaled_ * b.unscaled_, a.scale_ + b.scale_};
    }
    decimal& operator+=(decimal const& other) { return *this = *this + other; }
    decimal& operator-=(decimal const& other) { return *this = *this - other; }
    decimal& operator*=(decimal const& other) { return *this = *this * other; }

private:
    static std::weak_ordering compare(decimal const& a, decimal const& b);
    static decimal add(decimal const& a, decimal const& b);

    boost::multiprecision::cpp_int unscaled_ = 0;
    std::uint32_t scale_ = 0;
};

namespace mapping::detail {

cell store_decimal(decimal const& from, scratch& memory);

/// A real is refused: it has lost its digits already, as a sum has that SQLite made.
load_status load_decimal(cell const& from, decimal& to);

[[noreturn]] void throw_inexact_decimal();

/// A floating-point number of Boost.Multiprecision that counts in tens, such as cpp_dec_float_50.
template <class N>
concept decimal_float = requires(N const& n) {
    n.backend();
    n.str(0, std::ios_base::scientific);
} && std::numeric_limits<N>::radix == 10 && !std::numeric_limits<N>::is_integer;

}  // namespace mapping::detail

template <>
struct value<decimal> {
    static constexpr mapping::column_type type{mapping::type_kind::decimal};
    static mapping::cell store(decimal const& from, mapping::scratch& memory) {
        return mapping::detail::store_decimal(from, memory);
    }
    static mapping::load_status load(mapping::cell const& from, decimal& to) {
        return mapping::detail::load_decimal(from, to);
    }
};

/// boost::multiprecision::cpp_dec_float_50 and its like, of any number of digits. Only what goes
/// through exactly: a column with more digits than the member holds, NaN and the infinities are
/// conversion_errors.
template <mapping::detail::decimal_float N>
struct value<N> {
    static constexpr mapping::column_type type{mapping::type_kind::decimal};

    static mapping::cell store(N const& from, mapping::scratch& memory) {
        if (!isfinite(from))
            mapping::detail::throw_inexact_decimal();
        decimal const digits = exactly(from);
        if (digits.to<N>() != from)
            mapping::detail::throw_inexact_decimal();
        return mapping::detail::store_decimal(digits, memory);
    }
    static mapping::load_status load(mapping::cell const& from, N& to) {
        decimal digits;
        mapping::load_status const status = mapping::detail::load_decimal(from, digits);
        if (status != mapping::load_status::ok)
            return status;
        N const number = digits.to<N>();
        if (!isfinite(number) || exactly(number) != digits)
            return mapping::load_status::out_of_range;
        to = number;
        return mapping::load_status::ok;
    }

private:
    /// All digits of the number, its guard digits too.
    static decimal exactly(N const& number) {
        return decimal::from_string(number.str(0, std::ios_base::scientific));
    }
};

}  // namespace roam
