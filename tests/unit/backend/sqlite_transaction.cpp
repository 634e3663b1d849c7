// SPDX-License-Identifier: MIT
// What the connection knows of its transaction, and locks between two connections.
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>

#include <sqlite3.h>

#include <string>
#include <vector>

using namespace roam::test;
using Catch::Matchers::Contains;
using state = roam::backend::transaction_state;

namespace {

roam::sqlite::options impatient() {
    roam::sqlite::options how;
    how.busy_timeout = std::chrono::milliseconds{0};
    return how;
}

}  // namespace

TEST_CASE("the state of the transaction is what the engine says, whoever changed it") {
    auto const on = open(":memory:");
    on->execute("create table t(a)");
    CHECK(on->transaction() == state::none);
    on->execute("BEGIN IMMEDIATE");
    CHECK(on->transaction() == state::active);
    run(*on, "insert into t values (1)");
    on->commit();
    CHECK(on->transaction() == state::none);
    run(*on, "BEGIN");
    CHECK(on->transaction() == state::active);
    run(*on, "ROLLBACK");
    on->execute("SAVEPOINT a");
    CHECK(on->transaction() == state::active);
    on->execute("RELEASE a");
    CHECK(on->transaction() == state::none);
    CHECK_THROWS_AS(on->commit(), roam::statement_error);
}

TEST_CASE("a second BEGIN or COMMIT is not compiled again") {
    auto const on = open(":memory:");
    auto* const db = static_cast<sqlite3*>(on->native_handle());
    auto const statements = [&] {
        int count = 0;
        for (auto* s = sqlite3_next_stmt(db, nullptr); s != nullptr; s = sqlite3_next_stmt(db, s))
            ++count;
        return count;
    };
    for (int i = 0; i < 3; ++i) {
        on->execute("BEGIN IMMEDIATE");
        on->commit();
        CHECK(statements() == 2);
    }
    for (int i = 0; i < 100; ++i) {
        on->execute("SAVEPOINT s" + std::to_string(i));
        on->execute("RELEASE s" + std::to_string(i));
    }
    CHECK(statements() <= 16);
}

TEST_CASE("after the engine has rolled back a transaction by itself, only ROLLBACK is accepted") {
    auto const on = open(":memory:");
    on->execute("create table t(a unique); insert into t values (1)");
    auto const insert = on->prepare("insert or rollback into t values (?)");
    on->execute("BEGIN IMMEDIATE");
    insert->run(std::vector{integer(2)});
    auto const e = caught<roam::unique_error>([&] { insert->run(std::vector{integer(1)}); });
    REQUIRE(e);
    CHECK_FALSE(e->transaction_usable());
    CHECK(e->connection_usable());
    CHECK(on->transaction() == state::failed);

    CHECK_THROWS_AS(insert->run(std::vector{integer(3)}), roam::transaction_failed_error);
    CHECK_THROWS_AS(on->execute("insert into t values (4)"), roam::transaction_failed_error);
    CHECK_THROWS_AS(on->execute("ROLLBACK TO a"), roam::transaction_failed_error);
    CHECK_THROWS_AS(on->commit(), roam::transaction_failed_error);
    CHECK(on->transaction() == state::failed);

    on->execute("ROLLBACK");
    CHECK(on->transaction() == state::none);
    CHECK(value(*on, "select count(*) from t") == "1");
    insert->run(std::vector{integer(5)});
    CHECK_THROWS_AS(on->execute("ROLLBACK"), roam::statement_error);
}

TEST_CASE("a prepared ROLLBACK ends a failed transaction too") {
    auto const on = open(":memory:");
    on->execute("create table t(a unique); insert into t values (1)");
    auto const rollback = on->prepare(" rollback transaction");
    on->execute("BEGIN");
    CHECK_THROWS_AS(on->execute("insert or rollback into t values (1)"), roam::unique_error);
    rollback->run({});
    CHECK(on->transaction() == state::none);
}

TEST_CASE("a constraint fails its statement and leaves the transaction usable") {
    auto const on = open(":memory:");
    on->execute("create table t(a unique); BEGIN; insert into t values (1)");
    auto const e = caught<roam::unique_error>([&] { on->execute("insert into t values (1)"); });
    REQUIRE(e);
    CHECK(e->transaction_usable());
    on->commit();
    CHECK(value(*on, "select count(*) from t") == "1");
}

