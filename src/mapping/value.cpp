// SPDX-License-Identifier: MIT
#include "mapping/time_text.hpp"
#include <roam/error.hpp>
#include <roam/mapping/chrono.hpp>
#include <roam/mapping/row.hpp>
#include <roam/mapping/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace roam::mapping::detail {
namespace {

bool is_textual(cell_kind kind) {
    return kind == cell_kind::text || kind == cell_kind::json || kind == cell_kind::decimal ||
           kind == cell_kind::array || kind == cell_kind::unchecked_text;
}

load_status refuse(cell const& from) {
    return from.is_null() ? load_status::null : load_status::wrong_kind;
}

/// "12", "12.000": whole decimals, which is how a server answers a sum of bigints.
load_status whole_decimal(std::string_view digits, std::int64_t& to) {
    auto const [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    if (problem == std::errc::result_out_of_range)
        return load_status::out_of_range;
    if (problem != std::errc{})
        return load_status::malformed;
    std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        if (rest.find_first_not_of('0') != std::string_view::npos)
            return load_status::out_of_range;
        return load_status::ok;
    }
    return rest.empty() ? load_status::ok : load_status::malformed;
}

void write_uuid(std::string& to, std::byte const* bytes) {
    static constexpr char hex[] = "0123456789abcdef";
    to.clear();
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            to += '-';
        auto const b = static_cast<unsigned>(bytes[i]);
        to += hex[b >> 4];
        to += hex[b & 15];
    }
}

template <class N>
load_status read_numbers(cell const& from, std::vector<N>& to) {
    if (!is_textual(from.kind))
        return refuse(from);
    std::string_view text = from.as_text();
    auto const skip_spaces = [&] {
        while (!text.empty() && text.front() == ' ')
            text.remove_prefix(1);
    };
    if (text.size() < 2)
        return load_status::malformed;
    char const close = text.front() == '[' ? ']' : text.front() == '{' ? '}' : '\0';
    if (close == '\0' || text.back() != close)
        return load_status::malformed;
    text = text.substr(1, text.size() - 2);
    to.clear();
    for (skip_spaces(); !text.empty(); skip_spaces()) {
        N number{};
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem == std::errc::result_out_of_range)
            return load_status::out_of_range;
        if (problem != std::errc{})
            return load_status::malformed;
        to.push_back(number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        skip_spaces();
        if (text.empty())
            break;
        if (text.front() != ',')
            return load_status::malformed;
        text.remove_prefix(1);
        if (text.empty())
            return load_status::malformed;
    }
    return load_status::ok;
}

/// Writes "[a,b]" with at most `width` characters a number.
template <class N, class Write>
cell write_numbers(N const* values, std::size_t count, std::size_t width, scratch& memory,
                   Write write) {
    char* const begin = memory.take(2 + count * (width + 1));
    char* at = begin;
    *at++ = '[';
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0)
            *at++ = ',';
        at = write(at, at + width, values[i]);
    }
    *at++ = ']';
    return cell::of_text({begin, static_cast<std::size_t>(at - begin)}, cell_kind::array);
}

}  // namespace

load_status load_integer(cell const& from, std::int64_t& to) noexcept {
    if (from.kind == cell_kind::integer) {
        to = from.integer;
        return load_status::ok;
    }
    if (from.kind == cell_kind::decimal)
        return whole_decimal(from.as_text(), to);
    return refuse(from);
}

load_status load_real(cell const& from, double& to) noexcept {
    if (from.kind == cell_kind::integer) {
        to = static_cast<double>(from.integer);
        return load_status::ok;
    }
    if (from.kind == cell_kind::decimal) {
        auto const text = from.as_text();
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
        if (problem == std::errc::result_out_of_range)
            return load_status::out_of_range;
        return problem == std::errc{} && end == text.data() + text.size() ? load_status::ok
                                                                          : load_status::malformed;
    }
    return refuse(from);
}

load_status load_text(cell const& from, std::string& to) {
    if (is_textual(from.kind)) {
        to.assign(from.text, from.size);
        return load_status::ok;
    }
    char time[timestamp_text_size];
    switch (from.kind) {
        case cell_kind::uuid:
            write_uuid(to, from.bytes);
            return load_status::ok;
        case cell_kind::date:
            if (!write_date(time, from.integer))
                return load_status::out_of_range;
            to.assign(time, date_text_size);
            return load_status::ok;
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            if (!write_timestamp(time, from.integer))
                return load_status::out_of_range;
            to.assign(time, timestamp_text_size);
            return load_status::ok;
        default:
            return refuse(from);
    }
}

