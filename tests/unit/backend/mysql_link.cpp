// SPDX-License-Identifier: MIT
// Faults: the class of each, time limits, cancelling, broken links, and commits in doubt.
#include "mysql_relay.hpp"
#include "mysql_server.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace backend = roam::backend;
using namespace roam::test::mysql;
using namespace std::chrono_literals;
using backend::transaction_state;

namespace {

/// Far more than a minute.
constexpr std::string_view slow =
    "SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b WHERE a.seq + b.seq < 0";

/// More than the buffers between the server and here hold.
constexpr std::string_view many_rows = "SELECT seq FROM seq_1_to_100000000";

void read_on(backend::statement& rows) {
    cell row[1];
    while (rows.fetch(row)) {
    }
}

/// Tables of a database of its own, gone at the end.
class tables {
public:
    tables() : admin_(open()) {
        admin_->execute(
            "CREATE OR REPLACE DATABASE roam_link; USE roam_link;"
            "CREATE TABLE parent (id int PRIMARY KEY, email varchar(50) UNIQUE,"
            " n int NOT NULL CHECK (n > 0)) ENGINE=InnoDB;"
            "CREATE TABLE child (id int PRIMARY KEY, parent int,"
            " FOREIGN KEY (parent) REFERENCES parent (id)) ENGINE=InnoDB;"
            "INSERT INTO parent VALUES (1, 'ann@example.org', 1), (2, 'bob', 1)");
    }
    tables(tables const&) = delete;
    tables& operator=(tables const&) = delete;
    ~tables() { admin_->execute("DROP DATABASE roam_link"); }

    std::unique_ptr<backend::connection> open_here() {
        auto c = open();
        c->execute("USE roam_link");
        return c;
    }

private:
    std::unique_ptr<backend::connection> admin_;
};

auto elapsed_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::steady_clock::now() - start;
}

}  // namespace

TEST_CASE("each fault of a statement has its code, and no message shows a value") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const c = made.open_here();
    struct example {
        std::string_view sql;
        std::string_view code;
    };
    for (auto const& e : {
             example{"INSERT INTO parent VALUES (1, 'x', 1)", "unique"},
             example{"INSERT INTO parent VALUES (3, 'ann@example.org', 1)", "unique"},
             example{"INSERT INTO child VALUES (1, 4711)", "foreign_key"},
             example{"INSERT INTO parent VALUES (3, 'x', NULL)", "not_null"},
             example{"INSERT INTO parent (id) VALUES (3)", "not_null"},
             example{"INSERT INTO parent VALUES (3, 'x', 0)", "check"},
             example{"INSERT INTO parent VALUES (3, 'x', 'secret4711')", "conversion"},
             example{"INSERT INTO parent VALUES (3, 'x', 99999999999)", "conversion"},
             example{"INSERT INTO parent VALUES (3, repeat('x', 51), 1)", "conversion"},
             example{"SELECT * FROM absent", "missing_table"},
             example{"DROP TABLE absent", "missing_table"},
             example{"SELECT absent FROM parent", "missing_column"},
             example{"SELEKT 1", "statement"},
             example{"SELECT absent(1)", "statement"},
             example{"SELECT sleep(5), max_statement FROM parent", "missing_column"},
         }) {
        INFO(e.sql);
        try {
            run(*c, e.sql);
            FAIL("nothing was thrown");
        } catch (roam::error const& thrown) {
            INFO(thrown.what());
            CHECK(thrown.code() == e.code);
            CHECK(thrown.native_code() != 0);
            CHECK(thrown.statement() == e.sql);
            CHECK(thrown.connection_usable());
            CHECK(thrown.transaction_usable());
            CHECK_THAT(thrown.what(),
                       !Catch::Contains("ann@example.org") && !Catch::Contains("secret4711"));
        }
    }
    auto const unique = error_of<roam::unique_error>(
        [&] { run(*c, "INSERT INTO parent VALUES (3, 'ann@example.org', 1)"); });
    CHECK(unique.what() == std::string_view{"Duplicate entry (not shown) for key 'email'"});
    CHECK(unique.sqlstate() == "23000");
    CHECK(unique.native_code() == 1062);
}

TEST_CASE("a read-only transaction refuses to write, and isolation levels are set") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const c = made.open_here();
    c->execute(c->begin_sql({.read_only = true}));
    CHECK(c->transaction() == transaction_state::active);
    CHECK_THROWS_AS(run(*c, "DELETE FROM child"), roam::permission_error);
    c->execute("ROLLBACK");
    CHECK(c->transaction() == transaction_state::none);
    c->execute(c->begin_sql({.isolation = roam::isolation_level::read_committed}));
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 2");
    run(*made.open_here(), "INSERT INTO parent VALUES (3, 'new', 1)");
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    c->commit();
    c->execute(c->begin_sql({.isolation = roam::isolation_level::repeatable_read}));
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    run(*made.open_here(), "INSERT INTO parent VALUES (4, 'newer', 1)");
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    c->commit();
}

