// SPDX-License-Identifier: MIT
// cancel(), time limits, and many threads that open one file. Catch2 asserts only in the main
// thread: the others leave their findings in variables.
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>
#include <support/scale.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr auto endless =
    "with recursive n(x) as (select 1 union all select x + 1 from n) "
    "select count(*) from n";

template <typename Action>
std::chrono::milliseconds time_of(Action&& action) {
    auto const began = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 began);
}

// Cancels again and again, because the statement may not have begun yet.
class canceller {
public:
    explicit canceller(roam::backend::connection& on)
        : thread_([this, &on] {
              while (!stop_) {
                  std::this_thread::sleep_for(5ms);
                  on.cancel();
              }
          }) {}
    ~canceller() {
        stop_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace

TEST_CASE("cancel from another thread stops the running statement, and the next one runs") {
    auto const on = open(":memory:");
    {
        canceller const other{*on};
        CHECK_THROWS_AS(value(*on, endless), roam::cancelled_error);
    }
    CHECK(value(*on, "select 1") == "1");
}

TEST_CASE("cancel ends a wait for a lock") {
    folder const here;
    auto const connector = roam::sqlite::make_connector(here.file("x.db"));
    auto const holder = connector->open(soon());
    auto const waiter = connector->open(soon());
    holder->execute("BEGIN IMMEDIATE");
    auto const time = time_of([&] {
        canceller const other{*waiter};
        CHECK_THROWS_AS(waiter->execute("BEGIN IMMEDIATE"), roam::cancelled_error);
    });
    CHECK(time < 4000ms);
}

TEST_CASE("cancel of nothing harms nothing") {
    auto const on = open(":memory:");
    on->cancel();
    CHECK(value(*on, "select 1") == "1");
}

TEST_CASE("a cancelled write inside a transaction has rolled all of it back, and says so") {
    auto const on = open(":memory:");
    on->execute("create table t(a); BEGIN IMMEDIATE; insert into t values (1)");
    {
        canceller const other{*on};
        auto const e = caught<roam::cancelled_error>([&] {
            on->execute(
                "insert into t with recursive n(x) as (select 1 union all select x + 1 from n)"
                " select x from n");
        });
        REQUIRE(e);
        CHECK_FALSE(e->transaction_usable());
    }
    CHECK(on->transaction() == roam::backend::transaction_state::failed);
    on->execute("ROLLBACK");
    CHECK(value(*on, "select count(*) from t") == "0");
}

TEST_CASE(
    "a statement that runs longer than the limit is a timeout_error, others are not disturbed") {
    auto const on = open(":memory:");
    on->set_statement_timeout(50ms);
    auto const time = time_of([&] { CHECK_THROWS_AS(value(*on, endless), roam::timeout_error); });
    CHECK(time >= 50ms);
    CHECK(time < 5000ms);
    CHECK(value(*on, "select 1") == "1");
    CHECK_THROWS_AS(on->execute(endless), roam::timeout_error);
    on->set_statement_timeout(0ms);
    CHECK(value(*on,
                "with recursive n(x) as (select 1 union all select x + 1 from n where x < 300000)"
                " select count(*) from n") == "300000");
}

TEST_CASE("the limit of a statement ends its wait for a lock") {
    folder const here;
    auto const connector = roam::sqlite::make_connector(here.file("x.db"));
    auto const holder = connector->open(soon());
    auto const waiter = connector->open(soon());
    holder->execute("BEGIN IMMEDIATE");
    waiter->set_statement_timeout(50ms);
    auto const time =
        time_of([&] { CHECK_THROWS_AS(waiter->execute("BEGIN IMMEDIATE"), roam::timeout_error); });
    CHECK(time >= 50ms);
    CHECK(time < 4000ms);
}

TEST_CASE("a statement in the middle of its rows keeps the deadline it began with") {
    auto const on = open(":memory:");
    on->set_statement_timeout(100ms);
    auto const rows = on->prepare(
        "with recursive n(x) as (select 1 union all select x + 1 from n)"
        " select x from n");
    rows->start({});
    auto const e = caught<roam::timeout_error>([&] {
        cell row;
        while (rows->fetch(&row))
            value(*on, "select 1");
    });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("time limit"));
}

TEST_CASE("sixteen threads open a new file at once and none is refused") {
    int const rounds = static_cast<int>(scaled(200, 10));
    std::atomic<int> opened = 0;
    std::vector<std::string> failures(16);
    for (int round = 0; round < rounds && opened == round * 16; ++round) {
        folder const here;
        auto const connector = roam::sqlite::make_connector(here.file("new.db"));
        std::atomic<int> ready = 0;
        std::vector<std::thread> threads;
        for (auto& failure : failures) {
            threads.emplace_back([&] {
                ++ready;
                while (ready < 16)
                    std::this_thread::yield();
                try {
                    auto const on = connector->open(soon());
                    on->execute("create table if not exists t(a); insert into t values (1)");
                    ++opened;
                } catch (std::exception const& e) {
                    failure = e.what();
                }
            });
        }
        for (auto& thread : threads)
            thread.join();
        if (opened == (round + 1) * 16) {
            CHECK(value(*connector->open(soon()), "select count(*) from t") == "16");
        }
    }
    for (auto const& failure : failures)
        CHECK(failure.empty());
    CHECK(opened == rounds * 16);
}

TEST_CASE("opening gives up at its deadline when another holds the file") {
    folder const here;
    auto const path = here.file("x.db");
    roam::sqlite::options how;
    how.journal = roam::sqlite::journal_mode::remove;
    auto const holder = open(path, how);
    holder->execute("create table t(a); BEGIN EXCLUSIVE");
    auto const connector = roam::sqlite::make_connector(path);
    auto const time = time_of([&] {
        auto const e = caught<roam::connection_error>(
            [&] { connector->open(std::chrono::steady_clock::now() + 100ms); });
        REQUIRE(e);
        CHECK_THAT(e->what(), Contains("x.db") && Contains("locked"));
    });
    CHECK(time < 2000ms);
}

TEST_CASE("threads with a connection each write to one file and lose nothing") {
    folder const here;
    auto const connector = roam::sqlite::make_connector(here.file("x.db"));
    connector->open(soon())->execute("create table t(a)");
    int const writes = static_cast<int>(scaled(1000, 50));
    std::vector<std::string> failures(4);
    std::vector<std::thread> threads;
    for (auto& failure : failures) {
        threads.emplace_back([&] {
            try {
                auto const on = connector->open(soon());
                auto const insert = on->prepare("insert into t values (?)");
                for (int i = 0; i < writes; ++i) {
                    on->execute("BEGIN IMMEDIATE");
                    insert->run(std::vector{integer(i)});
                    on->commit();
                }
            } catch (std::exception const& e) {
                failure = e.what();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (auto const& failure : failures)
        CHECK(failure.empty());
    CHECK(value(*connector->open(soon()), "select count(*) from t") == std::to_string(4 * writes));
}
