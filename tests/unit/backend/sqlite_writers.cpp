// SPDX-License-Identifier: MIT
// one_writer: the connections of one database that want to write wait in a line. Catch2 asserts
// only in the main thread: the others leave their findings in variables.
#include "backend/sqlite/connection.hpp"
#include "backend/sqlite/engine.hpp"
#include "backend/sqlite/writer_line.hpp"
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>
#include <support/child.hpp>

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using steady = std::chrono::steady_clock;
using roam::sqlite::detail::engine;
using roam::sqlite::detail::writer_line;

namespace {

roam::sqlite::options in_turn(std::chrono::milliseconds patience = 20s) {
    roam::sqlite::options how;
    how.one_writer = true;
    how.busy_timeout = patience;
    return how;
}

/// A file with the table t, and connections on it that write in turn.
struct file_of_writers {
    explicit file_of_writers(std::chrono::milliseconds patience = 20s)
        : connector(roam::sqlite::make_connector(here.file("x.db"), in_turn(patience))) {
        first->execute("create table t(a unique on conflict rollback, b unique)");
    }
    std::unique_ptr<roam::backend::connection> another() { return connector->open(soon()); }

    /// Whether a second connection can write without waiting.
    bool is_free() {
        second->set_statement_timeout(100ms);
        try {
            second->execute("BEGIN IMMEDIATE; ROLLBACK");
        } catch (roam::timeout_error const&) {
            return false;
        }
        return true;
    }

    folder here;
    std::shared_ptr<roam::backend::connector> connector;
    std::unique_ptr<roam::backend::connection> first = another();
    std::unique_ptr<roam::backend::connection> second = another();
};

/// What `work` takes, and what it throws.
template <class E, class Work>
std::chrono::milliseconds time_to(Work work) {
    auto const began = steady::now();
    CHECK_THROWS_AS(work(), E);
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - began);
}

}  // namespace

TEST_CASE("the line serves in the order of coming, and nobody who comes later gets in between") {
    writer_line line;
    REQUIRE(line.try_enter());
    std::vector<int> served;
    std::vector<std::jthread> threads;
    for (int number = 0; number < 6; ++number) {
        threads.emplace_back([&, number] {
            engine const who;
            line.enter(who, soon());
            served.push_back(number);  // only one is let in at a time
            std::this_thread::sleep_for(1ms);
            line.leave();
        });
        REQUIRE(soon_true([&] { return line.waiting() == static_cast<std::size_t>(number) + 1; }));
    }
    CHECK_FALSE(line.try_enter());
    line.leave();
    threads.clear();
    CHECK(served == std::vector{0, 1, 2, 3, 4, 5});
    CHECK(line.try_enter());
}

TEST_CASE("one who gives up leaves the line, and the others keep their places") {
    writer_line line;
    REQUIRE(line.try_enter());
    engine who;
    CHECK(line.enter(who, steady::now() + 10ms) == writer_line::answer::late);
    CHECK(line.waiting() == 0);
    std::atomic<bool> served = false;
    std::jthread const patient{[&] {
        engine const mine;
        served = line.enter(mine, soon()) == writer_line::answer::granted;
    }};
    REQUIRE(soon_true([&] { return line.waiting() == 1; }));
    std::jthread const impatient{[&] { line.enter(who, soon()); }};
    REQUIRE(soon_true([&] { return line.waiting() == 2; }));
    who.cancelled = true;
    line.wake();
    CHECK(soon_true([&] { return line.waiting() == 1; }));
    line.leave();
    CHECK(soon_true([&] { return served.load(); }));
}

TEST_CASE("a transaction that writes holds the turn to its end, a statement for itself") {
    file_of_writers f;
    f.first->execute("BEGIN IMMEDIATE; insert into t(a) values (1)");
    CHECK_FALSE(f.is_free());
    f.first->commit();
    CHECK(f.is_free());
    f.first->execute("BEGIN IMMEDIATE; insert into t(a) values (2)");
    f.first->execute("ROLLBACK");
    CHECK(f.is_free());
    run(*f.first, "insert into t(a) values (3)");
    CHECK(f.is_free());
    f.first->execute("BEGIN; select count(*) from t");  // only reads
    CHECK(f.is_free());
    f.first->execute("ROLLBACK");
}

