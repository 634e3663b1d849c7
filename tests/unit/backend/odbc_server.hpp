// SPDX-License-Identifier: MIT
#pragma once

#include "rows.hpp"
#include <roam/backend/odbc.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

// What the tests of the ODBC backend share.

namespace roam::test::odbc {

using namespace roam::test::rows;

inline std::unique_ptr<backend::connection> open_url(std::string const& text) {
    auto const where = backend::url::parse(text);
    return backend::driver_for(where.scheme)
        .configure(where)
        ->open(std::chrono::steady_clock::now() + std::chrono::seconds{10});
}

/// One engine behind ODBC, with a table of its own that is gone at the end:
/// item (id, n, note, body, ratio).
class engine {
public:
    explicit engine(std::string_view name) : name_(name) {
        char const* const given = std::getenv(variable());
        if (given == nullptr)
            return;
        url_ = given;
        if (is_sqlite()) {
            auto pattern = (std::filesystem::temp_directory_path() / "roam_XXXXXX").string();
            if (::mkdtemp(pattern.data()) == nullptr)
                throw std::runtime_error("mkdtemp failed");
            folder_ = pattern;
            url_ += ";Database=" + folder_ + "/test.db";
        }
        auto const admin = open();
        admin->execute("DROP TABLE IF EXISTS item");
        admin->execute(
            is_postgresql() ? "CREATE TABLE item (id bigint PRIMARY KEY, n bigint CHECK (n > 0), "
                              "note text UNIQUE, body bytea, ratio double precision)"
            : is_sqlite()   ? "CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER "
                              "CHECK (n > 0), note TEXT UNIQUE, body BLOB, ratio REAL)"
                            : "CREATE TABLE item (id bigint PRIMARY KEY, n bigint "
                              "CHECK (n > 0), note varchar(4000) UNIQUE, "
                              "body longblob, ratio double) ENGINE=InnoDB CHARSET=utf8mb4");
    }
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;
    ~engine() {
        try {
            if (!folder_.empty())
                std::filesystem::remove_all(folder_);
            else if (is_there())
                open()->execute("DROP TABLE IF EXISTS item");
        } catch (...) {  // the next run drops it
        }
    }

    bool is_there() const { return !url_.empty(); }
    bool is_sqlite() const { return name_ == "SQLite"; }
    bool is_postgresql() const { return name_ == "PostgreSQL"; }
    bool is_mariadb() const { return name_ == "MariaDB"; }
    std::string const& name() const { return name_; }
    std::string const& url() const { return url_; }

    char const* variable() const {
        return is_sqlite()       ? "ROAM_TEST_ODBC_SQLITE_URL"
               : is_postgresql() ? "ROAM_TEST_ODBC_POSTGRESQL_URL"
                                 : "ROAM_TEST_ODBC_MARIADB_URL";
    }

    /// `more` are further options: "?statement_timeout=50".
    std::unique_ptr<backend::connection> open(std::string const& more = {}) const {
        return open_url(url_ + more);
    }

    /// "?" or "$1", as its dialect writes them.
    std::string mark(int number) const {
        return is_postgresql() ? "$" + std::to_string(number) : "?";
    }

    /// Far more than a minute.
    std::string slow() const {
        return is_sqlite() ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                             "i < 1000000000) SELECT count(*) FROM n"
               : is_postgresql()
                   ? "SELECT count(*) FROM (SELECT pg_sleep(100)) AS s"
                   : "SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b WHERE "
                     "a.seq + b.seq < 0";
    }

private:
    std::string name_;
    std::string url_;
    std::string folder_;
};

/// A section of a test for each engine that the environment has.
#define ROAM_ON_ENGINE(e)                                                                          \
    ::roam::test::odbc::engine const e{GENERATE(                                                   \
        std::string_view{"PostgreSQL"}, std::string_view{"MariaDB"}, std::string_view{"SQLite"})}; \
    INFO(e.name());                                                                                \
    if (!e.is_there()) {                                                                           \
        ROAM_SKIP(std::string{e.variable()} + " is not set");                                      \
    }                                                                                              \
    static_assert(true)

}  // namespace roam::test::odbc
