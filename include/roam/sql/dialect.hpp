// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roam::sql {

/// How SQL is written, in the large. MySQL and MariaDB are two: they differ in RETURNING.
enum class dialect_family : std::uint8_t { sqlite, postgresql, mysql, mariadb, firebird, generic };

/// Whether text is written as MySQL writes it; MariaDB does too.
constexpr bool is_mysql(dialect_family family) {
    return family == dialect_family::mysql || family == dialect_family::mariadb;
}

/// What a server can do; the names are those that the conformance suite prints when it skips.
enum class capability : std::uint32_t {
    returning = 1u << 0,              ///< INSERT/DELETE ... RETURNING
    returning_update = 1u << 1,       ///< UPDATE ... RETURNING
    named_conflict_target = 1u << 2,  ///< ON CONFLICT (columns) DO UPDATE, or MERGE
    ordered_bulk_keys = 1u << 3,      ///< generated keys count up in insertion order
    multi_row_values = 1u << 4,       ///< INSERT ... VALUES (...), (...)
    native_boolean = 1u << 5,
    native_uuid = 1u << 6,
    native_json = 1u << 7,
    native_arrays = 1u << 8,
    exact_decimal = 1u << 9,  ///< a decimal column keeps and orders every digit
    not_a_number = 1u << 10,  ///< stores NaN and infinities
    transactional_ddl = 1u << 11,
    add_constraint = 1u << 12,  ///< ALTER TABLE ... ADD CONSTRAINT
    schemas = 1u << 13,
    inserted_key = 1u << 14,         ///< backend::statement::inserted_key() works
    case_sensitive_like = 1u << 15,  ///< LIKE tells A from a; SQLite's does so beyond ASCII only
    exact_real = 1u << 16,           ///< a double is read with all its digits
    serializable = 1u << 17,      ///< isolation_level::serializable; else repeatable_read is most
    copied_rows = 1u << 18,       ///< backend::row_mode::copied
    whole_statements = 1u << 19,  ///< one that fails has done nothing, whatever the table says
};

/// A dialect is a plain value: a family plus what this server's version can do. Text is made once
/// per query type and dialect value; equal values share one interned object, so that comparing
/// addresses of interned dialects compares dialects.
struct dialect {
    dialect_family family = dialect_family::sqlite;
    std::uint32_t capabilities = 0;    ///< of enum capability
    std::uint32_t max_parameters = 0;  ///< in one statement

    constexpr bool can(capability what) const {
        return (capabilities & static_cast<std::uint32_t>(what)) != 0;
    }
    friend bool operator==(dialect const&, dialect const&) = default;
};

/// The one object for this value. Thread-safe; the result lives as long as the process.
dialect const& intern(dialect const& value);

/// SQLite of a library version such as 3040001 (sqlite3_libversion_number()), with its limit of
/// parameters (32766 as distributed).
dialect sqlite_dialect(int version = 3040001, std::uint32_t max_parameters = 32766);

/// PostgreSQL of a server version such as 150000 (PQserverVersion()).
dialect postgresql_dialect(int version = 150000);

/// MariaDB of a server version such as 101119 (10.11.19), MySQL of one such as 80036.
dialect mariadb_dialect(int version = 101100);
dialect mysql_dialect(int version = 80000);

/// Firebird of a version such as 30011 (3.0.11); 3.0 is the first with identity columns and
/// booleans.
dialect firebird_dialect(int version = 30011);

std::string_view name_of(dialect_family family) noexcept;
std::string_view name_of(capability what) noexcept;

/// Appends `name` quoted as an identifier, its own quotes doubled. A NUL byte or an empty name is
/// a usage_error.
void append_identifier(std::string& out, std::string_view name, dialect const& d);

/// Appends `schema.name`, or only `name` where there is no schema.
void append_table_name(std::string& out, std::string_view schema, std::string_view name,
                       dialect const& d);

/// Appends the placeholder of parameter `number`, counted from 1: `?` or `$1`.
void append_placeholder(std::string& out, std::size_t number, dialect const& d);

}  // namespace roam::sql
