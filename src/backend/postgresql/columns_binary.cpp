// SPDX-License-Identifier: MIT
#include "backend/postgresql/columns.hpp"

#include <bit>
#include <charconv>
#include <limits>

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

namespace {

// The head of a numeric: four 16-bit words, then digits to the base 10,000. A weight of 2 means
// that the first digit counts 10,000^2; `scale` is how many decimal digits follow the point.
constexpr std::size_t numeric_head = 8;
constexpr std::uint16_t sign_minus = 0x4000;
constexpr std::uint16_t sign_nan = 0xC000;
constexpr std::uint16_t sign_infinity = 0xD000;
constexpr std::uint16_t sign_minus_infinity = 0xF000;

struct numeric_digits {
    char const* first;
    int count;

    /// The digit at `position` from the most significant; those that are not sent are zeros.
    unsigned at(int position) const {
        if (position < 0 || position >= count)
            return 0;
        return load_network<std::uint16_t>(first + 2 * position);
    }
};

void append_four(std::string& to, unsigned digit) {
    to.push_back(static_cast<char>('0' + digit / 1000));
    to.push_back(static_cast<char>('0' + digit / 100 % 10));
    to.push_back(static_cast<char>('0' + digit / 10 % 10));
    to.push_back(static_cast<char>('0' + digit % 10));
}

template <class Number>
void append_number(std::string& to, Number value) {
    char digits[32];
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    to.append(digits, end);
}

template <class Signed, class Unsigned>
bool append_integer(std::string& to, char const* data, std::size_t size) {
    if (size != sizeof(Unsigned))
        return false;
    append_number(to, static_cast<Signed>(load_network<Unsigned>(data)));
    return true;
}

template <class Real, class Unsigned>
bool append_real(std::string& to, char const* data, std::size_t size) {
    if (size != sizeof(Unsigned))
        return false;
    append_number(to, std::bit_cast<Real>(load_network<Unsigned>(data)));
    return true;
}

bool append_numeric(std::string& to, char const* data, std::size_t size) {
    std::string digits;
    cell value{};
    if (!decode_numeric(data, size, digits, value))
        return false;
    if (value.kind == cell_kind::real) {
        append_number(to, value.real);
    } else {
        to += digits;
    }
    return true;
}

bool append_element(std::string& to, wire_type type, char const* data, std::size_t size) {
    switch (type) {
        case wire_type::int2:
            return append_integer<std::int16_t, std::uint16_t>(to, data, size);
        case wire_type::int4:
            return append_integer<std::int32_t, std::uint32_t>(to, data, size);
        case wire_type::int8:
            return append_integer<std::int64_t, std::uint64_t>(to, data, size);
        case wire_type::oid:
            return append_integer<std::uint32_t, std::uint32_t>(to, data, size);
        case wire_type::float4:
            return append_real<float, std::uint32_t>(to, data, size);
        case wire_type::float8:
            return append_real<double, std::uint64_t>(to, data, size);
        case wire_type::numeric:
            return append_numeric(to, data, size);
        default:
            return false;
    }
}

}  // namespace

bool decode_numeric(char const* data, std::size_t size, std::string& buffer, cell& to) {
    if (size < numeric_head)
        return false;
    int const count = load_network<std::uint16_t>(data);
    int const weight = static_cast<std::int16_t>(load_network<std::uint16_t>(data + 2));
    auto const sign = load_network<std::uint16_t>(data + 4);
    int const scale = load_network<std::uint16_t>(data + 6);
    switch (sign) {
        case sign_nan:
            to = cell::of_real(std::numeric_limits<double>::quiet_NaN());
            return true;
        case sign_infinity:
            to = cell::of_real(std::numeric_limits<double>::infinity());
            return true;
        case sign_minus_infinity:
            to = cell::of_real(-std::numeric_limits<double>::infinity());
            return true;
        default:
            break;
    }
    if (size != numeric_head + 2 * static_cast<std::size_t>(count))
        return false;

    numeric_digits const digits{data + numeric_head, count};
    buffer.clear();
    if (sign == sign_minus)
        buffer.push_back('-');
    if (weight < 0) {
        buffer.push_back('0');
    } else {
        append_number(buffer, digits.at(0));  // without leading zeros
        for (int i = 1; i <= weight; ++i)
            append_four(buffer, digits.at(i));
    }
    if (scale > 0) {
        buffer.push_back('.');
        auto const end = buffer.size() + static_cast<std::size_t>(scale);
        for (int i = weight + 1; buffer.size() < end; ++i)
            append_four(buffer, digits.at(i));
        buffer.resize(end);
    }
    to = cell::of_text(buffer, cell_kind::decimal);
    return true;
}

bool decode_array(char const* data, std::size_t size, std::string& buffer, cell& to) {
    auto const* at = data;
    auto const* const end = data + size;
    auto const left = [&] { return static_cast<std::size_t>(end - at); };
    auto const next = [&] {
        auto const value = load_network<std::uint32_t>(at);
        at += 4;
        return value;
    };
    if (left() < 12)
        return false;
    auto const dimensions = next();
    next();  // whether an element is NULL: seen again by its length
    auto const type = wire_type_of(next());

    buffer.assign("[");
    if (dimensions != 0) {
        if (dimensions != 1 || left() < 8)
            return false;
        auto const count = next();
        next();  // the index of the first element
        for (std::uint32_t i = 0; i < count; ++i) {
            if (i > 0)
                buffer.push_back(',');
            if (left() < 4)
                return false;
            auto const length = next();
            if (length == UINT32_MAX) {
                buffer.append("null");
                continue;
            }
            if (left() < length || !append_element(buffer, type, at, length))
                return false;
            at += length;
        }
    }
    buffer.push_back(']');
    to = cell::of_text(buffer, cell_kind::array);
    return true;
}

}  // namespace roam::postgresql