TEST_CASE("the victim of a deadlock has lost its transaction, and cannot commit what is left") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const a = made.open_here();
    auto const b = made.open_here();
    a->execute("START TRANSACTION");
    b->execute("START TRANSACTION");
    run(*a, "UPDATE parent SET n = 2 WHERE id = 1");
    run(*b, "UPDATE parent SET n = 2 WHERE id = 2");
    run(*b, "INSERT INTO child VALUES (1, NULL), (2, NULL), (3, NULL)");  // b has more to lose
    std::jthread other{[&] { run(*b, "UPDATE parent SET n = 3 WHERE id = 1"); }};
    auto const e =
        error_of<roam::deadlock_error>([&] { run(*a, "UPDATE parent SET n = 3 WHERE id = 2"); });
    other.join();
    CHECK_FALSE(e.transaction_usable());
    CHECK(a->transaction() == transaction_state::failed);
    CHECK_THROWS_AS(run(*a, "INSERT INTO child VALUES (9, NULL)"), roam::transaction_failed_error);
    CHECK_THROWS_AS(a->execute("ROLLBACK TO SAVEPOINT s"), roam::transaction_failed_error);
    CHECK_THROWS_AS(a->commit(), roam::transaction_failed_error);
    a->execute("ROLLBACK");
    CHECK(a->transaction() == transaction_state::none);
    b->commit();
    CHECK(one(*a, "SELECT sum(n) FROM parent") == "decimal '5'");
}

TEST_CASE("a lock that is not granted in time is busy, and the transaction goes on") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const a = made.open_here();
    auto const b = made.open_here();
    a->execute("START TRANSACTION");
    run(*a, "UPDATE parent SET n = 2 WHERE id = 1");
    b->execute("SET innodb_lock_wait_timeout = 1; START TRANSACTION");
    run(*b, "INSERT INTO child VALUES (1, NULL)");
    auto const e =
        error_of<roam::busy_error>([&] { run(*b, "UPDATE parent SET n = 3 WHERE id = 1"); });
    CHECK(e.transaction_usable());
    b->commit();
    CHECK(one(*b, "SELECT count(*) FROM child") == "integer 1");
}

TEST_CASE("a statement that takes too long is a timeout_error, and the next one runs") {
    ROAM_NEEDS_MYSQL();
    auto const c = open("?statement_timeout=100");
    CHECK(c->statement_timeout() == 100ms);
    for (int i = 0; i < 3; ++i) {
        auto const start = std::chrono::steady_clock::now();
        auto const e = error_of<roam::timeout_error>([&] { rows_of(*c, slow); });
        CHECK(elapsed_since(start) < 4s);
        CHECK_THAT(e.what(), Catch::Contains("limit of 100 ms"));
        CHECK(e.connection_usable());
        CHECK(one(*c, "SELECT 1") == "integer 1");
    }
    // Interrupted, SLEEP answers 1 as if nothing had happened.
    CHECK_THROWS_AS(rows_of(*c, "SELECT sleep(60)"), roam::timeout_error);
    c->set_statement_timeout(0ms);
    CHECK(one(*c, "SELECT sleep(0.2)") == "integer 0");
}

TEST_CASE("a stop that is wanted ends the running statement and refuses the next, not a rollback") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    std::atomic<bool> wanted{false};
    c->set_stop(
        {[](void const* w) { return static_cast<std::atomic<bool> const*>(w)->load(); }, &wanted});
    c->execute("START TRANSACTION");
    std::jthread later{[&] {
        std::this_thread::sleep_for(100ms);
        wanted = true;
    }};
    CHECK_THROWS_AS(rows_of(*c, slow), roam::cancelled_error);
    later.join();
    CHECK_THROWS_AS(rows_of(*c, "SELECT 1"), roam::cancelled_error);
    CHECK_THROWS_AS(c->commit(), roam::cancelled_error);
    c->execute("ROLLBACK");
    CHECK(c->transaction() == transaction_state::none);
    c->set_stop({});
    CHECK(one(*c, "SELECT 1") == "integer 1");
}