TEST_CASE("a deferred foreign key refuses COMMIT, and the transaction stays open for the repair") {
    auto const on = open(":memory:");
    on->execute(
        "create table p(id integer primary key);"
        "create table c(p_id integer references p deferrable initially deferred);"
        "BEGIN; insert into c values (1)");
    auto const e = caught<roam::foreign_key_error>([&] { on->commit(); });
    REQUIRE(e);
    CHECK(e->transaction_usable());
    CHECK(on->transaction() == state::active);
    on->execute("insert into p values (1)");
    on->commit();
    CHECK(value(*on, "select count(*) from c") == "1");
}

TEST_CASE("a read-only transaction refuses writes and ends with its COMMIT or ROLLBACK") {
    auto const connector = roam::sqlite::make_connector(":memory:");
    auto const on = connector->open(soon());
    on->execute("create table t(a)");
    auto const insert = on->prepare("insert into t values (1)");
    for (auto const* end : {"COMMIT", "ROLLBACK"}) {
        on->execute(on->begin_sql({.read_only = true}));
        CHECK(value(*on, "select count(*) from t") != "no row");
        auto const e = caught<roam::permission_error>([&] { insert->run({}); });
        REQUIRE(e);
        CHECK(e->transaction_usable());
        CHECK_THROWS_AS(on->execute("create table u(a)"), roam::permission_error);
        on->execute("SAVEPOINT s; RELEASE s");
        on->execute(end);
        CHECK(insert->run({}) == 1);
    }
    run(*on, on->begin_sql({.read_only = true}));
    CHECK_THROWS_AS(insert->run({}), roam::permission_error);
    on->execute("END");
    CHECK(insert->run({}) == 1);
}

TEST_CASE("a transaction that writes takes its lock when it begins") {
    folder const here;
    auto const connector = roam::sqlite::make_connector(here.file("x.db"), impatient());
    auto const first = connector->open(soon());
    auto const second = connector->open(soon());
    first->execute("create table t(a)");
    first->execute(first->begin_sql({}));
    auto const e = caught<roam::busy_error>([&] { second->execute(second->begin_sql({})); });
    REQUIRE(e);
    CHECK(e->native_code() == SQLITE_BUSY);
    CHECK(e->transaction_usable());
    CHECK(second->transaction() == state::none);
    CHECK(value(*second, "select count(*) from t") == "0");
    first->commit();
    second->execute(second->begin_sql({}));
}

TEST_CASE("a reader that turns writer too late is told to repeat the whole transaction") {
    folder const here;
    auto const connector = roam::sqlite::make_connector(here.file("x.db"));
    auto const first = connector->open(soon());
    auto const second = connector->open(soon());
    first->execute("create table t(a)");
    first->execute("BEGIN; select * from t");
    second->execute("insert into t values (1)");
    auto const e = caught<roam::busy_error>([&] { first->execute("insert into t values (2)"); });
    REQUIRE(e);
    CHECK(e->native_code() == SQLITE_BUSY_SNAPSHOT);
    CHECK_THAT(e->what(), Contains("repeat the whole transaction"));
    first->execute("ROLLBACK");
}

TEST_CASE("a connection that is destroyed rolls back and closes its file") {
    folder const here;
    {
        auto const on = open(here.file("x.db"));
        on->execute("create table t(a); BEGIN IMMEDIATE; insert into t values (1)");
        auto const running = on->prepare("select a from t");
        running->start({});
        CHECK(here.open_files() > 0);
    }
    CHECK(here.open_files() == 0);
    CHECK(value(*open(here.file("x.db")), "select count(*) from t") == "0");
}

TEST_CASE("a file that was moved away is a lost connection") {
    folder const here;
    auto const on = open(here.file("x.db"), [] {
        roam::sqlite::options how;
        how.journal = roam::sqlite::journal_mode::remove;
        return how;
    }());
    on->execute("create table t(a)");
    std::filesystem::rename(here.file("x.db"), here.file("y.db"));
    auto const e =
        caught<roam::connection_lost_error>([&] { on->execute("insert into t values (1)"); });
    REQUIRE(e);
    CHECK_FALSE(e->connection_usable());
    CHECK_FALSE(on->usable());
}
