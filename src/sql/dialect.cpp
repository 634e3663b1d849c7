// SPDX-License-Identifier: MIT
#include "sql/stored_name.hpp"
#include <roam/error.hpp>
#include <roam/sql/dialect.hpp>

#include <deque>
#include <mutex>

namespace roam::sql {
namespace {

constexpr std::uint32_t bits() { return 0; }

template <typename... More>
constexpr std::uint32_t bits(capability first, More... more) {
    return static_cast<std::uint32_t>(first) | bits(more...);
}

struct dialect_registry {
    std::mutex mutex;
    std::deque<dialect> values;  // never moves its elements; there are a handful in a process
};

char quote_of(dialect const& d) { return is_mysql(d.family) ? '`' : '"'; }

}  // namespace

dialect const& intern(dialect const& value) {
    // Never destroyed: its addresses live as long as the process.
    static auto& known = *new dialect_registry;
    std::lock_guard lock{known.mutex};
    for (auto const& d : known.values) {
        if (d == value)
            return d;
    }
    return known.values.emplace_back(value);
}

dialect sqlite_dialect(int version, std::uint32_t max_parameters) {
    auto capabilities =
        bits(capability::inserted_key, capability::ordered_bulk_keys, capability::multi_row_values,
             capability::transactional_ddl, capability::exact_real, capability::serializable);
    if (version >= 3024000)
        capabilities |= bits(capability::named_conflict_target);
    if (version >= 3035000) {
        capabilities |= bits(capability::returning, capability::returning_update);
    }
    return {dialect_family::sqlite, capabilities, max_parameters};
}

dialect postgresql_dialect(int version) {
    auto capabilities =
        bits(capability::returning, capability::returning_update, capability::ordered_bulk_keys,
             capability::multi_row_values, capability::native_boolean, capability::native_uuid,
             capability::native_json, capability::native_arrays, capability::exact_decimal,
             capability::not_a_number, capability::transactional_ddl, capability::add_constraint,
             capability::schemas, capability::case_sensitive_like, capability::exact_real,
             capability::serializable, capability::copied_rows, capability::whole_statements);
    if (version >= 90500)
        capabilities |= bits(capability::named_conflict_target);
    return {dialect_family::postgresql, capabilities, 65535};  // a 16-bit count in the protocol
}

dialect mariadb_dialect(int version) {
    auto d = mysql_dialect();
    d.family = dialect_family::mariadb;
    if (version >= 100500)
        d.capabilities |= bits(capability::returning);
    return d;
}

// Its DDL commits what is open, its only boolean is an integer, and ON DUPLICATE KEY fires for any
// unique constraint.
dialect mysql_dialect(int) {
    auto const capabilities =
        bits(capability::inserted_key, capability::ordered_bulk_keys, capability::multi_row_values,
             capability::native_json, capability::exact_decimal, capability::add_constraint,
             capability::schemas, capability::case_sensitive_like, capability::exact_real,
             capability::serializable);
    return {dialect_family::mysql, capabilities, 65535};  // a 16-bit count in the protocol
}

// RETURNING brings one row at most. DDL can be rolled back, but the table it made is there only
// after the COMMIT. VALUES has one row.
dialect firebird_dialect(int) {
    auto const capabilities =
        bits(capability::returning, capability::returning_update, capability::named_conflict_target,
             capability::native_boolean, capability::native_uuid, capability::add_constraint,
             capability::case_sensitive_like, capability::exact_real);
    return {dialect_family::firebird, capabilities, 32767};  // a 16-bit count in XSQLDA
}

std::string_view name_of(dialect_family family) noexcept {
    switch (family) {
        case dialect_family::sqlite:
            return "SQLite";
        case dialect_family::postgresql:
            return "PostgreSQL";
        case dialect_family::mysql:
            return "MySQL";
        case dialect_family::mariadb:
            return "MariaDB";
        case dialect_family::firebird:
            return "Firebird";
        case dialect_family::generic:
            return "generic SQL";
    }
    return "unknown";
}

std::string_view name_of(capability what) noexcept {
    switch (what) {
        case capability::returning:
            return "returning";
        case capability::returning_update:
            return "returning_update";
        case capability::named_conflict_target:
            return "named_conflict_target";
        case capability::ordered_bulk_keys:
            return "ordered_bulk_keys";
        case capability::multi_row_values:
            return "multi_row_values";
        case capability::native_boolean:
            return "native_boolean";
        case capability::native_uuid:
            return "native_uuid";
        case capability::native_json:
            return "native_json";
        case capability::native_arrays:
            return "native_arrays";
        case capability::exact_decimal:
            return "exact_decimal";
        case capability::not_a_number:
            return "not_a_number";
        case capability::transactional_ddl:
            return "transactional_ddl";
        case capability::add_constraint:
            return "add_constraint";
        case capability::schemas:
            return "schemas";
        case capability::inserted_key:
            return "inserted_key";
        case capability::case_sensitive_like:
            return "case_sensitive_like";
        case capability::exact_real:
            return "exact_real";
        case capability::serializable:
            return "serializable";
        case capability::copied_rows:
            return "copied_rows";
        case capability::whole_statements:
            return "whole_statements";
    }
    return "unknown";
}

std::string stored_name(std::string_view name, dialect const& d) {
    std::string stored{name};
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789_$";
    if (d.family != dialect_family::firebird ||
        stored.find_first_not_of(plain) != std::string::npos)
        return stored;
    for (char& c : stored)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return stored;
}

void append_identifier(std::string& out, std::string_view name, dialect const& d) {
    if (name.empty())
        throw usage_error("the name of a table or column is empty");
    if (name.find('\0') != std::string_view::npos) {
        throw usage_error("the name of a table or column contains a NUL byte: '" +
                          std::string{name.substr(0, name.find('\0'))} + "...'");
    }
    char const quote = quote_of(d);
    out.push_back(quote);
    for (char c : stored_name(name, d)) {
        if (c == quote)
            out.push_back(quote);
        out.push_back(c);
    }
    out.push_back(quote);
}

void append_table_name(std::string& out, std::string_view schema, std::string_view name,
                       dialect const& d) {
    if (!schema.empty()) {
        append_identifier(out, schema, d);
        out.push_back('.');
    }
    append_identifier(out, name, d);
}

void append_placeholder(std::string& out, std::size_t number, dialect const& d) {
    if (d.family == dialect_family::postgresql) {
        out.push_back('$');
        out.append(std::to_string(number));
    } else {
        out.push_back('?');
    }
}

}  // namespace roam::sql