TEST_CASE("rows that a writing statement returns hold the turn until they are read or dropped") {
    file_of_writers f;
    auto const insert = f.first->prepare("insert into t(a) values (1), (2) returning a");
    cell row;
    insert->start({});
    insert->fetch(&row);
    CHECK_FALSE(f.is_free());
    while (insert->fetch(&row)) {
    }
    CHECK(f.is_free());
    f.first->execute("delete from t");
    insert->start({});
    insert->finish();
    CHECK(f.is_free());
}

TEST_CASE("the turn is given back after whatever ends the writing") {
    file_of_writers f;
    run(*f.first, "insert into t values (1, 1)");
    CHECK_THROWS_AS(run(*f.first, "insert into t values (2, 1)"), roam::unique_error);
    CHECK(f.is_free());
    CHECK_THROWS_AS(f.first->execute("insert into t values (2, 1)"), roam::unique_error);
    CHECK(f.is_free());

    // ON CONFLICT ROLLBACK: the engine itself undoes the transaction.
    f.first->execute("BEGIN IMMEDIATE");
    CHECK_THROWS_AS(run(*f.first, "insert into t values (1, 2)"), roam::unique_error);
    CHECK(f.first->transaction() == roam::backend::transaction_state::failed);
    CHECK(f.is_free());
    f.first->execute("ROLLBACK");

    // An error that undoes the statement alone leaves the transaction, and the turn.
    f.first->execute("BEGIN IMMEDIATE");
    CHECK_THROWS_AS(run(*f.first, "insert into t values (3, 1)"), roam::unique_error);
    CHECK_FALSE(f.is_free());
    f.first.reset();  // nor does a connection that ends take it along
    CHECK(f.is_free());
    CHECK(value(*f.second, "select count(*) from t") == "1");
}

