// SPDX-License-Identifier: MIT
#include "backend/postgresql/parameters.hpp"
#include "mapping/time_text.hpp"
#include "mapping/utf8.hpp"
#include <roam/error.hpp>

#include <bit>
#include <charconv>
#include <chrono>
#include <climits>
#include <cmath>
#include <limits>

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

namespace {

// The server would take more, but the engines that store time as text have years 0 to 9999, and
// what one refuses all do.
bool is_in_calendar(std::int64_t days) {
    using namespace std::chrono;
    constexpr auto first = sys_days{year{0} / 1 / 1}.time_since_epoch().count();
    constexpr auto last = sys_days{year{9999} / 12 / 31}.time_since_epoch().count();
    return days >= first && days <= last;
}

}  // namespace

// The binary input of "char" wants exactly one byte, that of name refuses what is too long; their
// text input takes any text.
wire_type parameter_type_of(Oid type) noexcept {
    bool const is_narrow = type == char_oid || type == name_oid;
    return is_narrow ? wire_type::other : wire_type_of(type);
}

void parameter_list::describe(PGresult const* description, std::string_view sql) {
    auto const count = static_cast<std::size_t>(PQnparams(description));
    sql_ = sql;
    types_.resize(count);
    oids_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto const oid = PQparamtype(description, static_cast<int>(i));
        types_[i] = parameter_type_of(oid);
        oids_[i] = oid;
    }
    values_.assign(count, nullptr);
    lengths_.assign(count, 0);
    formats_.assign(count, 1);
    numbers_.assign(count, 0);
    elements_.clear();
}

template <class Unsigned>
void parameter_list::set_number(std::size_t i, Unsigned value) {
    store_network(&numbers_[i], value);
    values_[i] = reinterpret_cast<char const*>(&numbers_[i]);
    lengths_[i] = sizeof value;
}

// The usual kinds where the server has the same type: what most parameters are.
[[gnu::always_inline]] inline bool parameter_list::encode_plainly(wire_type type, cell const& from,
                                                                  place to) {
    auto const set = [&](char const* bytes, int size) {
        *to.value = bytes;
        *to.length = size;
        return true;
    };
    auto const set_number = [&](auto value) {
        store_network(to.number, value);
        return set(reinterpret_cast<char const*>(to.number), sizeof value);
    };
    if (from.kind == cell_kind::text) {  // apart: cheaper than the table that five cases become
        if (type != wire_type::text || from.size == 0 || from.size > INT_MAX ||
            !mapping::is_valid_text(from.as_text())) {
            return false;
        }
        return set(from.text, static_cast<int>(from.size));
    }
    switch (from.kind) {
        case cell_kind::integer:
            if (type == wire_type::int8)
                return set_number(static_cast<std::uint64_t>(from.integer));
            if (type == wire_type::int4 && from.integer == static_cast<std::int32_t>(from.integer))
                return set_number(static_cast<std::uint32_t>(from.integer));
            return false;
        case cell_kind::real:
            return type == wire_type::float8 && set_number(std::bit_cast<std::uint64_t>(from.real));
        case cell_kind::boolean:
            return type == wire_type::boolean && set(from.integer != 0 ? "\1" : "\0", 1);
        case cell_kind::null:
            return set(nullptr, 0);
        default:
            return false;
    }
}

void parameter_list::encode(std::span<cell const> cells) {
    if (any_text_) [[unlikely]]
        formats_.assign(formats_.size(), 1);
    any_text_ = false;
    wire_type const* const types = types_.data();
    place const first{values_.data(), lengths_.data(), numbers_.data()};
    std::size_t i = 0;
    for (cell const& from : cells) {
        if (!encode_plainly(types[i], from, {first.value + i, first.length + i, first.number + i}))
            [[unlikely]]
            encode_by_kind(i, from);
        ++i;
    }
}

