// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/mapping/decimal.hpp>

#include <algorithm>
#include <charconv>

namespace roam {
namespace {

using boost::multiprecision::cpp_int;

constexpr std::size_t digits_before_point = 131'072;
constexpr std::size_t digits_after_point = 16'383;

cpp_int power_of_ten(std::uint32_t exponent) {
    return boost::multiprecision::pow(cpp_int{10}, exponent);
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Digits only. Boost takes a leading zero for octal.
cpp_int read_digits(std::string_view digits) {
    std::size_t const first = digits.find_first_not_of('0');
    if (first == std::string_view::npos)
        return 0;
    digits.remove_prefix(first);
    if (digits.size() <= 18) {
        std::uint64_t number = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return number;
    }
    return cpp_int{std::string{digits}};
}

// "12.50" as the digits "1250", two of them after the point.
struct spelled_number {
    bool negative = false;
    std::string digits;
    std::int64_t scale = 0;
};

std::size_t take_digits(std::string_view& text, std::string& to) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count]))
        ++count;
    to.append(text.substr(0, count));
    text.remove_prefix(count);
    return count;
}

mapping::load_status spell(std::string_view text, spelled_number& to) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        to.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    take_digits(text, to.digits);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        to.scale = static_cast<std::int64_t>(take_digits(text, to.digits));
    }
    if (to.digits.empty())
        return mapping::load_status::malformed;
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+')) {
            text.remove_prefix(1);
            if (text.starts_with('-'))
                return mapping::load_status::malformed;
        }
        std::int32_t exponent = 0;
        auto const [end, problem] =
            std::from_chars(text.data(), text.data() + text.size(), exponent);
        if (problem == std::errc::result_out_of_range)
            return mapping::load_status::out_of_range;
        if (problem != std::errc{})
            return mapping::load_status::malformed;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        to.scale -= exponent;
    }
    return text.empty() ? mapping::load_status::ok : mapping::load_status::malformed;
}

// Whether there is room for the number; checked before its digits are multiplied, so that
// "1e999999999" costs nothing.
bool fits(spelled_number const& n) {
    std::size_t const first = n.digits.find_first_not_of('0');
    std::int64_t const significant =
        first == std::string::npos ? 0 : static_cast<std::int64_t>(n.digits.size() - first);
    return n.scale <= static_cast<std::int64_t>(digits_after_point) &&
           (significant == 0 ||
            significant - n.scale <= static_cast<std::int64_t>(digits_before_point));
}

mapping::load_status read(std::string_view text, decimal& to) {
    spelled_number n;
    mapping::load_status const status = spell(text, n);
    if (status != mapping::load_status::ok)
        return status;
    if (!fits(n))
        return mapping::load_status::out_of_range;
    cpp_int unscaled = read_digits(n.digits);
    if (n.negative)
        unscaled = -unscaled;
    if (n.scale < 0) {
        if (unscaled != 0)
            unscaled *= power_of_ten(static_cast<std::uint32_t>(-n.scale));
        n.scale = 0;
    }
    to = decimal{std::move(unscaled), static_cast<std::uint32_t>(n.scale)};
    return mapping::load_status::ok;
}

// As many zeros behind both that they have one scale.
cpp_int at_scale(decimal const& d, std::uint32_t scale) {
    if (d.scale() == scale)
        return d.unscaled();
    return d.unscaled() * power_of_ten(scale - d.scale());
}

[[noreturn]] void throw_too_many_digits() {
    throw conversion_error(
        "a decimal has at most 131072 digits before the point and 16383 after it");
}

}  // namespace

decimal::decimal(cpp_int unscaled, std::uint32_t scale)
    : unscaled_(std::move(unscaled)),
      scale_(scale) {
    if (scale > digits_after_point)
        throw_too_many_digits();
    // The bits say roughly how many digits there are; only near the limit they are counted.
    if (unscaled_ != 0 && msb(abs(unscaled_)) > (digits_before_point + scale) * 33 / 10 &&
        abs(unscaled_) >= power_of_ten(static_cast<std::uint32_t>(digits_before_point) + scale))
        throw_too_many_digits();
}

decimal decimal::from_string(std::string_view text) {
    decimal number;
    switch (read(text, number)) {
        case mapping::load_status::ok:
            return number;
        case mapping::load_status::out_of_range:
            throw_too_many_digits();
        default:
            throw conversion_error("the text does not spell a decimal number");
    }
}

std::string decimal::to_string() const {
    std::string text = cpp_int{abs(unscaled_)}.str();
    if (scale_ != 0) {
        if (text.size() <= scale_)
            text.insert(0, scale_ + 1 - text.size(), '0');
        text.insert(text.size() - scale_, 1, '.');
    }
    if (unscaled_ < 0)
        text.insert(0, 1, '-');
    return text;
}

std::weak_ordering decimal::compare(decimal const& a, decimal const& b) {
    std::uint32_t const scale = std::max(a.scale_, b.scale_);
    int const order = a.scale_ == b.scale_ ? a.unscaled_.compare(b.unscaled_)
                                           : at_scale(a, scale).compare(at_scale(b, scale));
    return order <=> 0;
}

decimal decimal::add(decimal const& a, decimal const& b) {
    std::uint32_t const scale = std::max(a.scale_, b.scale_);
    return {at_scale(a, scale) + at_scale(b, scale), scale};
}

namespace mapping::detail {

cell store_decimal(decimal const& from, scratch& memory) {
    std::string const text = from.to_string();
    return memory.keep(cell::of_text(text, cell_kind::decimal));
}

load_status load_decimal(cell const& from, decimal& to) {
    switch (from.kind) {
        case cell_kind::null:
            return load_status::null;
        case cell_kind::integer:
            to = decimal{from.integer};
            return load_status::ok;
        case cell_kind::decimal:
        case cell_kind::text:
            return read(from.as_text(), to);
        default:
            return load_status::wrong_kind;
    }
}

void throw_inexact_decimal() {
    throw conversion_error("a number that is not finite cannot be stored as a decimal");
}

}  // namespace mapping::detail
}  // namespace roam
