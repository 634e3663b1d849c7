// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/context.hpp>
#include <roam/session/session.hpp>

#include <sqlite3.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace roam::test;

namespace {

sqlite3* handle_of(roam::session& s) { return static_cast<sqlite3*>(s.native_handle()); }

/// Everything a session can be asked for, each of which has to refuse.
void check_closed(roam::session& s) {
    CHECK_FALSE(static_cast<bool>(s));
    CHECK_THROWS_AS(s.id(), roam::session_closed_error);
    CHECK_THROWS_AS(s.dialect(), roam::session_closed_error);
    CHECK_THROWS_AS(s.in_transaction(), roam::session_closed_error);
    CHECK_THROWS_AS(s.execute("SELECT 1"), roam::session_closed_error);
    CHECK_THROWS_AS(s.set_statement_timeout({}), roam::session_closed_error);
    CHECK_THROWS_AS(s.canceller(), roam::session_closed_error);
    CHECK_THROWS_AS(s.soci(), roam::session_closed_error);
    CHECK_THROWS_AS(s.native_handle(), roam::session_closed_error);
    CHECK_THROWS_AS(roam::find<note>(1, s), roam::session_closed_error);
    CHECK_THROWS_AS(roam::transaction{s}, roam::session_closed_error);
    roam::session_scope const here{s};
    CHECK_THROWS_AS(roam::find<note>(1), roam::session_closed_error);
}

auto const endless = roam::raw<std::int64_t>(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) "
    "SELECT count(*) FROM n");

}  // namespace

TEST_CASE("a session that was moved from is closed, and the new one works") {
    notes n{1};
    auto a = n.db.lease();
    auto const id = a.id();
    roam::session b = std::move(a);
    check_closed(a);
    CHECK(b.id() == id);
    roam::insert(note{.text = "x"}, b);
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("a session that something was moved into gives back what it had") {
    notes n{2};
    auto a = n.db.lease();
    auto const id = a.id();
    a = n.db.lease();
    CHECK(a.id() != id);
    CHECK(n.db.counts().idle == 1);
    auto& same = a;
    a = std::move(same);
    CHECK(static_cast<bool>(a));
    roam::session const gone = std::move(a);
    a = n.db.lease();
    CHECK(a.id() == id);
}

TEST_CASE("a session handle of an earlier lease reaches nothing of the next") {
    // A handle cannot be copied; its bytes stand for whatever kept a stale one.
    notes n{1};
    alignas(roam::session) std::byte memory[sizeof(roam::session)];
    auto* const stale = new (memory) roam::session{n.db.lease()};
    auto const id = stale->id();
    alignas(roam::session) std::byte copy[sizeof(roam::session)];
    std::copy(std::begin(memory), std::end(memory), std::begin(copy));
    stale->~session();

    auto next = n.db.lease();
    REQUIRE(next.id() == id);
    check_closed(*reinterpret_cast<roam::session*>(copy));
    reinterpret_cast<roam::session*>(copy)->~session();  // a second give-back is none
    CHECK(n.db.counts().in_use == 1);
    CHECK(next.id() == id);
}

TEST_CASE("a session used by another thread names both contexts and the place of its lease") {
    notes n{1};
    auto const mine = roam::current_context().identity();
    auto const line = __LINE__ + 1;
    auto s = n.db.lease();
    in_another_thread([&] {
        auto const e = caught<roam::wrong_context_error>([&] { roam::find<note>(1, s); });
        REQUIRE(e);
        CHECK_THAT(e->what(), Contains("context " + std::to_string(mine)));
        CHECK_THAT(e->what(), Contains("used by context " +
                                       std::to_string(roam::current_context().identity())));
        CHECK_THAT(e->what(), Contains("session.cpp:" + std::to_string(line)));
        CHECK_THROWS_AS(s.execute("SELECT 1"), roam::wrong_context_error);
    });
    CHECK(roam::find<note>(1, s) == std::nullopt);
}

TEST_CASE("a session destroyed by another thread is closed, and the pool makes a new one") {
    notes n{1};
    auto s = std::make_unique<roam::session>(n.db.lease());
    auto const id = s->id();
    roam::insert(note{.text = "x"}, *s);
    in_another_thread([&] { s.reset(); });
    CHECK(n.db.counts().size == 0);
    CHECK(n.db.lease().id() != id);
    CHECK(n.stored() == 1);
}

TEST_CASE("execute runs several statements and knows the line that asked") {
    notes n{1};
    auto s = n.db.lease();
    s.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); DELETE FROM t WHERE a = 1");
    CHECK(roam::raw<int>("SELECT count(*) FROM t").one(s) == 1);
    auto const line = __LINE__ + 1;
    auto const e = caught<roam::missing_table_error>([&] { s.execute("DELETE FROM nowhere"); });
    REQUIRE(e);
    CHECK(e->location().line() == unsigned(line));
    CHECK(e->statement() == "DELETE FROM nowhere");
}