void parameter_list::encode_by_kind(std::size_t i, cell const& from) {
    switch (from.kind) {
        case cell_kind::null:
            break;
        case cell_kind::boolean:
            return encode_boolean(i, from.integer != 0);
        case cell_kind::integer:
            return encode_integer(i, from.integer);
        case cell_kind::real:
            return encode_real(i, from.real);
        case cell_kind::text:
        case cell_kind::unchecked_text:
        case cell_kind::json:
        case cell_kind::decimal:
            return encode_chars(i, from);
        case cell_kind::blob:
            return encode_bytes(i, from);
        case cell_kind::date:
            return encode_date(i, from.integer);
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            return encode_timestamp(i, from);
        case cell_kind::uuid:
            return encode_uuid(i, from);
        case cell_kind::array:
            return encode_array(i, from);
        case cell_kind::rows:
            return encode_rows(i, from);
    }
}

void parameter_list::refuse(std::size_t i, std::string_view why) const {
    error_details details;
    details.statement = sql_;
    std::string where = "parameter " + std::to_string(number_ + i);
    if (row_ != 0)
        where += " of row " + std::to_string(row_);
    throw conversion_error(where + " (" + name_of_type(oids_[i]) + "): " + std::string{why},
                           std::move(details));
}

void parameter_list::set_binary(std::size_t i, char const* bytes, std::size_t size) {
    if (size > INT_MAX)
        refuse(i, "it has more than 2 GiB");
    values_[i] = bytes == nullptr ? "" : bytes;  // libpq takes a null pointer for NULL
    lengths_[i] = static_cast<int>(size);
}

// libpq ignores the length of a parameter in text format: it must be copied to end in a NUL.
void parameter_list::set_text(std::size_t i, std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        refuse(i, "the text has a NUL byte");
    if (texts_.size() < types_.size())
        texts_.resize(types_.size());
    texts_[i] = text;
    values_[i] = texts_[i].c_str();
    formats_[i] = 0;
    any_text_ = true;
}

void parameter_list::encode_integer(std::size_t i, std::int64_t value) {
    switch (types_[i]) {
        case wire_type::int8:
            set_number(i, static_cast<std::uint64_t>(value));
            return;
        case wire_type::int4:
            if (value != static_cast<std::int32_t>(value))
                refuse(i, "the integer is out of range");
            set_number(i, static_cast<std::uint32_t>(value));
            return;
        case wire_type::int2:
            if (value != static_cast<std::int16_t>(value))
                refuse(i, "the integer is out of range");
            set_number(i, static_cast<std::uint16_t>(value));
            return;
        case wire_type::oid:
            if (value != static_cast<std::uint32_t>(value))
                refuse(i, "the integer is out of range");
            set_number(i, static_cast<std::uint32_t>(value));
            return;
        case wire_type::float8:
            // From 2^53 on not every integer is a double; there the server rounds the digits.
            if (std::abs(static_cast<double>(value)) < 9007199254740992.0) {
                set_number(i, std::bit_cast<std::uint64_t>(static_cast<double>(value)));
                return;
            }
            break;
        case wire_type::boolean:
            if (value != 0 && value != 1)
                refuse(i, "the integer is neither 0 nor 1");
            encode_boolean(i, value != 0);
            return;
        default:
            break;
    }
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    set_text(i, {digits, static_cast<std::size_t>(end - digits)});
}

void parameter_list::encode_boolean(std::size_t i, bool value) {
    switch (types_[i]) {
        case wire_type::boolean:
            set_binary(i, value ? "\1" : "\0", 1);
            return;
        case wire_type::text:
        case wire_type::other:
            set_text(i, value ? "true" : "false");
            return;
        default:
            encode_integer(i, value ? 1 : 0);
    }
}

void parameter_list::encode_real(std::size_t i, double value) {
    switch (types_[i]) {
        case wire_type::float8:
            set_number(i, std::bit_cast<std::uint64_t>(value));
            return;
        case wire_type::float4: {
            auto const narrow = static_cast<float>(value);
            if (std::isinf(narrow) && !std::isinf(value))
                refuse(i, "the number is out of range");
            set_number(i, std::bit_cast<std::uint32_t>(narrow));
            return;
        }
        default:
            break;
    }
    if (std::isnan(value))
        return set_text(i, "NaN");
    if (std::isinf(value))
        return set_text(i, value > 0 ? "Infinity" : "-Infinity");
    char digits[32];  // the shortest form that reads back as the same double has at most 24
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    set_text(i, {digits, static_cast<std::size_t>(end - digits)});
}

