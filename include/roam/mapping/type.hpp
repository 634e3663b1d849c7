// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace roam::mapping {

/// What a column holds, independent of any dialect. docs/mapping.md has the table of column types.
enum class type_kind : std::uint8_t {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,  ///< stored as a signed 64-bit column; a value above 2^63-1 is a conversion_error
    float32,
    float64,
    text,
    blob,
    date,             ///< a day, without zone
    timestamp,        ///< an instant, microseconds, UTC
    local_timestamp,  ///< date and time of day, microseconds, without zone
    duration,         ///< microseconds in a signed 64-bit column
    uuid,
    json,
    decimal,
    array,  ///< a sequence of numbers: an array on PostgreSQL, JSON text elsewhere
};

/// A column's type with its modifiers.
struct column_type {
    type_kind kind = type_kind::text;
    type_kind element = type_kind::int64;  ///< of an array
    std::uint16_t length = 0;  ///< of text, in characters, 0 = unlimited; of decimal, total digits
    std::uint16_t scale = 0;   ///< of decimal: digits after the point

    friend constexpr bool operator==(column_type const&, column_type const&) = default;
};

constexpr bool is_integer(type_kind kind) {
    return kind >= type_kind::int8 && kind <= type_kind::uint64;
}

}  // namespace roam::mapping
