// SPDX-License-Identifier: MIT
#include "support/database.hpp"

#ifdef ROAM_TEST_WITH_POSTGRESQL
#include <roam/backend/postgresql.hpp>
#endif
#ifdef ROAM_TEST_WITH_MYSQL
#include <roam/backend/mysql.hpp>
#endif
#ifdef ROAM_TEST_WITH_FIREBIRD
#include <roam/backend/firebird.hpp>
#endif
#ifdef ROAM_TEST_WITH_ODBC
#include <roam/backend/odbc.hpp>
#endif

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace roam::test {
namespace {

std::string unique_name() {
    static std::atomic<int> next{0};
    return "t" + std::to_string(::getpid()) + "_" + std::to_string(next.fetch_add(1));
}

}  // namespace

std::string_view backend() {
    char const* const name = std::getenv("ROAM_TEST_BACKEND");
    return name ? name : "sqlite";
}

bool over_odbc() { return backend().starts_with("odbc-"); }

bool over_pooler() { return backend() == "pgbouncer"; }

std::string_view engine() {
    auto const name = backend();
    if (over_pooler())
        return "postgresql";
    return over_odbc() ? name.substr(5) : name;
}

namespace {

std::string given(char const* variable) {
    char const* const url = std::getenv(variable);
    if (!url)
        throw std::runtime_error(std::string{variable} + " is not set");
    return url;
}

std::string server() {
    if (engine() == "mysql")
        return given(over_odbc() ? "ROAM_TEST_ODBC_MARIADB_URL" : "ROAM_TEST_MYSQL_URL");
    return given(over_odbc() ? "ROAM_TEST_ODBC_POSTGRESQL_URL" : "ROAM_TEST_POSTGRESQL_URL");
}

// The server's URL with another database, or with a schema as the first of the search path: by the
// role's name where a pooler is between, which does not take `options`.
std::string url_of(std::string const& name) {
    if (over_pooler()) {
        auto url = given("ROAM_TEST_PGBOUNCER_URL");
        auto const user = url.find("//") + 2;
        return url.replace(user, url.find('@') - user, name);
    }
    auto const url = server();
    if (engine() == "mysql")
        return url.substr(0, url.rfind(over_odbc() ? '=' : '/') + 1) + name;
    return over_odbc() ? url + ";pqopt={options=-csearch_path=" + name + "}"
                       : url + "?options=-csearch_path%3D" + name;
}

// The pooler keeps its connections for the role, which nobody can use any more.
void drop_role(session& s, std::string const& name) {
    s.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + name +
              "'; DROP OWNED BY " + name + "; DROP ROLE " + name);
}

// A copy of a file takes milliseconds, making one half a second.
std::string const& empty_firebird() {
    static std::string const file = [] {
        auto const made = given("ROAM_TEST_FIREBIRD_FOLDER") + "/" + unique_name() + ".fdb";
        database const first{"firebird:" + made, {.max_sessions = 1}};
        // So that tables of the tests' own making are written as elsewhere.
        first.lease().execute("CREATE DOMAIN text AS BLOB SUB_TYPE TEXT CHARACTER SET UTF8");
        return made;
    }();
    return file;
}

}  // namespace

place::place() {
    std::string const name = unique_name();
    if (engine() == "firebird") {
        folder_ = given("ROAM_TEST_FIREBIRD_FOLDER") + "/" + name;
        std::filesystem::create_directory(folder_);
        std::filesystem::copy_file(empty_firebird(), folder_ + "/test.fdb");
        url_ = "firebird:" + folder_ + "/test.fdb";
        return;
    }
    if (engine() == "sqlite") {
        std::string pattern = (std::filesystem::temp_directory_path() / "roam_XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error("mkdtemp failed");
        folder_ = pattern;
        url_ = (over_odbc() ? given("ROAM_TEST_ODBC_SQLITE_URL") + ";Database=" : "sqlite:") +
               folder_ + "/test.db";
        return;
    }
    schema_ = name;
    database const admin{server(), {.max_sessions = 1}};
    raw("CREATE SCHEMA " + schema_).run(admin);
    if (over_pooler())
        raw("CREATE ROLE " + schema_ + " SUPERUSER LOGIN").run(admin);
    url_ = url_of(schema_);
}

place::~place() {
    try {
        if (!folder_.empty())
            std::filesystem::remove_all(folder_);
        if (!schema_.empty()) {
            database const admin{server(), {.max_sessions = 1}};
            session s = admin.lease();
            s.execute(engine() == "mysql" ? "DROP SCHEMA " + schema_
                                          : "SET client_min_messages = warning; DROP SCHEMA " +
                                                schema_ + " CASCADE");
            if (over_pooler())
                drop_role(s, schema_);
        }
    } catch (...) {  // the next run does not depend on it
    }
}

database place::open(std::size_t sessions) const {
    database_options options;
    options.max_sessions = sessions;
    return open(std::move(options));
}

database place::open(database_options options) const { return database{url_, std::move(options)}; }

void recorder::statement(statement_event const& e) {
    std::lock_guard const lock{mutex_};
    sql_.emplace_back(e.sql);
    sessions_.push_back(e.session);
}

void recorder::session(session_event const& e) {
    std::lock_guard const lock{mutex_};
    events_.push_back(e.what);
}

std::vector<std::string> recorder::take() {
    std::lock_guard const lock{mutex_};
    sessions_.clear();
    return std::exchange(sql_, {});
}

std::vector<std::string> recorder::take_with_sessions() {
    std::lock_guard const lock{mutex_};
    for (std::size_t i = 0; i < sql_.size(); ++i) {
        sql_[i] = std::to_string(sessions_[i]) + ": " + sql_[i];
    }
    sessions_.clear();
    return std::exchange(sql_, {});
}

std::vector<session_event::kind> recorder::take_events() {
    std::lock_guard const lock{mutex_};
    return std::exchange(events_, {});
}

}  // namespace roam::test
