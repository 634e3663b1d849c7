// SPDX-License-Identifier: MIT
// Closing, broken links, limits, cancelling and threads.
#include "odbc_server.hpp"

#include <support/child.hpp>
#include <support/waiting.hpp>

#include <soci/soci.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace backend = roam::backend;
using namespace roam::test::odbc;
using namespace std::chrono_literals;
using backend::transaction_state;

namespace {

auto elapsed_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::steady_clock::now() - start;
}

void add(backend::connection& on, std::int64_t id) {
    on.execute("INSERT INTO item (id) VALUES (" + std::to_string(id) + ")");
}

std::size_t count_seen(engine const& e) { return rows_of(*e.open(), "SELECT id FROM item").size(); }

}  // namespace

TEST_CASE("a connection closes with a transaction, a cursor and SOCI's own transaction open") {
    ROAM_ON_ENGINE(e);
    {
        auto const c = e.open();
        add(*c, 1);
        auto const reading = c->prepare("SELECT id FROM item");
        reading->start({});
        cell row[1];
        CHECK(reading->fetch(row));
    }
    {
        auto const c = e.open();
        c->soci().begin();
        c->soci() << "INSERT INTO item (id) VALUES (2)";
        CHECK(c->transaction() == transaction_state::active);
    }
    CHECK(count_seen(e) == 1);
}

TEST_CASE("SOCI's session is usable beside Roam's statements") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    auto const select = c->prepare("SELECT id FROM item ORDER BY id");
    int id = 7;
    c->soci() << "INSERT INTO item (id) VALUES (:id)", soci::use(id);
    CHECK(rows_of(*select) == std::vector<shown_row>{{"integer 7"}});
    c->execute(c->begin_sql({}));
    c->soci() << "INSERT INTO item (id) VALUES (8)";
    c->execute("ROLLBACK");
    CHECK(rows_of(*select).size() == 1);
}

TEST_CASE(
    "a SOCI session that its user closes or reconnects is noticed before the next statement") {
    ROAM_ON_ENGINE(e);
    {
        auto const c = e.open();
        auto const select = c->prepare("SELECT id FROM item");
        c->soci().reconnect();
        CHECK_FALSE(c->usable());
        CHECK_THROWS_AS(select->start({}), roam::session_closed_error);
    }
    auto const c = e.open();
    auto const select = c->prepare("SELECT id FROM item");
    c->soci().close();
    CHECK_FALSE(c->usable());
    CHECK_FALSE(c->ping());
    CHECK_THROWS_AS(c->execute("DELETE FROM item"), roam::session_closed_error);
}

TEST_CASE("a limit ends a statement, and the connection goes on") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open("?statement_timeout=200");
    CHECK(c->statement_timeout() == 200ms);
    auto const start = std::chrono::steady_clock::now();
    auto const late = error_of<roam::timeout_error>([&] { rows_of(*c, e.slow()); });
    CHECK(elapsed_since(start) < 20s);
    CHECK(late.connection_usable());
    CHECK_THAT(late.what(), Catch::Contains("200 ms"));
    c->set_statement_timeout(0ms);
    CHECK(rows_of(*c, "SELECT id FROM item").empty());
}

TEST_CASE("cancel() from another thread stops the statement that runs") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    std::atomic<bool> over{false};
    std::thread other{[&] {
        while (!over) {
            std::this_thread::sleep_for(100ms);
            c->cancel();
        }
    }};
    CHECK_THROWS_AS(rows_of(*c, e.slow()), roam::cancelled_error);
    over = true;
    other.join();
    CHECK(rows_of(*c, "SELECT id FROM item").empty());
}

TEST_CASE("a cancel that comes when its statement is over does not meet the next one") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    for (int i = 1; i <= 30; ++i)
        add(*c, i);
    std::string const a_while = "SELECT count(*) FROM item a, item b, item c";
    std::mutex mutex;
    bool wanted = false;
    bool over = false;
    std::thread other{[&] {
        for (;;) {
            std::lock_guard const lock{mutex};
            if (over)
                return;
            if (wanted)
                c->cancel();
        }
    }};
    auto const want = [&](bool now) {
        std::lock_guard const lock{mutex};
        wanted = now;
    };
    int met = 0;
    auto const start = std::chrono::steady_clock::now();
    for (int i = 0; met < 20 && elapsed_since(start) < 20s; ++i) {
        bool const in_transaction = i % 2 == 0;
        want(true);
        try {
            rows_of(*c, a_while);
        } catch (roam::cancelled_error const&) {
            ++met;
        }
        want(false);
        if (in_transaction)
            c->execute(c->begin_sql({}));
        CHECK_NOTHROW(rows_of(*c, "SELECT id FROM item"));
        CHECK_NOTHROW(c->execute("UPDATE item SET n = " + std::to_string(i + 1)));
        if (in_transaction)
            c->commit();
    }
    {
        std::lock_guard const lock{mutex};
        over = true;
    }
    other.join();
    CHECK(met == 20);
}

