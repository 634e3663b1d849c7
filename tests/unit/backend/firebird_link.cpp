// SPDX-License-Identifier: MIT
// Faults: the class of each, time limits, cancelling, conflicts, and attachments that are ended.
#include "firebird_file.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace backend = roam::backend;
using namespace roam::test::firebird;
using namespace std::chrono_literals;
using backend::transaction_state;

namespace {

/// For ever, as far as a test is concerned.
constexpr std::string_view slow =
    "EXECUTE BLOCK RETURNS (n bigint) AS BEGIN n = 0; WHILE (n >= 0) DO n = n + 1; SUSPEND; END";

constexpr std::string_view many_rows =
    "EXECUTE BLOCK RETURNS (n bigint) AS BEGIN n = 0; WHILE (n >= 0) DO BEGIN n = n + 1; SUSPEND; "
    "END END";

/// A file with two tables.
struct tables : file {
    tables() {
        open()->execute(
            "CREATE TABLE parent (id int NOT NULL PRIMARY KEY, email varchar(50) UNIQUE,"
            " n int NOT NULL CHECK (n > 0));"
            "CREATE TABLE child (id int NOT NULL PRIMARY KEY, parent int REFERENCES parent (id));"
            "INSERT INTO parent VALUES (1, 'ann@example.org', 1);"
            "INSERT INTO parent VALUES (2, 'bob', 1)");
    }
};

void read_on(backend::statement& rows) {
    cell row[1];
    while (rows.fetch(row)) {
    }
}

auto elapsed_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::steady_clock::now() - start;
}

/// Ends the attachment of `which` by way of another.
void end_attachment(file const& where, backend::connection& which) {
    auto const number = one(which, "SELECT current_connection FROM rdb$database");
    run(*where.open(), "DELETE FROM mon$attachments WHERE mon$attachment_id = " +
                           number.substr(number.find(' ') + 1));
}

}  // namespace

TEST_CASE("each fault of a statement has its code, and no message shows a value") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const c = made.open();
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
             example{"INSERT INTO parent VALUES (3, lpad('x', 51), 1)", "conversion"},
             example{"SELECT * FROM absent", "missing_table"},
             example{"SELECT absent FROM parent", "missing_column"},
             example{"SELEKT 1", "statement"},
             example{"SELECT absent(1) FROM parent", "statement"},
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
    auto const unique =
        error_of<roam::unique_error>([&] { run(*c, "INSERT INTO parent VALUES (1, 'x', 1)"); });
    CHECK(unique.sqlstate() == "23000");
    CHECK_THAT(unique.what(), Catch::Contains("on table \"parent\""));
}

TEST_CASE("a statement that fails leaves its transaction as it was") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const c = made.open();
    c->execute(c->begin_sql({}));
    run(*c, "INSERT INTO child VALUES (1, 1)");
    CHECK_THROWS_AS(run(*c, "INSERT INTO child VALUES (1, 1)"), roam::unique_error);
    CHECK(c->transaction() == transaction_state::active);
    run(*c, "INSERT INTO child VALUES (2, 1)");
    c->commit();
    CHECK(one(*made.open(), "SELECT count(*) FROM child") == "integer 2");
}

TEST_CASE("a read-only transaction refuses to write, and isolation levels are set") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const c = made.open();
    auto const other = made.open();
    c->execute(c->begin_sql({.read_only = true}));
    CHECK(c->transaction() == transaction_state::active);
    CHECK_THROWS_AS(run(*c, "INSERT INTO child VALUES (1, NULL)"), roam::permission_error);
    CHECK_THROWS_AS(c->execute(c->begin_sql({})), roam::unsupported_error);
    c->execute("ROLLBACK");
    CHECK(c->transaction() == transaction_state::none);
    c->execute(c->begin_sql({.isolation = roam::isolation_level::read_committed}));
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 2");
    run(*other, "INSERT INTO parent VALUES (3, 'new', 1)");
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    c->commit();
    c->execute(c->begin_sql({.isolation = roam::isolation_level::repeatable_read}));
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    run(*other, "INSERT INTO parent VALUES (4, 'newer', 1)");
    CHECK(one(*c, "SELECT count(*) FROM parent") == "integer 3");
    c->commit();
    CHECK_THROWS_AS(c->begin_sql({.isolation = roam::isolation_level::serializable}),
                    roam::unsupported_error);
}

