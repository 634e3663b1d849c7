// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/type.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// The plain description of a mapped struct: constexpr values, no templates, no SQL. Everything
// after the mapping layer reads these and never the struct itself.

namespace roam::mapping {

struct table;

/// What happens to the referencing row when the referenced one is removed or its key changes.
enum class reference_action : std::uint8_t { none, restrict, cascade, set_null, set_default };

/// A few columns of one table, by index into table::columns.
struct column_list {
    static constexpr std::size_t limit = 16;
    std::array<std::uint16_t, limit> at{};
    std::uint8_t size = 0;

    constexpr void add(std::uint16_t column) { at[size++] = column; }
    constexpr std::uint16_t const* begin() const { return at.data(); }
    constexpr std::uint16_t const* end() const { return at.data() + size; }
    constexpr bool contains(std::uint16_t column) const {
        for (auto c : *this) {
            if (c == column)
                return true;
        }
        return false;
    }
};

/// One column. All text has static storage.
struct column {
    std::string_view name;    ///< in the database
    std::string_view member;  ///< in the struct; "home.street" for an embedded one
    column_type type;
    bool nullable = false;
    bool primary_key = false;
    bool generated = false;  ///< a key made by the database: never sent by insert, read back
    bool computed = false;   ///< made by the database: never sent by insert or update, read back
    bool version = false;    ///< the optimistic lock's counter
    bool unique = false;
    std::string_view default_sql;  ///< of default_value: DDL only
};

/// A foreign key. The target is named by its type only, so references may be circular.
struct foreign_key {
    column_list columns;
    table const& (*target)() = nullptr;
    column_list target_columns;  ///< empty: the target's primary key
    reference_action on_delete = reference_action::none;
    reference_action on_update = reference_action::none;
};

struct index {
    column_list columns;
    bool unique = false;
    std::string_view name;  ///< empty: made from table and columns
};

struct check {
    std::string_view sql;
    std::string_view name;
};

/// A mapped struct. Obtained from table_of<T>(); lives as long as the program.
struct table {
    std::string_view type;  ///< the C++ name, for messages
    std::string_view schema;
    std::string_view name;
    std::string_view database;  ///< the route to its database; empty: whichever is current
    std::span<column const> columns;
    column_list primary_key;
    std::span<foreign_key const> foreign_keys;
    std::span<index const> indexes;
    std::span<check const> checks;
    bool reuse_keys = false;  ///< SQLite: no AUTOINCREMENT, a removed key may come back

    /// The generated key's column, or nullptr. Only a single integer key can be generated.
    constexpr column const* generated_key() const {
        for (auto const& c : columns) {
            if (c.generated)
                return &c;
        }
        return nullptr;
    }
    /// Whether it stands in the key, a reference, an index or a unique constraint.
    constexpr bool is_indexed(std::uint16_t column) const {
        bool found = primary_key.contains(column) || columns[column].unique;
        for (auto const& i : indexes)
            found = found || i.columns.contains(column);
        for (auto const& key : foreign_keys)
            found = found || key.columns.contains(column);
        return found;
    }
    /// Whether it holds text of any length, which some engines neither index nor sort.
    constexpr bool is_long_text(std::uint16_t column) const {
        auto const& type = columns[column].type;
        return type.kind == type_kind::text && type.length == 0 && !is_indexed(column);
    }
    constexpr column const* version_column() const {
        for (auto const& c : columns) {
            if (c.version)
                return &c;
        }
        return nullptr;
    }
};

/// For constant expressions: with UBSan g++ 12 takes no comparison of generated_key() with nullptr.
constexpr bool has_generated_key(table const& t) {
    for (auto const& c : t.columns) {
        if (c.generated)
            return true;
    }
    return false;
}

/// A hash of everything that reaches the database; equal descriptions have equal hashes.
std::uint64_t hash_of(table const& description) noexcept;

/// Remembers which description a C++ type has, and throws mapping_conflict_error when another
/// translation unit gave the same type a different one. Thread-safe; called off the hot path.
void register_description(table const& description);

}  // namespace roam::mapping