TEST_CASE("a connection is stopped after a reset as before it") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    c->reset_state();
    c->set_statement_timeout(100ms);
    CHECK_THROWS_AS(rows_of(*c, e.slow()), roam::timeout_error);
    c->set_statement_timeout(0ms);
    CHECK(rows_of(*c, "SELECT id FROM item").empty());
}

TEST_CASE(
    "a stop that somebody wants ends what runs and refuses what begins, a rollback excepted") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    std::atomic<bool> wanted{false};
    c->set_stop(
        {[](void const* flag) { return static_cast<std::atomic<bool> const*>(flag)->load(); },
         &wanted});
    c->execute(c->begin_sql({}));
    std::thread other{[&] {
        std::this_thread::sleep_for(200ms);
        wanted = true;
    }};
    CHECK_THROWS_AS(rows_of(*c, e.slow()), roam::cancelled_error);
    other.join();
    CHECK_THROWS_AS(add(*c, 1), roam::cancelled_error);
    c->execute("ROLLBACK");
    c->set_stop({});
    CHECK(c->transaction() == transaction_state::none);
    add(*c, 1);
}

TEST_CASE("connections of many threads do not wait for each other") {
    ROAM_ON_ENGINE(e);
    auto const holder = e.open();
    std::atomic<bool> over{false};
    std::thread slow{[&] {
        try {
            rows_of(*holder, e.slow());
        } catch (roam::cancelled_error const&) {
            over = true;
        }
    }};
    std::vector<std::thread> threads;
    std::atomic<int> done{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            auto const c = e.open();
            for (int k = 0; k < 20; ++k)
                rows_of(*c, "SELECT id FROM item WHERE id = " + std::to_string(i));
            ++done;
        });
    }
    for (auto& each : threads)
        each.join();
    CHECK(done == 4);
    CHECK_FALSE(over);
    while (!over) {
        holder->cancel();
        std::this_thread::sleep_for(10ms);
    }
    slow.join();
}

TEST_CASE(
    "a link that the server ends is a lost connection, and the connection closes all the same") {
    ROAM_ON_ENGINE(e);
    if (e.is_sqlite())
        ROAM_SKIP("SQLite has no link");
    auto const c = e.open();
    auto const select = c->prepare("SELECT id FROM item");
    auto const number =
        one(*c, e.is_postgresql() ? "SELECT pg_backend_pid()" : "SELECT connection_id()");
    auto const digits = number.substr(number.find(' ') + 1);
    c->execute(c->begin_sql({}));
    add(*c, 1);
    auto const killer = e.open();
    killer->execute(e.is_postgresql() ? "SELECT pg_terminate_backend(" + digits + ")"
                                      : "KILL " + digits);
    auto const lost = error_of<roam::connection_lost_error>([&] {
        for (int i = 0; i < 100; ++i) {
            select->start({});
            std::this_thread::sleep_for(10ms);
        }
    });
    CHECK_FALSE(lost.connection_usable());
    CHECK_FALSE(c->usable());
    CHECK_FALSE(c->ping());
    CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::connection_lost_error);
    CHECK(count_seen(e) == 0);
}

TEST_CASE("a commit whose link is lost is in doubt") {
    ROAM_ON_ENGINE(e);
    if (e.is_sqlite())
        ROAM_SKIP("SQLite has no link");
    auto const c = e.open();
    auto const number =
        one(*c, e.is_postgresql() ? "SELECT pg_backend_pid()" : "SELECT connection_id()");
    auto const digits = number.substr(number.find(' ') + 1);
    c->execute(c->begin_sql({}));
    add(*c, 1);
    e.open()->execute(e.is_postgresql() ? "SELECT pg_terminate_backend(" + digits + ")"
                                        : "KILL " + digits);
    std::this_thread::sleep_for(100ms);
    CHECK_THROWS_AS(c->commit(), roam::commit_in_doubt_error);
    CHECK_FALSE(c->usable());
}