TEST_CASE("cancel() from another thread stops the statement, and meets none when nothing runs") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    std::jthread other{[&] {
        std::this_thread::sleep_for(100ms);
        c->cancel();
    }};
    auto const e = error_of<roam::cancelled_error>([&] { rows_of(*c, slow); });
    other.join();
    CHECK(e.connection_usable());
    c->cancel();
    CHECK(one(*c, "SELECT 1") == "integer 1");
}

TEST_CASE("cancel() stops a stream between its rows, and what runs next is not met") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    for (int i = 0; i < 3; ++i) {
        auto const rows = c->prepare(many_rows, backend::row_mode::streamed);
        rows->start({});
        cell row[1];
        CHECK(rows->fetch(row));
        c->cancel();
        CHECK(error_of<roam::cancelled_error>([&] { read_on(*rows); }).connection_usable());
        CHECK(one(*c, "SELECT 1") == "integer 1");
    }
}

TEST_CASE("a stream whose connection the server ends is a lost connection") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    auto const number = number_of(*c);
    auto const rows = c->prepare(many_rows, backend::row_mode::streamed);
    rows->start({});
    open()->execute("KILL " + number);
    CHECK_FALSE(error_of<roam::connection_lost_error>([&] { read_on(*rows); }).connection_usable());
    CHECK_FALSE(c->usable());
}

TEST_CASE("a link that the server closed is lost, before COMMIT without a doubt") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const admin = open();
    auto const c = made.open_here();
    c->execute("START TRANSACTION");
    run(*c, "INSERT INTO child VALUES (1, NULL)");
    admin->execute("KILL " + number_of(*c));
    std::this_thread::sleep_for(100ms);
    auto const e = error_of<roam::connection_lost_error>([&] { c->commit(); });
    CHECK(e.code() == "connection_lost");
    CHECK_FALSE(e.connection_usable());
    CHECK_FALSE(c->usable());
    CHECK_FALSE(c->ping());
    CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::connection_lost_error);
    CHECK(one(*made.open_here(), "SELECT count(*) FROM child") == "integer 0");
}

TEST_CASE("a server that is not there is a connection_error before the deadline") {
    auto const where = backend::url::parse("mysql://root@127.0.0.1:1/x");
    auto const there = backend::driver_for("mysql").configure(where);
    auto const start = std::chrono::steady_clock::now();
    auto const e = error_of<roam::connection_error>([&] { there->open(start + 2s); });
    CHECK_THAT(e.what(), Catch::StartsWith("cannot connect to mysql://root@127.0.0.1:1/x: "));
    CHECK(elapsed_since(start) < 4s);
    CHECK_THROWS_AS(there->open(start), roam::connection_error);
}

TEST_CASE("a link that breaks while COMMIT is under way leaves the commit in doubt") {
    ROAM_NEEDS_MYSQL();
    tables made;
    auto const admin = made.open_here();
    auto const c = made.open_here();
    auto const number = number_of(*c);
    c->execute("START TRANSACTION");
    run(*c, "INSERT INTO child VALUES (1, NULL)");
    admin->execute("FLUSH TABLES WITH READ LOCK");  // COMMIT waits for it
    std::jthread killer{[&] {
        std::this_thread::sleep_for(200ms);
        admin->execute("KILL " + number + "; UNLOCK TABLES");
    }};
    auto const e = error_of<roam::commit_in_doubt_error>([&] { c->commit(); });
    CHECK_FALSE(e.connection_usable());
    CHECK(e.statement() == "COMMIT");
    CHECK_FALSE(c->usable());
}

TEST_CASE("a network that goes dead costs a limited statement its connection, in seconds") {
    ROAM_NEEDS_MYSQL();
    relay network;
    auto const c = open_url(network.url("?statement_timeout=100"));
    CHECK(one(*c, "SELECT 1") == "integer 1");
    network.go_dead();
    auto const start = std::chrono::steady_clock::now();
    auto const e = error_of<roam::timeout_error>([&] { rows_of(*c, "SELECT 1"); });
    CHECK(elapsed_since(start) < 8s);
    CHECK_FALSE(e.connection_usable());
    CHECK_THAT(e.what(), Catch::Contains("did not stop it"));
    CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::connection_lost_error);
}

TEST_CASE("an attempt to connect through a dead network ends at its deadline") {
    ROAM_NEEDS_MYSQL();
    relay network;
    network.go_dead();
    auto const where = backend::url::parse(network.url());
    auto const there = backend::driver_for("mysql").configure(where);
    auto const start = std::chrono::steady_clock::now();
    auto const e = error_of<roam::connection_error>([&] { there->open(start + 300ms); });
    CHECK(elapsed_since(start) < 3s);
    CHECK_THAT(e.what(), Catch::Contains("no answer before the deadline"));
}