TEST_CASE("a row that another changed since the snapshot is a serialization_error") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const a = made.open();
    auto const b = made.open();
    a->execute(a->begin_sql({.isolation = roam::isolation_level::repeatable_read}));
    CHECK(one(*a, "SELECT n FROM parent WHERE id = 1") == "integer 1");
    run(*b, "UPDATE parent SET n = 2 WHERE id = 1");
    auto const e = error_of<roam::serialization_error>(
        [&] { run(*a, "UPDATE parent SET n = n + 1 WHERE id = 1"); });
    CHECK(e.connection_usable());
    a->execute("ROLLBACK");
    CHECK(one(*a, "SELECT n FROM parent WHERE id = 1") == "integer 2");
}

TEST_CASE("a row that another changes is waited for, and changed where it then is") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const a = made.open();
    auto const b = made.open();
    a->execute(a->begin_sql({}));
    run(*a, "UPDATE parent SET n = 5 WHERE id = 1");
    std::jthread later{[&] {
        std::this_thread::sleep_for(100ms);
        a->commit();
    }};
    CHECK(run(*b, "UPDATE parent SET n = n + 1 WHERE id = 1") == 1);
    later.join();
    CHECK(one(*b, "SELECT n FROM parent WHERE id = 1") == "integer 6");
}

TEST_CASE("a lock that is not granted in time is busy, and the transaction goes on") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const a = made.open();
    a->execute(a->begin_sql({}));
    run(*a, "UPDATE parent SET n = 2 WHERE id = 1");
    for (std::string const limit : {"0", "1"}) {
        auto const b = made.open("?lock_timeout=" + limit);
        b->execute(b->begin_sql({}));
        run(*b, "INSERT INTO child VALUES (" + limit + ", NULL)");
        auto const e =
            error_of<roam::busy_error>([&] { run(*b, "UPDATE parent SET n = 3 WHERE id = 1"); });
        CHECK(e.transaction_usable());
        b->commit();
    }
    a->commit();
    CHECK(one(*a, "SELECT count(*) FROM child") == "integer 2");
}

TEST_CASE("two that wait for each other are busy when one wait is over, not two") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const a = made.open("?lock_timeout=4");
    auto const b = made.open("?lock_timeout=4");
    auto const take = [](backend::connection& c, std::string_view row) {
        return run(c, "UPDATE parent SET n = n + 1 WHERE id = " + std::string{row});
    };
    a->execute(a->begin_sql({}));
    b->execute(b->begin_sql({}));
    take(*a, "1");
    take(*b, "2");
    auto const start = std::chrono::steady_clock::now();
    std::jthread other{[&] {
        try {
            take(*b, "1");
        } catch (roam::busy_error const&) {
        }
    }};
    CHECK_THROWS_AS(take(*a, "2"), roam::busy_error);
    CHECK(elapsed_since(start) < 7s);
    a->execute("ROLLBACK");
    other.join();
}

TEST_CASE("a statement that takes too long is a timeout_error, and the next one runs") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open("?statement_timeout=100");
    CHECK(c->statement_timeout() == 100ms);
    for (int i = 0; i < 3; ++i) {
        auto const start = std::chrono::steady_clock::now();
        auto const e = error_of<roam::timeout_error>([&] { rows_of(*c, slow); });
        CHECK(elapsed_since(start) < 4s);
        CHECK_THAT(e.what(), Catch::Contains("limit of 100 ms"));
        CHECK(e.connection_usable());
        CHECK(one(*c, "SELECT 1 FROM rdb$database") == "integer 1");
    }
}