void parameter_list::encode_chars(std::size_t i, cell const& from) {
    auto const text = from.as_text();
    if (from.kind != cell_kind::unchecked_text && !text.empty() && !mapping::is_valid_text(text)) {
        refuse(i, text.find('\0') == std::string_view::npos ? "the text is not UTF-8"
                                                            : "the text has a NUL byte");
    }
    auto const type = types_[i];
    if (type == wire_type::text || type == wire_type::json) {
        set_binary(i, text.data(), text.size());
    } else {
        set_text(i, text);
    }
}

void parameter_list::encode_bytes(std::size_t i, cell const& from) {
    auto const bytes = from.as_bytes();
    auto const type = types_[i];
    if (type != wire_type::bytea && !(type == wire_type::uuid && bytes.size() == 16)) {
        refuse(i, "bytes can only be sent to bytea");
    }
    set_binary(i, reinterpret_cast<char const*>(bytes.data()), bytes.size());
}

// "[1,2,3]" is "{1,2,3}" here, and stays what it is where JSON or text is wanted.
void parameter_list::encode_array(std::size_t i, cell const& from) {
    auto const type = types_[i];
    encode_chars(i, from);
    if (type != wire_type::number_array && type != wire_type::other)
        return;
    for (char& c : texts_[i]) {
        if (c == '[')
            c = '{';
        if (c == ']')
            c = '}';
    }
}

void parameter_list::encode_date(std::size_t i, std::int64_t days) {
    switch (types_[i]) {
        case wire_type::date: {
            if (!is_in_calendar(days))
                refuse(i, "the date is out of range");
            set_number(i, static_cast<std::uint32_t>(days - epoch_days));
            return;
        }
        case wire_type::timestamp:
        case wire_type::timestamptz: {
            std::int64_t microseconds = 0;
            if (__builtin_mul_overflow(days, day_microseconds, &microseconds)) {
                refuse(i, "the date is out of range");
            }
            encode_timestamp(i, cell::of(cell_kind::timestamp, microseconds));
            return;
        }
        default:
            break;
    }
    char text[mapping::date_text_size];
    if (!mapping::write_date(text, days))
        refuse(i, "the date is out of range");
    set_text(i, {text, sizeof text});
}

void parameter_list::encode_timestamp(std::size_t i, cell const& from) {
    auto const type = types_[i];
    // A clock time without zone for a timestamptz goes as text: which instant it is, the server's
    // TimeZone says.
    if (type == wire_type::timestamp ||
        (type == wire_type::timestamptz && from.kind == cell_kind::timestamp)) {
        if (!is_in_calendar(from.integer / day_microseconds -
                            (from.integer % day_microseconds < 0)))
            refuse(i, "the time is out of range");
        set_number(i, static_cast<std::uint64_t>(from.integer - epoch_microseconds));
        return;
    }
    char text[mapping::timestamp_text_size];
    if (!mapping::write_timestamp(text, from.integer))
        refuse(i, "the time is out of range");
    set_text(i, {text, sizeof text});
}

void parameter_list::encode_uuid(std::size_t i, cell const& from) {
    if (from.size != 16)
        refuse(i, "a uuid has 16 bytes");
    if (types_[i] == wire_type::uuid || types_[i] == wire_type::bytea) {
        set_binary(i, reinterpret_cast<char const*>(from.bytes), 16);
        return;
    }
    constexpr char hex[] = "0123456789abcdef";
    char text[36];
    char* to = text;
    for (std::size_t byte = 0; byte < 16; ++byte) {
        if (byte == 4 || byte == 6 || byte == 8 || byte == 10)
            *to++ = '-';
        auto const value = static_cast<unsigned>(from.bytes[byte]);
        *to++ = hex[value >> 4];
        *to++ = hex[value & 15];
    }
    set_text(i, {text, sizeof text});
}

}  // namespace roam::postgresql
