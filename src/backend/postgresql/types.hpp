// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace roam::postgresql {

struct result_clearer {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, result_clearer>;

/// The types whose binary form is written and read here. The rest is `other` and travels as text.
enum class wire_type : std::uint8_t {
    boolean,
    int2,
    int4,
    int8,
    oid,
    float4,
    float8,
    text,  ///< text, varchar, char(n), name, "char": their binary form is the bytes
    bytea,
    date,
    timestamp,
    timestamptz,
    uuid,
    json,
    jsonb,
    numeric,
    number_array,
    other,
};

inline constexpr Oid char_oid = 18;  ///< "char"
inline constexpr Oid name_oid = 19;

/// The numbers are those of the server's pg_type.dat, which never change.
wire_type wire_type_of(Oid type) noexcept;

/// The type of an array's elements, 0 where it is not an array that Roam sends.
Oid element_of(Oid array_type) noexcept;

/// For messages: "integer", or "type 600".
std::string name_of_type(Oid type);

// Dates and timestamps count from 2000-01-01 on the wire, from 1970-01-01 in cells.
inline constexpr std::int64_t epoch_days = 10'957;
inline constexpr std::int64_t day_microseconds = 86'400'000'000;
inline constexpr std::int64_t epoch_microseconds = epoch_days * day_microseconds;

constexpr std::uint16_t swap_to_network(std::uint16_t v) noexcept { return __builtin_bswap16(v); }
constexpr std::uint32_t swap_to_network(std::uint32_t v) noexcept { return __builtin_bswap32(v); }
constexpr std::uint64_t swap_to_network(std::uint64_t v) noexcept { return __builtin_bswap64(v); }

template <class Unsigned>
Unsigned load_network(char const* from) noexcept {
    Unsigned value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (std::endian::native == std::endian::little) {
        value = swap_to_network(value);
    }
    return value;
}

template <class Unsigned>
void store_network(void* to, Unsigned value) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        value = swap_to_network(value);
    }
    std::memcpy(to, &value, sizeof value);
}

template <class Unsigned>
void append_network(std::string& to, Unsigned value) {
    char bytes[sizeof value];
    store_network(bytes, value);
    to.append(bytes, sizeof bytes);
}

}  // namespace roam::postgresql
