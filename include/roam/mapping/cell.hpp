// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace roam::mapping {

/// What a cell holds. The first six are what every engine has; the rest say more than bytes do, so
/// that a backend can send and receive them in its own form (binary on PostgreSQL, text on SQLite).
enum class cell_kind : std::uint8_t {
    null,
    boolean,          ///< integer: 0 or 1
    integer,          ///< integer
    real,             ///< real
    text,             ///< text/size: UTF-8 without NUL, checked by the backend when it is bound
    blob,             ///< bytes/size
    date,             ///< integer: days since 1970-01-01
    timestamp,        ///< integer: microseconds since 1970-01-01 00:00:00 UTC
    local_timestamp,  ///< integer: the same, of a clock without a zone
    uuid,             ///< bytes, size 16, in network order
    json,             ///< text/size
    decimal,          ///< text/size: digits, one optional '-', one optional '.'
    array,            ///< text/size: "[1,2,3]"; a column may also bring "{1,2,3}"
    unchecked_text,   ///< text/size: bytes that are sent as text without the UTF-8 check
    rows,             ///< cells/size: one value for each row of a bulk insert; a parameter only
};

/// One value on its way to a parameter or from a column: a view, 16 bytes, no ownership.
///
/// Text and bytes belong to someone else. A parameter's memory must live until its statement is
/// finished (the verbs see to that); a column's lives until the next row is fetched.
/// cell{} is NULL; `cell c;` holds nothing yet, so that room for a row costs no instruction.
/// Thread safety: a plain value.
struct cell {
    cell_kind kind;
    std::uint32_t size;
    union {
        std::int64_t integer;
        double real;
        char const* text;
        std::byte const* bytes;
        cell const* cells;
    };

    constexpr bool is_null() const { return kind == cell_kind::null; }
    constexpr std::string_view as_text() const { return {text, size}; }
    constexpr std::span<std::byte const> as_bytes() const { return {bytes, size}; }
    constexpr std::span<cell const> as_rows() const { return {cells, size}; }

    static constexpr cell of(cell_kind kind, std::int64_t value) {
        cell c{};
        c.kind = kind;
        c.integer = value;
        return c;
    }
    static constexpr cell of_real(double value) {
        cell c{};
        c.kind = cell_kind::real;
        c.real = value;
        return c;
    }
    static constexpr cell of_text(std::string_view value, cell_kind kind = cell_kind::text) {
        cell c{};
        c.kind = kind;
        c.size = static_cast<std::uint32_t>(value.size());
        c.text = value.data();
        return c;
    }
    static constexpr cell of_bytes(std::span<std::byte const> value,
                                   cell_kind kind = cell_kind::blob) {
        cell c{};
        c.kind = kind;
        c.size = static_cast<std::uint32_t>(value.size());
        c.bytes = value.data();
        return c;
    }
    static constexpr cell of_rows(std::span<cell const> values) {
        cell c{};
        c.kind = cell_kind::rows;
        c.size = static_cast<std::uint32_t>(values.size());
        c.cells = values.data();
        return c;
    }
};
static_assert(sizeof(cell) == 16);
static_assert(std::is_trivially_default_constructible_v<cell>);

/// The word for a kind in messages: "integer", "text", ...
std::string_view name_of(cell_kind kind) noexcept;

}  // namespace roam::mapping