TEST_CASE("a session knows whether a transaction is open, whoever began it") {
    notes n{1};
    auto s = n.db.lease();
    CHECK_FALSE(s.in_transaction());
    s.execute("BEGIN");
    CHECK(s.in_transaction());
    s.execute("COMMIT");
    CHECK_FALSE(s.in_transaction());
    roam::transaction const tx{s};
    CHECK(s.in_transaction());
}

TEST_CASE("a hit of the statement cache compiles nothing") {
    notes n{1};
    auto s = n.db.lease();
    auto* const db = handle_of(s);
    auto a = roam::insert(note{.text = "a"}, s);
    roam::find<note>(a.id, s);
    roam::update(a, s);
    roam::select<note>().all(s);
    int compiled = 0;
    sqlite3_set_authorizer(  // SQLite calls it while it compiles, and only then
        db,
        [](void* count, int, char const*, char const*, char const*, char const*) {
            ++*static_cast<int*>(count);
            return SQLITE_OK;
        },
        &compiled);
    for (int i = 0; i < 10; ++i) {
        a = roam::insert(note{.text = "b"}, s);
        roam::find<note>(a.id, s);
        roam::update(a, s);
        roam::select<note>().all(s);
    }
    // Whoever set the authorizer made SQLite compile each known statement once more.
    int const again = compiled;
    for (int i = 0; i < 10; ++i) {
        a = roam::insert(note{.text = "b"}, s);
        roam::find<note>(a.id, s);
        roam::update(a, s);
        roam::select<note>().all(s);
    }
    CHECK(compiled == again);
    roam::exists<note>(a.id, s);
    CHECK(compiled > again);
    sqlite3_set_authorizer(db, nullptr, nullptr);
}

TEST_CASE("D20: a lease leaves no statement that refers to memory of its caller") {
    notes n{1};
    // Of an earlier lease: while somebody may look at the handle, nothing is left bound anyway.
    auto* const db = [&] {
        auto s = n.db.lease();
        return handle_of(s);
    }();
    note a{.text = std::string(100, 'x')};  // lives on, so that what is bound can be read
    {
        auto s = n.db.lease();
        roam::insert(a, s);
        CHECK_THROWS_AS(roam::insert(a, roam::keep_key, s), roam::unique_error);
        roam::update(a, s);
    }
    int seen = 0;
    for (auto* st = sqlite3_next_stmt(db, nullptr); st; st = sqlite3_next_stmt(db, st)) {
        char* const expanded = sqlite3_expanded_sql(st);
        CHECK_THAT(expanded, !Contains("xxx"));
        sqlite3_free(expanded);
        seen += sqlite3_bind_parameter_count(st) > 0;
    }
    CHECK(seen >= 3);
}

