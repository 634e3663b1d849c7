// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/diagnosis.hpp"
#include <roam/backend/transaction_options.hpp>
#include <roam/sql/dialect.hpp>

#include <string>
#include <string_view>

namespace roam::odbc {

/// What differs between the engines behind ODBC.
struct engine {
    sql::dialect const* dialect = nullptr;  ///< interned

    bool is_postgresql() const { return dialect->family == sql::dialect_family::postgresql; }
    bool is_sqlite() const { return dialect->family == sql::dialect_family::sqlite; }
    bool is_mysql() const { return sql::is_mysql(dialect->family); }

    /// What each connection is told first; empty: nothing.
    std::string settings() const;

    std::string begin_sql(transaction_options options) const;

    /// A question to each connection, whose answer is the statement that stops what runs there, for
    /// another connection of the same user. Empty: SQLCancel() is the only way.
    std::string_view stop_sql() const;

    /// Asked where the driver tells no key of an inserted row.
    std::string_view inserted_key_sql() const;
};

/// By SQL_DBMS_NAME. `sqlite_version` is SQLite's own answer, since its driver tells with which
/// version it was compiled; empty elsewhere.
engine engine_of(SQLHDBC link, std::string_view sqlite_version);

/// Whether the server of this connection is SQLite.
bool is_sqlite(SQLHDBC link);

}  // namespace roam::odbc
