// SPDX-License-Identifier: MIT
// SOCI beside Roam on one handle, and sessions that somebody else opened. No sqlite3.h here: it
// and soci-sqlite3.h exclude each other.
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>
#include <support/child.hpp>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <string>
#include <vector>

using namespace roam::test;
using Catch::Matchers::Contains;
using state = roam::backend::transaction_state;

namespace {

std::unique_ptr<roam::backend::connection> adopt(soci::session& session) {
    return roam::backend::driver_for_soci("sqlite3").adopt(session);
}

int number(soci::session& session, std::string const& sql) {
    int found = -1;
    session << sql, soci::into(found);
    return found;
}

}  // namespace

TEST_CASE("the SOCI session of a connection works beside Roam in one transaction") {
    auto const on = open(":memory:");
    auto& session = on->soci();
    on->execute("create table t(a); BEGIN IMMEDIATE");
    session << "insert into t values (1)";
    run(*on, "insert into t values (2)");
    CHECK(number(session, "select count(*) from t") == 2);
    session.rollback();
    CHECK(on->transaction() == state::none);
    CHECK(value(*on, "select count(*) from t") == "0");

    session.begin();
    CHECK(on->transaction() == state::active);
    run(*on, "insert into t values (3)");
    on->commit();
    CHECK(number(session, "select count(*) from t") == 1);
}

TEST_CASE("a statement that the program left open through SOCI does not leak the file") {
    folder const here;
    {
        auto const on = open(here.file("x.db"));
        on->execute("create table t(a); insert into t values (1); insert into t values (2)");
        int a = 0;
        auto const left = std::make_unique<soci::statement>(
            (on->soci().prepare << "select a from t", soci::into(a)));
        left->execute(true);
    }
    CHECK(here.open_files() == 0);
}

TEST_CASE("an adopted session keeps its settings and its transaction") {
    soci::session session{soci::sqlite3, ":memory:"};
    session << "create table t(a)";
    session.begin();
    session << "insert into t values (1)";
    {
        auto const on = adopt(session);
        CHECK(on->transaction() == state::active);
        CHECK(value(*on, "PRAGMA foreign_keys") == "0");
        CHECK(value(*on, "select count(*) from t") == "1");
        run(*on, "insert into t values (2)");
        CHECK(&on->soci() == &session);
        on->set_statement_timeout(std::chrono::seconds{10});
    }
    CHECK(number(session, "select count(*) from t") == 2);
    session.commit();
    CHECK(number(session, "PRAGMA foreign_keys") == 0);
}

TEST_CASE("a transaction that Roam began on an adopted session is rolled back at the end") {
    soci::session session{soci::sqlite3, ":memory:"};
    session << "create table t(a)";
    {
        auto const on = adopt(session);
        on->execute("BEGIN IMMEDIATE; insert into t values (1)");
    }
    CHECK(number(session, "select count(*) from t") == 0);
    session.begin();
    session.commit();
}

TEST_CASE("an adopted handle gives extended codes, though its own calls do not") {
    soci::session session{soci::sqlite3, ":memory:"};
    auto const on = adopt(session);
    on->execute("create table t(a unique); insert into t values (1)");
    auto const e = caught<roam::unique_error>([&] { on->execute("insert into t values (1)"); });
    REQUIRE(e);
    CHECK(e->native_code() == 2067);
    int code = 0;
    try {
        session << "insert into t values (1)";
    } catch (soci::sqlite3_soci_error const& error) {
        code = error.result();
    }
    CHECK(code == 19);
}

TEST_CASE("closing an adopted session is noticed before the next statement, and leaks nothing") {
    folder const here;
    {
        soci::session session{soci::sqlite3, here.file("x.db")};
        auto const on = adopt(session);
        on->execute("create table t(a)");
        auto const select = on->prepare("select a from t");
        session.close();
        CHECK_FALSE(on->ping());
        CHECK_THROWS_AS(select->start({}), roam::session_closed_error);
        CHECK_THROWS_AS(on->prepare("select 1"), roam::session_closed_error);
        CHECK_THROWS_AS(on->execute("BEGIN"), roam::session_closed_error);
        CHECK_FALSE(on->usable());
    }
    CHECK(here.open_files() == 0);
}

TEST_CASE("reconnecting an adopted session is noticed, though the address is used again") {
    folder const here;
    for (int i = 0; i < 20; ++i) {
        soci::session session{soci::sqlite3, here.file("x.db")};
        auto on = adopt(session);
        session.reconnect();
        auto const e = caught<roam::connection_lost_error>([&] { on->execute("select 1"); });
        REQUIRE(e);
        CHECK_FALSE(e->connection_usable());
        CHECK_THAT(e->what(), Contains("reconnected"));
        on.reset();
        CHECK(number(session, "select 7") == 7);
        CHECK(value(*adopt(session), "select 8") == "8");
    }
    CHECK(here.open_files() == 0);
}

TEST_CASE("reconnecting the SOCI session of our own connection is noticed and leaks nothing") {
    folder const here;
    {
        auto const on = open(here.file("x.db"));
        auto& session = on->soci();
        session.reconnect();
        CHECK(number(session, "PRAGMA foreign_keys") == 1);
        CHECK_THROWS_AS(on->execute("select 1"), roam::connection_lost_error);
    }
    CHECK(here.open_files() == 0);
}

TEST_CASE("a closed session cannot be adopted") {
    soci::session closed;
    CHECK_THROWS_AS(adopt(closed), roam::session_closed_error);
}

TEST_CASE("hidden: without locks a second thread adopts nothing", "[.]") {
    roam::sqlite::configure_process({.threading = roam::sqlite::threading_mode::single_thread});
    soci::session session{soci::sqlite3, ":memory:"};
    auto const on = open(":memory:");
    bool adopted = true;
    bool lent = true;
    in_another_thread([&] {
        adopted = !caught<roam::unsupported_error>([&] { adopt(session); });
        lent = !caught<roam::unsupported_error>([&] { on->soci(); });
        on->cancel();
        on->set_statement_timeout(std::chrono::milliseconds{5});
    });
    CHECK_FALSE(adopted);
    CHECK_FALSE(lent);
    CHECK(value(*adopt(session), "select 1") == "1");
    CHECK(value(*on, "select 1") == "1");
}

TEST_CASE("in a process without locks a second thread adopts nothing") {
    CHECK(run_alone("hidden: without locks a second thread adopts nothing") == 0);
}
