// SPDX-License-Identifier: MIT
#include "backend/postgresql/columns.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

// The slow road, taken by statements with a column whose binary form is not known here.

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

namespace {

template <class Number>
bool read_number(std::string_view text, Number& to) {
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
    return problem == std::errc{} && end == text.data() + text.size();
}

bool read_integer(std::string_view text, cell& to) {
    std::int64_t value = 0;
    if (!read_number(text, value))
        return false;
    to = cell::of(cell_kind::integer, value);
    return true;
}

// from_chars takes the server's "NaN", "Infinity" and "-Infinity" too. A float is read as one, so
// that its value is the same as in binary format.
template <class Real>
bool read_real(std::string_view text, cell& to) {
    Real value{};
    if (!read_number(text, value))
        return false;
    to = cell::of_real(static_cast<double>(value));
    return true;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool read_hex(std::string_view text, std::string& to) {
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        int const high = hex_digit(text[i]);
        int const low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        to.push_back(static_cast<char>(high * 16 + low));
    }
    return text.size() % 2 == 0;
}

// bytea_output = escape: a backslash is doubled, other bytes are \ooo.
bool read_escaped(std::string_view text, std::string& to) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            to.push_back(text[i]);
        } else if (i + 1 < text.size() && text[i + 1] == '\\') {
            to.push_back('\\');
            ++i;
        } else {
            if (i + 3 >= text.size())
                return false;
            unsigned value = 0;
            for (std::size_t k = 1; k <= 3; ++k) {
                if (text[i + k] < '0' || text[i + k] > '7')
                    return false;
                value = value * 8 + static_cast<unsigned>(text[i + k] - '0');
            }
            to.push_back(static_cast<char>(value));
            i += 3;
        }
    }
    return true;
}

cell bytes_of(std::string const& buffer, cell_kind kind) {
    return cell::of_bytes({reinterpret_cast<std::byte const*>(buffer.data()), buffer.size()}, kind);
}

bool read_uuid(std::string_view text, std::string& buffer, cell& to) {
    std::string digits;
    for (char c : text) {
        if (c != '-')
            digits.push_back(c);
    }
    buffer.clear();
    if (digits.size() != 32 || !read_hex(digits, buffer))
        return false;
    to = bytes_of(buffer, cell_kind::uuid);
    return true;
}

/// Takes apart "2024-02-29 12:34:56.789+05:30 BC" and its shorter forms.
class time_reader {
public:
    explicit time_reader(std::string_view text) : rest_(text) {}

    bool read_date(std::int64_t& days) { return take_date() && finish_date(days) && rest_.empty(); }

    bool read_timestamp(std::int64_t& microseconds) {
        std::int64_t h = 0, m = 0, s = 0, fraction = 0, zone = 0, days = 0;
        bool const good = take_date() && take(' ') && number(2, h) && take(':') && number(2, m) &&
                          take(':') && number(2, s) && take_fraction(fraction) && take_zone(zone) &&
                          finish_date(days) && rest_.empty();
        microseconds =
            days * day_microseconds + ((h * 60 + m) * 60 + s - zone) * 1'000'000 + fraction;
        return good;
    }

private:
    bool take(char expected) {
        if (!rest_.starts_with(expected))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool number(std::size_t least_digits, std::int64_t& to) {
        std::size_t digits = 0;
        while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9')
            ++digits;
        if (digits < least_digits || !read_number(rest_.substr(0, digits), to))
            return false;
        rest_.remove_prefix(digits);
        return true;
    }

    bool take_date() {
        return number(4, year_) && take('-') && number(2, month_) && take('-') && number(2, day_);
    }

    bool take_fraction(std::int64_t& microseconds) {
        if (!take('.'))
            return true;
        auto const before = rest_.size();
        if (!number(1, microseconds))
            return false;
        for (auto digits = before - rest_.size(); digits < 6; ++digits)
            microseconds *= 10;
        return true;
    }

    bool take_zone(std::int64_t& seconds) {
        bool const minus = rest_.starts_with('-');
        if (!minus && !rest_.starts_with('+'))
            return true;
        rest_.remove_prefix(1);
        std::int64_t h = 0, m = 0, s = 0;
        if (!number(2, h))
            return false;
        if (take(':') && !number(2, m))
            return false;
        if (take(':') && !number(2, s))
            return false;  // local mean time, before time zones
        seconds = ((h * 60 + m) * 60 + s) * (minus ? -1 : 1);
        return true;
    }

    // By the days-from-civil algorithm: std::chrono::year ends at 32767, the server at 294276.
    bool finish_date(std::int64_t& days) {
        if (rest_ == " BC") {
            year_ = 1 - year_;
            rest_ = {};
        }
        auto const y = year_ - (month_ <= 2 ? 1 : 0);
        auto const era = (y >= 0 ? y : y - 399) / 400;
        auto const year_of_era = y - era * 400;
        auto const day_of_year = (153 * (month_ + (month_ > 2 ? -3 : 9)) + 2) / 5 + day_ - 1;
        auto const day_of_era =
            year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        days = era * 146'097 + day_of_era - 719'468;
        return true;
    }

    std::string_view rest_;
    std::int64_t year_ = 0;
    std::int64_t month_ = 0;
    std::int64_t day_ = 0;
};

bool read_time(wire_type type, std::string_view text, cell& to) {
    std::int64_t value = 0;
    if (type == wire_type::date) {
        if (!time_reader{text}.read_date(value))
            return false;
        to = cell::of(cell_kind::date, value);
        return true;
    }
    if (!time_reader{text}.read_timestamp(value))
        return false;
    to = cell::of(type == wire_type::timestamp ? cell_kind::local_timestamp : cell_kind::timestamp,
                  value);
    return true;
}

}  // namespace

bool decode_text(wire_type type, std::string_view text, std::string& buffer, cell& to) {
    switch (type) {
        case wire_type::boolean:
            to = cell::of(cell_kind::boolean, text == "t");
            return true;
        case wire_type::int2:
        case wire_type::int4:
        case wire_type::int8:
        case wire_type::oid:
            return read_integer(text, to);
        case wire_type::float4:
            return read_real<float>(text, to);
        case wire_type::float8:
            return read_real<double>(text, to);
        case wire_type::bytea: {
            buffer.clear();
            bool const good = text.starts_with("\\x") ? read_hex(text.substr(2), buffer)
                                                      : read_escaped(text, buffer);
            if (good)
                to = bytes_of(buffer, cell_kind::blob);
            return good;
        }
        case wire_type::date:
        case wire_type::timestamp:
        case wire_type::timestamptz:
            return read_time(type, text, to);
        case wire_type::uuid:
            return read_uuid(text, buffer, to);
        case wire_type::json:
        case wire_type::jsonb:
            to = cell::of_text(text, cell_kind::json);
            return true;
        case wire_type::numeric:
            if (text.find_first_of("NI") != std::string_view::npos) {
                return read_real<double>(text, to);
            }
            to = cell::of_text(text, cell_kind::decimal);
            return true;
        case wire_type::number_array:
            to = cell::of_text(text, cell_kind::array);
            return true;
        case wire_type::text:
        case wire_type::other:
            to = cell::of_text(text);
            return true;
    }
    return false;
}

}  // namespace roam::postgresql