TEST_CASE("a transaction that was ended beside Roam gives the turn back at the end of the lease") {
    file_of_writers f;
    f.first->execute("BEGIN IMMEDIATE");
    auto* const handle = static_cast<sqlite3*>(f.first->native_handle());
    REQUIRE(sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
    f.first->forget_parameters();
    CHECK(f.is_free());
}

TEST_CASE("readers are never in the line") {
    file_of_writers f;
    run(*f.first, "insert into t(a) values (1)");
    f.first->execute("BEGIN IMMEDIATE; insert into t(a) values (2)");
    f.second->set_statement_timeout(1000ms);
    CHECK(value(*f.second, "select count(*) from t") == "1");
    f.second->execute("BEGIN");
    CHECK(value(*f.second, "select count(*) from t") == "1");
    f.first->commit();
    CHECK(value(*f.second, "select count(*) from t") == "1");
    f.second->execute("ROLLBACK");
    CHECK(value(*f.second, "select count(*) from t") == "2");
}

TEST_CASE("a wait in line ends as a wait for SQLite's lock does") {
    file_of_writers f{100ms};
    f.first->execute("BEGIN IMMEDIATE");
    auto const write = [&] { run(*f.second, "insert into t(a) values (1)"); };
    auto const begin = [&] { f.second->execute("BEGIN IMMEDIATE"); };
    SECTION("busy_timeout: busy_error") {
        auto const time = time_to<roam::busy_error>(write);
        CHECK(time >= 100ms);
        CHECK(time < 10s);
        CHECK_THROWS_AS(begin(), roam::busy_error);
        CHECK_THROWS_WITH(write(), Contains("busy_timeout"));
    }
    SECTION("a time limit that is shorter: timeout_error") {
        f.second->set_statement_timeout(20ms);
        CHECK(time_to<roam::timeout_error>(write) >= 20ms);
        CHECK_THROWS_AS(begin(), roam::timeout_error);
    }
    SECTION("a stop: cancelled_error") {
        std::atomic<bool> wanted = false;
        auto const asked = [](void const* context) {
            return static_cast<std::atomic<bool> const*>(context)->load();
        };
        auto const patient = roam::sqlite::make_connector(f.here.file("x.db"), in_turn());
        auto const holder = patient->open(soon());
        auto const waiter = patient->open(soon());
        f.first->execute("ROLLBACK");
        holder->execute("BEGIN IMMEDIATE");
        waiter->set_stop({asked, &wanted});
        std::jthread const stopper{[&] {
            std::this_thread::sleep_for(30ms);
            wanted = true;
        }};
        CHECK(time_to<roam::cancelled_error>([&] { waiter->execute("BEGIN IMMEDIATE"); }) < 10s);
        waiter->set_stop({});
    }
    CHECK(f.second->transaction() == roam::backend::transaction_state::none);
    CHECK(f.second->usable());
}

TEST_CASE("cancel ends a wait in line at once") {
    file_of_writers f;
    f.first->execute("BEGIN IMMEDIATE");
    std::atomic<bool> over = false;
    std::jthread const canceller{[&] {
        while (!over) {
            std::this_thread::sleep_for(5ms);
            f.second->cancel();
        }
    }};
    CHECK(time_to<roam::cancelled_error>([&] { f.second->execute("BEGIN IMMEDIATE"); }) < 10s);
    over = true;
    f.first->commit();
    CHECK(f.is_free());
}

TEST_CASE("a write in a transaction that has read is refused at once, not after a wait") {
    file_of_writers f;
    f.second->execute("BEGIN; select count(*) from t");
    value(*f.second, "select count(*) from t");
    f.first->execute("BEGIN IMMEDIATE; insert into t(a) values (1)");
    auto const time =
        time_to<roam::busy_error>([&] { run(*f.second, "insert into t(a) values (2)"); });
    CHECK(time < 10s);
    f.second->execute("ROLLBACK");
    f.first->commit();
    CHECK(f.is_free());
}

TEST_CASE("a refused write does not wait for its turn") {
    file_of_writers f;
    f.first->execute("BEGIN IMMEDIATE");
    f.second->execute(f.second->begin_sql({.read_only = true}));
    CHECK(time_to<roam::permission_error>([&] { run(*f.second, "insert into t(a) values (2)"); }) <
          10s);
    f.second->execute("ROLLBACK");
}

TEST_CASE("another writer of the file, not of the database, is waited for as without the option") {
    file_of_writers f{200ms};
    auto const outside = open(f.here.file("x.db"));
    outside->execute("BEGIN IMMEDIATE");
    auto const time = time_to<roam::busy_error>([&] { f.first->execute("BEGIN IMMEDIATE"); });
    CHECK(time >= 200ms);
    CHECK(time < 10s);
    outside->execute("ROLLBACK");
    CHECK(f.is_free());
}

TEST_CASE("the wait in line counts to the wait for another writer of the file") {
    folder const here;
    auto const outside = open(here.file("x.db"));
    outside->execute("BEGIN IMMEDIATE");
    roam::sqlite::detail::place where;
    where.name = where.description = here.file("x.db");
    where.how = in_turn(1000ms);
    auto const line = std::make_shared<writer_line>();
    auto const on = roam::sqlite::detail::open_connection(where, soon(), nullptr, line);
    REQUIRE(line->try_enter());
    std::jthread const other{[&] {
        std::this_thread::sleep_for(800ms);
        line->leave();
    }};
    auto const time = time_to<roam::busy_error>([&] { on->execute("BEGIN IMMEDIATE"); });
    CHECK(time >= 1000ms);
    CHECK(time < 1700ms);
    CHECK(line->try_enter());
}

TEST_CASE("a forked child has a line of its own") {
    file_of_writers f;
    f.first->execute("BEGIN IMMEDIATE; insert into t(a) values (1)");
    CHECK(in_a_child([&] {
              f.first->abandon();
              f.second->abandon();
              auto const mine = f.connector->open(soon());
              mine->set_statement_timeout(50ms);
              try {
                  mine->execute("BEGIN IMMEDIATE");
              } catch (roam::timeout_error const& e) {
                  // The file's lock, which is the parent's, not a place in its line.
                  return std::string{e.what()}.find("database is locked") != std::string::npos ? 0
                                                                                               : 1;
              }
              return 2;
          }) == 0);
    f.first->commit();
}

TEST_CASE("one_writer is asked for by its option, and by that alone") {
    folder const here;
    for (std::string const wanted : {"", "?one_writer=off", "?one_writer=on"}) {
        auto const where = roam::backend::url::parse("sqlite:" + here.file("x.db") + wanted);
        auto const connector = roam::backend::sqlite_driver().configure(where);
        auto const a = connector->open(soon());
        auto const b = connector->open(soon());
        a->execute("BEGIN IMMEDIATE");
        b->set_statement_timeout(20ms);
        auto const e = caught<roam::timeout_error>([&] { b->execute("BEGIN IMMEDIATE"); });
        REQUIRE(e);
        bool const by_line = std::string{e->what()}.find("another session") != std::string::npos;
        CHECK(by_line == (wanted == "?one_writer=on"));
    }
}
