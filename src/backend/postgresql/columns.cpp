// SPDX-License-Identifier: MIT
#include "backend/postgresql/columns.hpp"
#include <roam/error.hpp>

#include <bit>
#include <cstdint>
#include <span>

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

bool column_list::fit(PGresult const* result) const noexcept {
    if (static_cast<std::size_t>(PQnfields(result)) != columns_.size())
        return false;
    int number = 0;
    for (auto const& column : columns_) {
        if (PQftype(result, number) != column.oid)
            return false;
        ++number;
    }
    return true;
}

bool column_list::fit_to(PGresult const* result) {
    auto const count = size();
    bool const came_binary = binary_;
    describe(result);
    if (size() != count || (came_binary && !binary_))
        return false;
    binary_ = came_binary;
    return true;
}

namespace {

// Each answers false for a length that its type cannot have.

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

std::span<std::byte const> bytes_of(char const* data, std::size_t size) {
    return {reinterpret_cast<std::byte const*>(data), size};
}

// The usual types apart from text. False: it is none of them, or has another length.
[[gnu::always_inline]] inline bool decode_usual(wire_type type, char const* data, std::size_t size,
                                                cell& to) {
    switch (type) {
        case wire_type::int8:
            return load_integer<std::int64_t, std::uint64_t>(data, size, to);
        case wire_type::int4:
            return load_integer<std::int32_t, std::uint32_t>(data, size, to);
        case wire_type::float8:
            return load_real<double, std::uint64_t>(data, size, to);
        case wire_type::boolean:
            to = cell::of(cell_kind::boolean, data[0] != 0);
            return size == 1;
        default:
            return false;
    }
}

}  // namespace

// Two calls of libpq a column: only a value of length 0 is asked whether it is NULL.
void column_list::decode_binary(PGresult const* result, int row, cell* to) {
    int column = 0;
    for (wire_type const type : types_) {
        char const* const data = PQgetvalue(result, row, column);
        auto const size = static_cast<std::size_t>(PQgetlength(result, row, column));
        if (size == 0) {
            *to = PQgetisnull(result, row, column) != 0
                      ? cell{}
                      : decode_empty(static_cast<std::size_t>(column));
        } else if (type == wire_type::text) {
            *to = cell::of_text({data, size});
        } else if (!decode_usual(type, data, size, *to)) [[unlikely]] {
            *to = decode_rarely(static_cast<std::size_t>(column), {data, size});
        }
        ++column;
        ++to;
    }
}

cell column_list::decode_rarely(std::size_t column, std::string_view value) {
    auto const* const data = value.data();
    auto const size = value.size();
    cell to{};
    bool fits = true;
    switch (types_[column]) {
        case wire_type::int8:
        case wire_type::int4:
        case wire_type::float8:
        case wire_type::boolean:
            fits = false;
            break;
        case wire_type::int2:
            fits = load_integer<std::int16_t, std::uint16_t>(data, size, to);
            break;
        case wire_type::oid:
            fits = load_integer<std::uint32_t, std::uint32_t>(data, size, to);
            break;
        case wire_type::float4:
            fits = load_real<float, std::uint32_t>(data, size, to);
            break;
        case wire_type::json:
            return cell::of_text(value, cell_kind::json);
        case wire_type::bytea:
            return cell::of_bytes(bytes_of(data, size));
        case wire_type::uuid:
            to = cell::of_bytes(bytes_of(data, size), cell_kind::uuid);
            fits = size == 16;
            break;
        default:
            return decode_by_call(column, data, size);
    }
    if (!fits)
        refuse(column, "an unexpected length");
    return to;
}

cell column_list::decode_empty(std::size_t column) const {
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
    cell to{};
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
    cell to{};
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
