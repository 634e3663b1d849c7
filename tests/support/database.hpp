// SPDX-License-Identifier: MIT
#pragma once

#include <roam/roam.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace roam::test {

/// The backend that the program runs on: ROAM_TEST_BACKEND, "sqlite" unless set; over ODBC
/// "odbc-sqlite", "odbc-postgresql" or "odbc-mysql"; "pgbouncer" is PostgreSQL behind a pooler.
std::string_view backend();

/// The engine behind it: "sqlite", "postgresql", "mysql" or "firebird".
std::string_view engine();

/// Whether a driver of ODBC is between.
bool over_odbc();

/// Whether a transaction pooler is between.
bool over_pooler();

/// A fresh, empty place for one test: a SQLite file in a temporary folder, a schema of its own on
/// the PostgreSQL server of ROAM_TEST_POSTGRESQL_URL, or a database of its own on the MySQL server
/// of ROAM_TEST_MYSQL_URL; a file of the embedded engine in ROAM_TEST_FIREBIRD_FOLDER; over ODBC
/// the same by ROAM_TEST_ODBC_SQLITE_URL, which names only the driver,
/// ROAM_TEST_ODBC_POSTGRESQL_URL and ROAM_TEST_ODBC_MARIADB_URL; through the pooler of
/// ROAM_TEST_PGBOUNCER_URL a schema with a role of the same name. Gone when the test ends.
class place {
public:
    place();
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place();

    /// The URL, to open databases on; further options can be appended after '&' or '?'.
    std::string const& url() const { return url_; }

    /// A pool on it.
    database open(std::size_t sessions = 4) const;
    database open(database_options options) const;

private:
    std::string url_;
    std::string folder_;  // SQLite, Firebird
    std::string schema_;  // PostgreSQL, MySQL
};

/// Remembers the statements of a database, for tests that assert what was sent.
class recorder : public observer {
public:
    void statement(statement_event const& e) override;
    void session(session_event const& e) override;

    /// What was sent since the last call.
    std::vector<std::string> take();
    /// Each with the number of its session: "3: UPDATE ...".
    std::vector<std::string> take_with_sessions();
    std::vector<session_event::kind> take_events();

private:
    std::mutex mutex_;
    std::vector<std::string> sql_;
    std::vector<std::uint64_t> sessions_;
    std::vector<session_event::kind> events_;
};

}  // namespace roam::test
