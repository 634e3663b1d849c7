// SPDX-License-Identifier: MIT
#include "backend/mysql_settings.hpp"
#include "backend/odbc/engine.hpp"
#include "backend/sqlite/command.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <charconv>

namespace roam::odbc {
namespace {

using sql::capability;

// SQLNumParams answers with 16 bits and a sign.
constexpr std::uint32_t most_parameters = 32767;

/// "15.0.20", "10.11.000019": three numbers as one.
int number_of(std::string_view version) {
    int parts[3] = {};
    for (int& part : parts) {
        auto const* const end_of_text = version.data() + version.size();
        auto const end = std::from_chars(version.data(), end_of_text, part).ptr;
        version.remove_prefix(static_cast<std::size_t>(end - version.data()));
        if (!version.starts_with('.'))
            break;
        version.remove_prefix(1);
    }
    return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

sql::dialect without(sql::dialect d, std::initializer_list<capability> missing) {
    for (auto const each : missing)
        d.capabilities &= ~static_cast<std::uint32_t>(each);
    d.max_parameters = std::min(d.max_parameters, most_parameters);
    return d;
}

sql::dialect sqlite_dialect(std::string_view version) {
    auto const number = number_of(version);
    // Its driver throws the rows of RETURNING away, and writes a real with 15 digits.
    return without(sql::sqlite_dialect(number / 10000 * 1000000 + number / 100 % 100 * 1000),
                   {capability::returning, capability::returning_update, capability::exact_real});
}

sql::dialect dialect_of(std::string_view name, std::string_view version,
                        std::string_view sqlite_version) {
    if (name == "PostgreSQL")
        return without(sql::postgresql_dialect(number_of(version)),
                       {capability::native_arrays, capability::copied_rows});
    if (name == "MariaDB") {
        auto const d = sql::mariadb_dialect(number_of(version));
        // The driver has no word for the key: RETURNING costs no second statement.
        return d.can(capability::returning) ? without(d, {capability::inserted_key})
                                            : without(d, {});
    }
    if (name == "MySQL")
        return without(sql::mysql_dialect(number_of(version)), {});
    if (name == "SQLite")
        return sqlite_dialect(sqlite_version);
    return {sql::dialect_family::generic, 0, 255};
}

std::string isolation_text(isolation_level level) {
    switch (level) {
        case isolation_level::by_default:
            return {};
        case isolation_level::read_uncommitted:
            return " ISOLATION LEVEL READ UNCOMMITTED";
        case isolation_level::read_committed:
            return " ISOLATION LEVEL READ COMMITTED";
        case isolation_level::repeatable_read:
            return " ISOLATION LEVEL REPEATABLE READ";
        case isolation_level::serializable:
            return " ISOLATION LEVEL SERIALIZABLE";
    }
    return {};
}

std::string sqlite_begin(transaction_options options) {
    return std::string{options.read_only ? sqlite::detail::begin_read_only_sql : "BEGIN IMMEDIATE"};
}

}  // namespace

bool is_sqlite(SQLHDBC link) { return text_info(link, SQL_DBMS_NAME) == "SQLite"; }

engine engine_of(SQLHDBC link, std::string_view sqlite_version) {
    return {&sql::intern(
        dialect_of(text_info(link, SQL_DBMS_NAME), text_info(link, SQL_DBMS_VER), sqlite_version))};
}

// psqlODBC drops the zone of an instant that it reads, so that the session's must be UTC.
std::string engine::settings() const {
    if (is_postgresql())
        return "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 3";
    if (is_mysql())
        return mysql::session_settings(dialect->family);
    if (is_sqlite())
        return "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL";
    return {};
}

std::string engine::begin_sql(transaction_options options) const {
    if (is_sqlite())
        return sqlite_begin(options);
    if (is_mysql())
        return mysql::begin_text(options);
    if (!is_postgresql() &&
        (options.read_only || options.isolation != isolation_level::by_default)) {
        throw unsupported_error(
            "how a transaction of a kind begins is not known for this database; over ODBC Roam "
            "knows PostgreSQL, MySQL, MariaDB and SQLite");
    }
    auto text =
        (is_postgresql() ? "BEGIN" : "START TRANSACTION") + isolation_text(options.isolation);
    if (options.read_only)
        text += " READ ONLY";
    if (options.deferrable && is_postgresql())
        text += " DEFERRABLE";
    return text;
}

// A further connection may lead to another server, where the number is a stranger's: the time at
// which the connection began tells PostgreSQL's apart.
std::string_view engine::stop_sql() const {
    if (is_postgresql())
        return "SELECT concat('SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = ', "
               "pid, ' AND backend_start = ''', backend_start, '''') FROM pg_stat_activity "
               "WHERE pid = pg_backend_pid()";
    if (is_mysql())
        return "SELECT concat('KILL QUERY ', connection_id())";
    return {};
}

std::string_view engine::inserted_key_sql() const {
    return is_sqlite() ? "SELECT last_insert_rowid()" : "SELECT LAST_INSERT_ID()";
}

}  // namespace roam::odbc