TEST_CASE("a running statement is cancelled from another thread") {
    notes n{1};
    auto s = n.db.lease();
    std::atomic<bool> over = false;
    std::thread other{[&, canceller = s.canceller()] {
        while (!over) {
            canceller.cancel();
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }};
    CHECK_THROWS_AS(endless.one(s), roam::cancelled_error);
    over = true;
    other.join();
    CHECK(roam::select<note>().count(s) == 0);
}

TEST_CASE("a canceller is harmless once its session was given back, moved, or its pool is gone") {
    roam::cancel_handle never;
    never.cancel();
    roam::cancel_handle kept;
    {
        notes n{1};
        {
            auto s = n.db.lease();
            kept = s.canceller();
            auto const moved = std::move(s);
            kept.cancel();
            CHECK(roam::select<note>().count(n.where.open(1)) == 0);
        }
        std::atomic<bool> over = false;
        std::thread storm{[&] {
            while (!over) {
                kept.cancel();
            }
        }};
        auto next = n.db.lease();  // the same connection, another lease
        CHECK(roam::raw<int>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                             "i < 300000) SELECT count(*) FROM n")
                  .one(next) == 300000);
        over = true;
        storm.join();
    }
    kept.cancel();
}

TEST_CASE("a stream pins its session: anything else there is refused until it ends") {
    notes n{1};
    auto s = n.db.lease();
    for (int i = 0; i < 3; ++i) {
        roam::insert(note{.text = std::to_string(i)}, s);
    }
    int rows = 0;
    for (auto const& each : roam::select<note>().stream(s)) {
        ++rows;
        CHECK_THROWS_AS(roam::find<note>(each.id, s), roam::session_busy_error);
        CHECK_THROWS_AS(s.execute("SELECT 1"), roam::session_busy_error);
        CHECK_THROWS_AS(roam::transaction{s}, roam::session_busy_error);
        CHECK_THROWS_AS(roam::select<note>().stream(s), roam::session_busy_error);
    }
    CHECK(rows == 3);
    CHECK(roam::find<note>(1, s));
    {
        auto early = roam::select<note>().stream(s);
        early.begin();
    }
    CHECK(roam::find<note>(1, s));
}

TEST_CASE("a stream keeps the lease of a session that is given back before its end") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    roam::insert(note{.text = "b"}, n.db);
    auto s = std::make_unique<roam::session>(n.db.lease());
    auto stream = std::make_unique<decltype(roam::select<note>().stream(*s))>(
        roam::select<note>().stream(*s));
    auto at = stream->begin();
    s.reset();
    CHECK(n.db.counts().in_use == 1);
    ++at;
    CHECK(at->text == "b");
    stream.reset();
    CHECK(n.db.counts().idle == 1);
    CHECK(roam::select<note>().count(n.db) == 2);
}

TEST_CASE("a stream is read by its own context only, and ended by another one closes its session") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    auto s = n.db.lease();
    auto const id = s.id();
    std::optional stream = roam::select<note>().stream(s);
    in_another_thread([&] {
        CHECK_THROWS_AS(stream->begin(), roam::wrong_context_error);
        stream.reset();
    });
    {
        auto const back = std::move(s);
    }
    CHECK(n.db.lease().id() != id);
}

TEST_CASE("a stream that failed is at its end, and its session is free") {
    notes n{1};
    auto s = n.db.lease();
    s.execute("CREATE TABLE bad (id INTEGER PRIMARY KEY, text, count)");
    s.execute("INSERT INTO bad VALUES (1, 'a', 1), (2, 'b', 'no number')");
    auto const failing = roam::raw<std::int64_t>(
        "SELECT abs(CASE i WHEN 1 THEN 1 ELSE -9223372036854775808 END) FROM "
        "(SELECT 1 AS i UNION ALL SELECT 2)");
    CHECK_THROWS_AS(failing.all(s), roam::error);
    CHECK(roam::raw<int>("SELECT 1").one(s) == 1);
}

TEST_CASE("SOCI and Roam share a session and its transaction") {
    notes n{1};
    auto s = n.db.lease();
    {
        roam::transaction tx{s};
        roam::insert(note{.text = "roam"}, s);
        sqlite3_exec(handle_of(s), "INSERT INTO note (text, count) VALUES ('native', 0)", nullptr,
                     nullptr, nullptr);
        CHECK(roam::select<note>().count(s) == 2);
    }
    CHECK(n.stored() == 0);
}
