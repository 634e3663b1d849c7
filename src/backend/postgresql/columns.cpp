// SPDX-License-Identifier: MIT
#include "backend/postgresql/columns.hpp"
#include <roam/error.hpp>

#include <bit>
#include <cstdint>

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

void column_list::describe(PGresult const* description) {
    auto const count = PQnfields(description);
    types_.clear();
    columns_.clear();
    columns_.reserve(static_cast<std::size_t>(count));
    binary_ = true;
    for (int i = 0; i < count; ++i) {
        auto const oid = PQftype(description, i);
        auto const type = wire_type_of(oid);
        types_.push_back(type);
        columns_.push_back({oid, PQfname(description, i), {}});
        if (type == wire_type::other)
            binary_ = false;
    }
}

void column_list::decode(PGresult const* result, int row, cell* to) {
    if (binary_) [[likely]] {
        decode_binary(result, row, to);
    } else {
        decode_text_row(result, row, to);
    }
}

namespace {

// Each answers false for a length that its type cannot have, which may be a NULL's 0.

template <class Signed, class Unsigned>
bool load_integer(char const* data, std::size_t size, cell& to) {
    if (size != sizeof(Unsigned))
        return false;
    to = cell::of(cell_kind::integer, static_cast<Signed>(load_network<Unsigned>(data)));
    return true;
}

template <class Real, class Unsigned>
bool load_real(char const* data, std::size_t size, cell& to) {
    if (size != sizeof(Unsigned))
        return false;
    to = cell::of_real(static_cast<double>(std::bit_cast<Real>(load_network<Unsigned>(data))));
    return true;
}

bool load_boolean(char const* data, std::size_t size, cell& to) {
    if (size != 1)
        return false;
    to = cell::of(cell_kind::boolean, data[0] != 0);
    return true;
}

bool load_text(char const* data, std::size_t size, cell& to, cell_kind kind) {
    to = cell::of_text({data, size}, kind);
    return size != 0;
}

bool load_bytes(char const* data, std::size_t size, cell& to, cell_kind kind) {
    to = cell::of_bytes({reinterpret_cast<std::byte const*>(data), size}, kind);
    return size != 0;
}

}  // namespace

// One switch and two calls of libpq a column: only a value of length 0 is asked whether it is NULL.
void column_list::decode_binary(PGresult const* result, int row, cell* to) {
    auto const* const types = types_.data();
    auto const count = types_.size();
    for (std::size_t i = 0; i < count; ++i) {
        char const* const data = PQgetvalue(result, row, static_cast<int>(i));
        auto const size = static_cast<std::size_t>(PQgetlength(result, row, static_cast<int>(i)));
        cell& c = to[i];
        bool good = false;
        switch (types[i]) {
            case wire_type::int8:
                good = load_integer<std::int64_t, std::uint64_t>(data, size, c);
                break;
            case wire_type::int4:
                good = load_integer<std::int32_t, std::uint32_t>(data, size, c);
                break;
            case wire_type::int2:
                good = load_integer<std::int16_t, std::uint16_t>(data, size, c);
                break;
            case wire_type::oid:
                good = load_integer<std::uint32_t, std::uint32_t>(data, size, c);
                break;
            case wire_type::boolean:
                good = load_boolean(data, size, c);
                break;
            case wire_type::float8:
                good = load_real<double, std::uint64_t>(data, size, c);
                break;
            case wire_type::float4:
                good = load_real<float, std::uint32_t>(data, size, c);
                break;
            case wire_type::text:
                good = load_text(data, size, c, cell_kind::text);
                break;
            case wire_type::json:
                good = load_text(data, size, c, cell_kind::json);
                break;
            case wire_type::bytea:
                good = load_bytes(data, size, c, cell_kind::blob);
                break;
            case wire_type::uuid:
                good = size == 16 && load_bytes(data, size, c, cell_kind::uuid);
                break;
            default:
                good = size != 0;
                if (good)
                    c = decode_by_call(i, data, size);
        }
        if (!good) [[unlikely]]
            c = decode_odd_length(i, result, row);
    }
}

cell column_list::decode_odd_length(std::size_t column, PGresult const* result, int row) const {
    if (PQgetisnull(result, row, static_cast<int>(column)) != 0)
        return {};
    switch (types_[column]) {
        case wire_type::text:
            return cell::of_text("");
        case wire_type::bytea:
            return cell::of_bytes({});
        default:
            refuse(column, "an unexpected length");
    }
}

// The ends of the range mean -infinity and infinity.
cell column_list::decode_time(std::size_t column, char const* data, std::size_t size) const {
    cell to;
    if (types_[column] == wire_type::date) {
        if (!load_integer<std::int32_t, std::uint32_t>(data, size, to)) {
            refuse(column, "an unexpected length");
        }
        if (to.integer == INT32_MIN || to.integer == INT32_MAX)
            refuse(column, "an infinite date");
        return cell::of(cell_kind::date, to.integer + epoch_days);
    }
    if (!load_integer<std::int64_t, std::uint64_t>(data, size, to)) {
        refuse(column, "an unexpected length");
    }
    std::int64_t value = 0;
    if (to.integer == INT64_MIN || __builtin_add_overflow(to.integer, epoch_microseconds, &value)) {
        refuse(column, "an infinite time");
    }
    return cell::of(
        types_[column] == wire_type::timestamp ? cell_kind::local_timestamp : cell_kind::timestamp,
        value);
}

cell column_list::decode_by_call(std::size_t column, char const* data, std::size_t size) {
    auto& buffer = columns_[column].buffer;
    cell to;
    switch (types_[column]) {
        case wire_type::date:
        case wire_type::timestamp:
        case wire_type::timestamptz:
            return decode_time(column, data, size);
        case wire_type::jsonb:
            // Behind the number of the form, the text as it is.
            if (data[0] != 1)
                refuse(column, "an unknown form of jsonb");
            return cell::of_text({data + 1, size - 1}, cell_kind::json);
        case wire_type::numeric:
            if (decode_numeric(data, size, buffer, to))
                return to;
            refuse(column, "a malformed numeric");
        default:
            if (decode_array(data, size, buffer, to))
                return to;
            refuse(column, "only arrays of one dimension can be read");
    }
}

void column_list::decode_text_row(PGresult const* result, int row, cell* to) {
    for (std::size_t i = 0; i < types_.size(); ++i, ++to) {
        int const column = static_cast<int>(i);
        if (PQgetisnull(result, row, column) != 0) {
            *to = cell{};
            continue;
        }
        std::string_view const text{PQgetvalue(result, row, column),
                                    static_cast<std::size_t>(PQgetlength(result, row, column))};
        if (!decode_text(types_[i], text, columns_[i].buffer, *to)) {
            refuse(i, "its text form cannot be read (an infinite time, or DateStyle is not ISO)");
        }
    }
}

void column_list::refuse(std::size_t column, std::string_view why) const {
    throw conversion_error("column \"" + columns_[column].name + "\" (" +
                           name_of_type(columns_[column].oid) + "): " + std::string{why});
}

}  // namespace roam::postgresql
