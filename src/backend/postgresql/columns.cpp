// SPDX-License-Identifier: MIT
#include "backend/postgresql/columns.hpp"

#include <roam/error.hpp>

#include <bit>
#include <limits>

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

namespace {

// Out of line and cold: the messages are not built in the decoding loop.
[[noreturn, gnu::cold]] void refuse(std::string const& column, Oid oid, std::string_view why) {
    throw conversion_error("column \"" + column + "\" (" + name_of_type(oid) +
                           "): " + std::string{why});
}

// What a fixed-width type has on the wire; 0: any length.
constexpr std::size_t width_of(wire_type type) {
    switch (type) {
        case wire_type::boolean: return 1;
        case wire_type::int2: return 2;
        case wire_type::int4:
        case wire_type::oid:
        case wire_type::float4:
        case wire_type::date: return 4;
        case wire_type::int8:
        case wire_type::float8:
        case wire_type::timestamp:
        case wire_type::timestamptz: return 8;
        case wire_type::uuid: return 16;
        default: return 0;
    }
}

std::int64_t int8_at(char const* data) {
    return static_cast<std::int64_t>(load_network<std::uint64_t>(data));
}

std::int32_t int4_at(char const* data) {
    return static_cast<std::int32_t>(load_network<std::uint32_t>(data));
}

}  // namespace

void column_list::describe(PGresult const* description) {
    auto const count = PQnfields(description);
    columns_.clear();
    columns_.reserve(static_cast<std::size_t>(count));
    binary_ = true;
    for (int i = 0; i < count; ++i) {
        auto const oid = PQftype(description, i);
        auto const type = wire_type_of(oid);
        columns_.push_back({type, oid, PQfname(description, i), {}});
        if (type == wire_type::other) binary_ = false;
    }
}

void column_list::decode(PGresult const* result, int row, cell* to) {
    int index = 0;
    for (auto& column : columns_) {
        char const* const data = PQgetvalue(result, row, index);
        auto const size = static_cast<std::size_t>(PQgetlength(result, row, index));
        // NULL has length 0, so that only empty values pay for a third call.
        if (size == 0 && PQgetisnull(result, row, index) != 0) {
            *to = cell{};
        } else if (binary_) [[likely]] {
            *to = decode_binary(column, data, size);
        } else if (!decode_text(column.type, {data, size}, column.buffer, *to)) {
            refuse(column.name, column.oid, "its text form cannot be read (is DateStyle ISO?)");
        }
        ++to;
        ++index;
    }
}

inline cell column_list::decode_binary(column& from, char const* data, std::size_t size) {
    switch (from.type) {
        case wire_type::text: return cell::of_text({data, size});
        case wire_type::json: return cell::of_text({data, size}, cell_kind::json);
        case wire_type::jsonb:
            if (size == 0 || data[0] != 1) refuse(from.name, from.oid, "an unknown form of jsonb");
            return cell::of_text({data + 1, size - 1}, cell_kind::json);
        case wire_type::bytea:
            return cell::of_bytes({reinterpret_cast<std::byte const*>(data), size});
        case wire_type::numeric: {
            cell to;
            if (decode_numeric(data, size, from.buffer, to)) return to;
            refuse(from.name, from.oid, "a malformed numeric");
        }
        case wire_type::number_array: {
            cell to;
            if (decode_array(data, size, from.buffer, to)) return to;
            refuse(from.name, from.oid, "only arrays of one dimension can be read");
        }
        default: return decode_fixed_width(from, data, size);
    }
}

inline cell column_list::decode_fixed_width(column& from, char const* data, std::size_t size) {
    if (size != width_of(from.type)) refuse(from.name, from.oid, "an unexpected length");
    switch (from.type) {
        case wire_type::int8: return cell::of(cell_kind::integer, int8_at(data));
        case wire_type::int4: return cell::of(cell_kind::integer, int4_at(data));
        case wire_type::int2:
            return cell::of(cell_kind::integer,
                            static_cast<std::int16_t>(load_network<std::uint16_t>(data)));
        case wire_type::oid:
            return cell::of(cell_kind::integer, load_network<std::uint32_t>(data));
        case wire_type::boolean: return cell::of(cell_kind::boolean, data[0] != 0);
        case wire_type::float8:
            return cell::of_real(std::bit_cast<double>(load_network<std::uint64_t>(data)));
        case wire_type::float4:
            return cell::of_real(
                static_cast<double>(std::bit_cast<float>(load_network<std::uint32_t>(data))));
        case wire_type::uuid:
            return cell::of_bytes({reinterpret_cast<std::byte const*>(data), size},
                                  cell_kind::uuid);
        case wire_type::date: {
            auto const days = int4_at(data);
            if (days == INT32_MIN || days == INT32_MAX) {
                refuse(from.name, from.oid, "an infinite date");
            }
            return cell::of(cell_kind::date, days + epoch_days);
        }
        default: {
            auto const microseconds = int8_at(data);
            std::int64_t value = 0;
            // The ends of the range mean -infinity and infinity.
            if (microseconds == INT64_MIN ||
                __builtin_add_overflow(microseconds, epoch_microseconds, &value)) {
                refuse(from.name, from.oid, "an infinite time");
            }
            return cell::of(from.type == wire_type::timestamp ? cell_kind::local_timestamp
                                                              : cell_kind::timestamp,
                            value);
        }
    }
}

}  // namespace roam::postgresql