TEST_CASE("a wait for a lock ends by the limit too") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const a = made.open();
    auto const b = made.open("?lock_timeout=60&statement_timeout=100");
    a->execute(a->begin_sql({}));
    run(*a, "UPDATE parent SET n = 2 WHERE id = 1");
    auto const start = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(run(*b, "UPDATE parent SET n = 3 WHERE id = 1"), roam::timeout_error);
    CHECK(elapsed_since(start) < 10s);
    a->execute("ROLLBACK");
    CHECK(run(*b, "UPDATE parent SET n = 3 WHERE id = 1") == 1);
}

TEST_CASE("a stop that is wanted ends the running statement and refuses the next, not a rollback") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open();
    std::atomic<bool> wanted = false;
    c->set_stop(
        {[](void const* w) { return static_cast<std::atomic<bool> const*>(w)->load(); }, &wanted});
    c->execute(c->begin_sql({}));
    std::jthread later{[&] {
        std::this_thread::sleep_for(100ms);
        wanted = true;
    }};
    CHECK_THROWS_AS(rows_of(*c, slow), roam::cancelled_error);
    later.join();
    CHECK_THROWS_AS(rows_of(*c, "SELECT 1 FROM rdb$database"), roam::cancelled_error);
    CHECK_THROWS_AS(c->commit(), roam::cancelled_error);
    c->execute("ROLLBACK");
    CHECK(c->transaction() == transaction_state::none);
    c->set_stop({});
    CHECK(one(*c, "SELECT 1 FROM rdb$database") == "integer 1");
}

TEST_CASE("cancel() from another thread stops the statement, and meets none when nothing runs") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open();
    std::jthread other{[&] {
        std::this_thread::sleep_for(100ms);
        c->cancel();
    }};
    auto const e = error_of<roam::cancelled_error>([&] { rows_of(*c, slow); });
    other.join();
    CHECK(e.connection_usable());
    c->cancel();
    CHECK(one(*c, "SELECT 1 FROM rdb$database") == "integer 1");
}

TEST_CASE("cancel() stops a stream between its rows, and what runs next is not met") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open();
    for (int i = 0; i < 3; ++i) {
        auto const rows = c->prepare(many_rows, backend::row_mode::streamed);
        rows->start({});
        cell row[1];
        CHECK(rows->fetch(row));
        c->cancel();
        CHECK(error_of<roam::cancelled_error>([&] { read_on(*rows); }).connection_usable());
        CHECK(one(*c, "SELECT 1 FROM rdb$database") == "integer 1");
    }
}

TEST_CASE("an attachment that was ended is a lost connection, before COMMIT without a doubt") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const c = made.open();
    auto const kept = c->prepare("SELECT count(*) FROM child");
    c->execute(c->begin_sql({}));
    run(*c, "INSERT INTO child VALUES (1, NULL)");
    end_attachment(made, *c);
    auto const e = error_of<roam::connection_lost_error>([&] { rows_of(*kept); });
    CHECK_FALSE(e.connection_usable());
    CHECK_FALSE(e.transaction_usable());
    CHECK_FALSE(c->usable());
    CHECK_FALSE(c->ping());
    CHECK_THROWS_AS(c->prepare("SELECT 1 FROM rdb$database"), roam::connection_lost_error);
    CHECK(one(*made.open(), "SELECT count(*) FROM child") == "integer 0");
}

TEST_CASE("a ping finds out that an attachment was ended") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open();
    CHECK(c->ping());
    end_attachment(f, *c);
    CHECK_FALSE(c->ping());
    CHECK_FALSE(c->usable());
}

TEST_CASE("an attachment that is ended before its COMMIT leaves the commit in doubt") {
    ROAM_NEEDS_FIREBIRD();
    tables const made;
    auto const c = made.open();
    c->execute(c->begin_sql({}));
    run(*c, "INSERT INTO child VALUES (1, NULL)");
    end_attachment(made, *c);
    auto const e = error_of<roam::commit_in_doubt_error>([&] { c->commit(); });
    CHECK_FALSE(e.connection_usable());
    CHECK(e.statement() == "COMMIT");
    CHECK_FALSE(c->usable());
}