load_status load_blob(cell const& from, std::vector<std::byte>& to) {
    if (from.kind != cell_kind::blob)
        return refuse(from);
    auto const bytes = from.as_bytes();
    to.assign(bytes.begin(), bytes.end());
    return load_status::ok;
}

load_status load_array(cell const& from, std::vector<std::int64_t>& to) {
    return read_numbers(from, to);
}

load_status load_array(cell const& from, std::vector<double>& to) { return read_numbers(from, to); }

cell store_array(std::int64_t const* values, std::size_t count, scratch& memory) {
    return write_numbers(values, count, 20, memory, [](char* at, char* end, std::int64_t value) {
        return std::to_chars(at, end, value).ptr;
    });
}

cell store_array(double const* values, std::size_t count, bool single, scratch& memory) {
    return write_numbers(values, count, 32, memory, [single](char* at, char* end, double value) {
        if (!std::isfinite(value)) {
            throw conversion_error("an array element that is not a finite number cannot be stored");
        }
        // The shortest digits of a float are fewer than those of the double it widens to.
        return single ? std::to_chars(at, end, static_cast<float>(value)).ptr
                      : std::to_chars(at, end, value).ptr;
    });
}

load_status load_date(cell const& from, std::int64_t& days) noexcept {
    if (from.kind == cell_kind::date) {
        days = from.integer;
        return load_status::ok;
    }
    if (from.kind == cell_kind::text) {
        return read_date(from.as_text(), days) ? load_status::ok : load_status::malformed;
    }
    return refuse(from);
}

load_status load_timestamp(cell const& from, cell_kind kind, std::int64_t& microseconds) noexcept {
    if (from.kind == kind) {
        microseconds = from.integer;
        return load_status::ok;
    }
    if (from.kind == cell_kind::text) {
        return read_timestamp(from.as_text(), microseconds) ? load_status::ok
                                                            : load_status::malformed;
    }
    return refuse(from);
}

void throw_time_out_of_range() {
    throw conversion_error(
        "a time further from 1970 than 64-bit microseconds count cannot be stored");
}

void throw_no_such_day() {
    throw conversion_error("a day that is in no calendar cannot be stored");
}

void throw_unsigned_too_large() {
    throw conversion_error(
        "an unsigned number is above 9223372036854775807, the most that a 64-bit column holds");
}

void throw_unlisted_enumerator() {
    throw conversion_error("an enumerator is not listed in ROAM_ENUM");
}

void throw_store_error(table const& t, std::size_t column, char const* why) {
    auto const& c = t.columns[column];
    throw conversion_error(std::string{t.name} + "." + std::string{c.name} + " (" +
                           std::string{t.type} + "::" + std::string{c.member} + "): " + why);
}

void check_text_limit(cell const& text, std::uint16_t limit) {
    if (text.size <= limit || text.is_null())
        return;
    auto const all = text.as_text();
    auto const characters =
        std::count_if(all.begin(), all.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (characters <= limit)
        return;
    throw conversion_error("the text has more than " + std::to_string(limit) + " characters");
}

void throw_too_long(std::size_t size, std::size_t limit) {
    throw conversion_error("a text of " + std::to_string(size) +
                           " bytes does not fit a fixed_string of " + std::to_string(limit));
}

void throw_load_error(table const& t, std::size_t column, load_status status, cell const& found) {
    mapping::column const& c = t.columns[column];
    std::string message = std::string{t.name} + "." + std::string{c.name} + ": ";
    std::string const member = std::string{t.type} + "::" + std::string{c.member};
    std::string const kind{name_of(found.kind)};
    switch (status) {
        case load_status::null:
            message += "the column is NULL and " + member + " is not a std::optional";
            break;
        case load_status::wrong_kind:
            message += "the column holds " + kind + ", which " + member + " cannot take";
            break;
        case load_status::out_of_range:
            message += "the column's " + kind + " is out of range for " + member;
            break;
        default:
            message += "the column's " + kind + " does not spell a value of " + member;
    }
    throw conversion_error(message);
}

}  // namespace roam::mapping::detail
