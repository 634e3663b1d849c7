// SPDX-License-Identifier: MIT
#include "sqlite_fixture.hpp"
#include <roam/backend/sqlite.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace roam::test;
using Catch::Matchers::Contains;
using roam::backend::url;

namespace {

std::unique_ptr<roam::backend::connection> open_url(std::string const& text) {
    return roam::backend::driver_for("sqlite").configure(url::parse(text))->open(soon());
}

}  // namespace

TEST_CASE("sqlite: URLs have a driver without further ado") {
    auto const& driver = roam::backend::driver_for("sqlite");
    CHECK(&driver == &roam::backend::sqlite_driver());
    CHECK(&driver == &roam::backend::driver_for_soci("sqlite3"));
    CHECK(driver.configure(url::parse("sqlite:library.db"))->description() == "sqlite:library.db");
}

TEST_CASE("a file is opened with WAL, full sync and foreign keys unless told otherwise") {
    folder const here;
    auto const plain = open(here.file("plain.db"));
    CHECK(value(*plain, "PRAGMA journal_mode") == "wal");
    CHECK(value(*plain, "PRAGMA synchronous") == "2");
    CHECK(value(*plain, "PRAGMA foreign_keys") == "1");
    CHECK(plain->dialect().family == roam::sql::dialect_family::sqlite);

    auto const other = open_url("sqlite:" + here.file("other.db") +
                                "?journal_mode=truncate&synchronous=normal&foreign_keys=off&"
                                "cache_size=-4000&mmap_size=65536&temp_store=memory");
    CHECK(value(*other, "PRAGMA journal_mode") == "truncate");
    CHECK(value(*other, "PRAGMA synchronous") == "1");
    CHECK(value(*other, "PRAGMA foreign_keys") == "0");
    CHECK(value(*other, "PRAGMA cache_size") == "-4000");
    CHECK(value(*other, "PRAGMA mmap_size") == "65536");
    CHECK(value(*other, "PRAGMA temp_store") == "2");
}

TEST_CASE(
    "an option that is unknown or has no legal value is a url_error before anything is opened") {
    auto const& driver = roam::backend::driver_for("sqlite");
    auto const configure = [&](std::string const& text) { driver.configure(url::parse(text)); };
    CHECK_THROWS_AS(configure("sqlite:x.db?jornal_mode=wal"), roam::url_error);
    CHECK_THROWS_WITH(configure("sqlite:x.db?timeout=3"), Contains("busy_timeout"));
    CHECK_THROWS_WITH(configure("sqlite:x.db?journal_mode=wall"), Contains("wal, delete"));
    CHECK_THROWS_AS(configure("sqlite:x.db?busy_timeout=-1"), roam::url_error);
    CHECK_THROWS_AS(configure("sqlite:x.db?busy_timeout=5s"), roam::url_error);
    CHECK_THROWS_AS(configure("sqlite:x.db?mmap_size=99999999999999999999"), roam::url_error);
    CHECK_THROWS_AS(configure("sqlite::memory:?journal_mode=delete"), roam::url_error);
    CHECK_THROWS_AS(configure("sqlite::memory:?mode=ro"), roam::usage_error);
    CHECK_THROWS_AS(roam::sqlite::make_connector(""), roam::usage_error);
    CHECK_THROWS_AS(roam::sqlite::make_connector(std::string{"a\0b", 3}), roam::usage_error);
    CHECK_FALSE(std::filesystem::exists("x.db"));
}

TEST_CASE("what cannot be opened is a connection_error that names the file and the cause") {
    folder const here;
    auto const cause = [](std::string const& path, roam::sqlite::options const& how = {}) {
        auto const e = caught<roam::connection_error>([&] { open(path, how); });
        return e ? std::string{e->what()} : "no connection_error";
    };
    roam::sqlite::options read_write;
    read_write.mode = roam::sqlite::open_mode::read_write;

    CHECK_THAT(cause(here.file("none.db"), read_write), Contains("none.db: there is no such file"));
    CHECK_THAT(cause(here.file("sub/x.db")),
               Contains("sub/x.db") && Contains("there is no directory"));
    CHECK_THAT(cause(here.file("")), Contains("it is a directory"));
    std::ofstream{here.file("letter.txt")} << std::string(5000, 'a');
    CHECK_THAT(cause(here.file("letter.txt")),
               Contains("letter.txt") && Contains("not a SQLite database"));
    CHECK_FALSE(std::filesystem::exists(here.file("none.db")));
}

TEST_CASE("a file opened read-only can be read, and a write is a permission_error") {
    folder const here;
    open(here.file("x.db"))->execute("create table t(a); insert into t values (7)");
    auto const reader = open_url("sqlite:" + here.file("x.db") + "?mode=ro");
    CHECK(value(*reader, "select a from t") == "7");
    CHECK_THROWS_AS(reader->execute("insert into t values (8)"), roam::permission_error);
    CHECK_THROWS_AS(reader->execute("BEGIN IMMEDIATE; insert into t values (8)"),
                    roam::permission_error);
}