TEST_CASE("PostgreSQL's failed transaction commits nothing, and says so") {
    engine const e{"PostgreSQL"};
    if (!e.is_there())
        ROAM_SKIP("ROAM_TEST_ODBC_POSTGRESQL_URL is not set");
    auto const c = e.open();
    c->execute("BEGIN");
    add(*c, 1);
    c->execute("SAVEPOINT a");
    CHECK_FALSE(error_of<roam::unique_error>([&] { add(*c, 1); }).transaction_usable());
    CHECK(c->transaction() == transaction_state::failed);
    CHECK_THROWS_AS(add(*c, 2), roam::transaction_failed_error);
    c->execute("ROLLBACK TO SAVEPOINT a");
    CHECK(c->transaction() == transaction_state::active);
    CHECK_THROWS_AS(c->soci() << "SELEKT", soci::soci_error);
    CHECK_THROWS_AS(c->commit(), roam::transaction_failed_error);
    CHECK(c->transaction() == transaction_state::none);
    CHECK(count_seen(e) == 0);
}

TEST_CASE("MariaDB's victim of a deadlock has lost its transaction, and only a rollback is left") {
    engine const e{"MariaDB"};
    if (!e.is_there())
        ROAM_SKIP("ROAM_TEST_ODBC_MARIADB_URL is not set");
    auto const a = e.open();
    auto const b = e.open();
    add(*a, 1);
    add(*a, 2);
    for (auto const& c : {a.get(), b.get()})
        c->execute(c->begin_sql({}));
    a->execute("UPDATE item SET n = 1 WHERE id = 1");
    b->execute("UPDATE item SET n = 1 WHERE id = 2");
    std::atomic<int> victims{0};
    std::thread other{[&] {
        try {
            a->execute("UPDATE item SET n = 2 WHERE id = 2");
        } catch (roam::deadlock_error const&) {
            ++victims;
        }
    }};
    try {
        b->execute("UPDATE item SET n = 2 WHERE id = 1");
    } catch (roam::deadlock_error const&) {
        ++victims;
    }
    other.join();
    REQUIRE(victims == 1);
    auto& victim = a->has_undone_transaction() ? *a : *b;
    CHECK(victim.transaction() == transaction_state::failed);
    CHECK_THROWS_AS(victim.execute("UPDATE item SET n = 9"), roam::transaction_failed_error);
    victim.execute("ROLLBACK");
    CHECK(victim.transaction() == transaction_state::none);
}

TEST_CASE("a reset undoes what a user changed, and prepared statements still run") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    add(*c, 1);
    auto const select = c->prepare("SELECT id FROM item");
    c->execute(c->begin_sql({}));
    add(*c, 2);
    c->execute("CREATE TEMPORARY TABLE scratch (a int)");
    c->reset_state();
    CHECK(c->transaction() == transaction_state::none);
    CHECK(c->usable());
    CHECK(rows_of(*select) == std::vector<shown_row>{{"integer 1"}});
    CHECK_THROWS_AS(c->prepare("SELECT a FROM scratch"), roam::missing_table_error);
}

TEST_CASE("a plan that a change of the table made stale is made anew, outside of a transaction") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    add(*c, 1);
    auto const select = c->prepare("SELECT ratio FROM item");
    CHECK(rows_of(*select) == std::vector<shown_row>{{"null"}});
    if (e.is_sqlite())
        ROAM_SKIP("SQLite changes no type");
    e.open()->execute(e.is_postgresql() ? "ALTER TABLE item ALTER ratio TYPE text"
                                        : "ALTER TABLE item MODIFY ratio varchar(10)");
    c->execute("UPDATE item SET ratio = 'x'");
    CHECK(rows_of(*select) == std::vector<shown_row>{{"text 'x'"}});
}

TEST_CASE("a child forgets a connection, watched or not, and its parent goes on with it") {
    ROAM_ON_ENGINE(e);
    auto const limit = GENERATE(0ms, 60'000ms);
    auto c = e.open();
    add(*c, 1);
    c->set_statement_timeout(limit);
    CHECK(rows_of(*c, "SELECT id FROM item").size() == 1);
    CHECK(roam::test::in_a_child([&] {
              ::alarm(20);
              c->abandon();
              bool const usable = c->usable();
              c->cancel();
              c.reset();
              return usable;
          }) == 0);
    CHECK(rows_of(*c, "SELECT id FROM item").size() == 1);
}