TEST_CASE("a file whose name looks like a URI is a file of that name") {
    folder const here;
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(here.file(""));
    open("file:odd.db?mode=memory")->execute("create table t(a)");
    bool const made = std::filesystem::exists("file:odd.db?mode=memory");
    std::filesystem::current_path(before);
    CHECK(made);
}

TEST_CASE(
    "connections of one memory connector share its data, which lives as long as the connector") {
    auto const connector = roam::sqlite::make_connector(":memory:");
    auto const other = roam::sqlite::make_connector(":memory:");
    connector->open(soon())->execute("create table t(a); insert into t values (1)");
    auto const first = connector->open(soon());
    auto const second = connector->open(soon());
    CHECK(value(*first, "select a from t") == "1");
    run(*second, "update t set a = 2");
    CHECK(value(*first, "select a from t") == "2");
    CHECK_THROWS_AS(value(*other->open(soon()), "select a from t"), roam::missing_table_error);
    CHECK(connector->max_connections() > 1);
}

TEST_CASE("a connection keeps its memory database when the connector is gone") {
    auto const connection = open(":memory:");
    connection->execute("create table t(a); insert into t values (1)");
    CHECK(value(*connection, "select a from t") == "1");
}

TEST_CASE("a waiting writer of a memory database gets the lock within its busy timeout") {
    roam::sqlite::options how;
    how.busy_timeout = std::chrono::milliseconds{50};
    auto const connector = roam::sqlite::make_connector(":memory:", how);
    auto const first = connector->open(soon());
    auto const second = connector->open(soon());
    first->execute("create table t(a)");
    first->execute("BEGIN IMMEDIATE");
    auto const began = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(second->execute("BEGIN IMMEDIATE"), roam::busy_error);
    CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds{50});
}

TEST_CASE("a memory database is opened while another connection writes") {
    auto const connector = roam::sqlite::make_connector(":memory:");
    auto const first = connector->open(soon());
    first->execute("create table t(a); BEGIN IMMEDIATE; insert into t values (1)");
    auto const second = connector->open(std::chrono::steady_clock::now());
    first->commit();
    CHECK(value(*second, "select count(*) from t") == "1");
}

TEST_CASE("a name in double quotes that is no column is an error, not a text") {
    auto const connection = open(":memory:");
    connection->execute("create table t(a)");
    CHECK_THROWS_AS(connection->prepare("select \"no_such\" from t"), roam::missing_column_error);
}

TEST_CASE("reset_state undoes what a user changed and keeps prepared statements") {
    folder const here;
    auto const connection = open(here.file("x.db"));
    connection->execute("create table t(a)");
    auto const insert = connection->prepare("insert into t values (?)");
    connection->execute(
        "PRAGMA foreign_keys = off; PRAGMA synchronous = off; PRAGMA cache_size = 7;"
        "PRAGMA busy_timeout = 1;"
        "ATTACH ':memory:' AS \"my \"\"other\"; CREATE TEMP TABLE mine(a);"
        "CREATE TEMP VIEW seen AS SELECT a FROM mine; PRAGMA query_only = on; BEGIN");
    connection->reset_state();
    CHECK(connection->transaction() == roam::backend::transaction_state::none);
    CHECK(value(*connection, "PRAGMA foreign_keys") == "1");
    CHECK(value(*connection, "PRAGMA synchronous") == "2");
    CHECK(value(*connection, "PRAGMA cache_size") != "7");
    CHECK(value(*connection,
                "select count(*) from pragma_database_list where name not in "
                "('main', 'temp')") == "0");
    CHECK(value(*connection, "select count(*) from temp.sqlite_schema") == "0");
    CHECK(insert->run(std::vector{integer(1)}) == 1);
}

TEST_CASE("a forked child drops its parent's connection, and the parent's transaction goes on") {
    folder const here;
    auto connection = open(here.file("x.db"));
    connection->execute("create table t(a); BEGIN IMMEDIATE; insert into t values (1)");
    auto statement = connection->prepare("select a from t");
    CHECK(in_a_child([&] {
              connection->abandon();
              statement.reset();
              connection.reset();
              return 0;
          }) == 0);
    roam::sqlite::options how;
    how.busy_timeout = std::chrono::milliseconds{0};
    CHECK_THROWS_AS(open(here.file("x.db"), how)->execute("BEGIN IMMEDIATE"), roam::busy_error);
    connection->commit();
    CHECK(value(*connection, "select count(*) from t") == "1");
}

namespace {
// Destroyed after main(): SOCI's objects for SQLite must outlive it (AddressSanitizer watches).
std::unique_ptr<roam::backend::connection> outlives_main;
}  // namespace

TEST_CASE("a connection with static storage can be destroyed after main") {
    outlives_main = open(":memory:");
    outlives_main->execute("create table t(a); BEGIN; insert into t values (1)");
    CHECK(outlives_main->ping());
}
