// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/database.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

using namespace roam::test;
using kind = roam::session_event::kind;

namespace {

std::string pragma(roam::session& s, std::string const& name) {
    return roam::raw<std::string>("SELECT CAST(" + name + " AS TEXT) FROM pragma_" + name)
        .reads_only()
        .one(s);
}

}  // namespace

TEST_CASE("a database checks its URL and options at once, and connects nothing") {
    place const where;
    roam::database const db = where.open(2);
    CHECK(db.counts().size == 0);
    CHECK(db.counts().opened == 0);
    CHECK_THROWS_AS(roam::database{"sqlite:x.db?no_such_option=1"}, roam::url_error);
    CHECK_THROWS_AS(roam::database{"nothing:x"}, roam::url_error);
    CHECK_THROWS_AS(where.open(0), roam::usage_error);
    CHECK_THROWS_AS(where.open(65'536), roam::usage_error);
    CHECK(where.open(65'535).max_sessions() == 65'535);
}

TEST_CASE("copies of a database share one pool") {
    notes n;
    roam::database const copy = n.db;
    CHECK(copy == n.db);
    CHECK_FALSE(copy == n.where.open(1));
    auto const s = copy.lease();
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("P16: databases of equal URLs share nothing") {
    place const where;
    auto const a = where.open(2);
    auto const b = where.open(2);
    auto const of_a = a.lease().id();
    CHECK(b.counts().opened == 0);
    CHECK(b.lease().id() != of_a);
    CHECK(a.close(std::chrono::milliseconds{0}));
    CHECK(b.lease());
}

TEST_CASE("a pool grows only when a lease finds nothing idle, and the last returned comes first") {
    notes n{3};
    for (int i = 0; i < 10; ++i) {
        n.db.lease();
    }
    CHECK(n.db.counts().opened == 1);
    {
        auto const a = n.db.lease();
        auto b = std::make_unique<roam::session>(n.db.lease());
        auto const last = b->id();
        CHECK(n.db.counts().opened == 2);
        b.reset();
        CHECK(n.db.lease().id() == last);
    }
    auto const counts = n.db.counts();
    CHECK(counts.opened == 2);
    CHECK(counts.idle == 2);
    CHECK(counts.leases == 14);  // create_tables was the first
}

TEST_CASE("P18: counts add up at each stage of a lease") {
    notes n{2};
    auto const add_up = [&] {
        auto const c = n.db.counts();
        return c.idle + c.in_use + c.opening == c.size && c.opened - c.closed == c.size;
    };
    CHECK(add_up());
    std::optional<roam::session> a = n.db.lease();
    CHECK(add_up());
    CHECK(n.db.counts().in_use == 1);
    in_another_thread([&] { a.reset(); });  // by a foreign hand: closed
    CHECK(add_up());
    CHECK(n.db.counts().closed == 1);
    n.db.close();
    CHECK(add_up());
    CHECK(n.db.counts().size == 0);
}

TEST_CASE(
    "P2: an exhausted pool says its size, use, waiters, and where the oldest lease was taken") {
    notes n{2};
    auto const line = __LINE__ + 1;
    auto const oldest = n.db.lease();
    std::optional<roam::pool_timeout_error> e;
    std::thread{[&] {
        auto const held = n.db.lease();
        in_another_thread([&] { e = caught<roam::pool_timeout_error>([&] { n.db.lease(); }); });
    }}.join();
    REQUIRE(e);
    INFO(e->what());
    CHECK_THAT(e->what(), Contains("size 2 of 2"));
    CHECK_THAT(e->what(), Contains("in use 2"));
    CHECK_THAT(e->what(), Contains("waiting"));
    CHECK_THAT(e->what(), Contains("within 100 ms"));
    CHECK_THAT(e->what(), Contains("oldest lease"));
    CHECK_THAT(e->what(), Contains("database.cpp:" + std::to_string(line)));
    CHECK_THAT(e->what(), Contains(n.db.name()));
    CHECK(n.db.counts().waiting == 0);
}

TEST_CASE(
    "P19: a context that holds every session is told at once, instead of waiting for itself") {
    auto options = notes::options_of(2);
    options.acquire_timeout = std::chrono::hours{1};
    notes n{options};
    auto const a = n.db.lease();
    auto const b = n.db.lease();
    auto const e = caught<roam::pool_timeout_error>([&] { n.db.lease(); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("already holds every session"));
    CHECK_THAT(e->what(), Contains("database.cpp:"));
}

TEST_CASE("P2: sessions are handed over in the order in which they were asked for") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::seconds{20};
    notes n{options};
    std::optional<roam::session> held = n.db.lease();
    std::mutex mutex;
    std::vector<int> order;
    {
        std::vector<std::jthread> line;
        for (int i = 0; i < 6; ++i) {
            line.emplace_back([&, i] {
                auto const s = n.db.lease();
                std::lock_guard const lock{mutex};
                order.push_back(i);
            });
            REQUIRE(soon_true([&] { return n.db.counts().waiting == std::size_t(i) + 1; }));
        }
        held.reset();
    }
    CHECK(order == std::vector{0, 1, 2, 3, 4, 5});
    CHECK(n.db.counts().opened == 1);
}

TEST_CASE("P2: a waiter that gives up takes nothing, wherever it stands in the line") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::milliseconds{300};
    notes n{options};
    std::optional<roam::session> held = n.db.lease();
    std::atomic<int> late = 0;
    {
        std::vector<std::jthread> line;
        for (int i = 0; i < 3; ++i) {
            line.emplace_back([&] {
                late += caught<roam::pool_timeout_error>([&] { n.db.lease(); }).has_value();
            });
        }
    }
    CHECK(late == 3);
    CHECK(n.db.counts().waiting == 0);
    held.reset();
    CHECK(n.db.counts().idle == 1);
    CHECK_NOTHROW(n.db.lease());
}

TEST_CASE("when a connection comes back broken, the first in line opens one in its place") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::seconds{20};
    notes n{options};
    std::optional<roam::session> held = n.db.lease();
    auto const id = held->id();
    std::uint64_t other = 0;
    std::jthread waiting{[&] { other = n.db.lease().id(); }};
    REQUIRE(soon_true([&] { return n.db.counts().waiting == 1; }));
    in_another_thread([&] { held.reset(); });
    waiting.join();
    CHECK(other != 0);
    CHECK(other != id);
    CHECK(n.db.counts().opened == 2);
    CHECK(n.db.counts().size == 1);
}

TEST_CASE("P13: a connection that cannot be made is an error of its caller, and takes no place") {
    roam::database const db{"sqlite:/no/such/folder/x.db", notes::options_of(1)};
    for (int i = 0; i < 3; ++i) {
        auto const e = caught<roam::connection_error>([&] { db.lease(); });
        REQUIRE(e);
        CHECK_THAT(e->what(), Contains("/no/such/folder/x.db"));
        CHECK(db.counts().size == 0);
    }
}

TEST_CASE("SQL of on_connect that fails is an error of the lease, and leaves no connection") {
    auto options = notes::options_of(1);
    place const where;
    options.on_connect = {"SELECT no_such_column"};
    auto const db = where.open(options);
    CHECK_THROWS_AS(db.lease(), roam::error);
    CHECK(db.counts().size == 0);
}

TEST_CASE("P15: close() lets nobody in, closes what is idle, and waits for what is leased") {
    notes n{2};
    std::optional<roam::session> a = n.db.lease();
    {
        auto const b = n.db.lease();
    }
    CHECK_FALSE(n.db.close(std::chrono::milliseconds{10}));
    CHECK(n.db.counts().size == 1);
    CHECK_THROWS_AS(n.db.lease(), roam::pool_closed_error);
    CHECK_THROWS_AS(roam::find<note>(1, n.db), roam::pool_closed_error);

    roam::insert(note{.text = "a lease that is out works on"}, *a);
    std::thread back{[&, s = std::move(*a)]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        roam::session{std::move(s)};
    }};
    CHECK(n.db.close(std::chrono::seconds{10}));
    back.join();
    CHECK(n.db.counts().size == 0);
    CHECK(n.db.counts().closed == 2);
    CHECK(n.stored() == 1);
}

TEST_CASE("P3: close() wakes whoever waits for a session") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::minutes{10};
    notes n{options};
    std::optional<roam::session> held = n.db.lease();
    std::atomic<int> woken = 0;
    std::vector<std::jthread> line;
    for (int i = 0; i < 3; ++i) {
        line.emplace_back(
            [&] { woken += caught<roam::pool_closed_error>([&] { n.db.lease(); }).has_value(); });
    }
    REQUIRE(soon_true([&] { return n.db.counts().waiting == 3; }));
    n.db.close();
    line.clear();
    CHECK(woken == 3);
}

TEST_CASE(
    "a lease outlives the last handle of its database, and closes its connection at its end") {
    auto seen = std::make_shared<recorder>();
    place const where;
    std::optional<roam::session> out;
    {
        roam::database_options options;
        options.watch = seen;
        auto const db = where.open(options);
        roam::create_tables<note>(db);
        out = db.lease();
        auto const idle = db.lease();
        seen->take_events();
    }
    CHECK(seen->take_events() == std::vector{kind::returned, kind::closed});  // what was idle
    roam::insert(note{.text = "late"}, *out);
    out.reset();
    CHECK(seen->take_events() == std::vector{kind::returned, kind::closed});
    CHECK(roam::select<note>().count(where.open(1)) == 1);
}

TEST_CASE("the dialect can be asked for before anything else, and connects once") {
    notes n;
    auto const other = n.where.open(2);
    CHECK(other.dialect().family == roam::sql::dialect_family::sqlite);
    CHECK(&other.dialect() == &n.db.dialect());
    CHECK(other.counts().opened == 1);
    CHECK(other.counts().idle == 1);
}

TEST_CASE("P20: sessions on a memory database see the same data") {
    roam::database const db{"sqlite::memory:", notes::options_of(2)};
    roam::create_tables<note>(db);
    auto a = db.lease();
    roam::insert(note{.text = "x"}, a);
    in_another_thread([&] {
        auto b = db.lease();
        CHECK(roam::select<note>().count(b) == 1);
    });
    CHECK(db.counts().opened == 2);
}

TEST_CASE("P7: a session that was touched is reset before its next owner") {
    auto options = notes::options_of(1);
    options.on_connect = {"PRAGMA cache_size = 123"};
    notes n{options};
    {
        auto s = n.db.lease();
        CHECK(pragma(s, "cache_size") == "123");
        s.execute("PRAGMA foreign_keys = OFF; PRAGMA cache_size = 77");
        s.execute("CREATE TEMP TABLE mine (a)");
        CHECK(pragma(s, "foreign_keys") == "0");
    }
    auto s = n.db.lease();
    CHECK(pragma(s, "foreign_keys") == "1");
    CHECK(pragma(s, "cache_size") == "123");  // on_connect runs again
    CHECK_THROWS_AS(roam::raw<int>("SELECT count(*) FROM temp.mine").one(s),
                    roam::missing_table_error);
    CHECK(n.db.counts().opened == 1);
}

TEST_CASE("a lease of a session that was not touched sends nothing") {
    notes n{1};
    int sent = 0;
    {
        auto s = n.db.lease();
        sqlite3_trace_v2(
            static_cast<sqlite3*>(s.native_handle()), SQLITE_TRACE_STMT,
            [](unsigned, void* count, void*, void*) { return ++*static_cast<int*>(count), 0; },
            &sent);
    }
    roam::insert(note{.text = "after the reset"}, n.db);
    int const before = sent;
    CHECK(before > 1);  // the native handle counts as touching, so a reset came first
    for (int i = 0; i < 5; ++i) {
        n.db.lease();
    }
    CHECK(sent == before);
    roam::insert(note{.text = "one statement"}, n.db);
    CHECK(sent == before + 1);
}

TEST_CASE("raw SQL touches its session unless it says that it only reads") {
    notes n{1};
    roam::raw<int>("SELECT 1").reads_only().one(n.db);
    {
        auto s = n.db.lease();
        s.set_statement_timeout(std::chrono::seconds{5});
        sqlite3_exec(static_cast<sqlite3*>(s.native_handle()), "PRAGMA cache_size = 77", nullptr,
                     nullptr, nullptr);
    }
    {
        auto s = n.db.lease();
        CHECK(pragma(s, "cache_size") != "77");
        roam::raw("PRAGMA cache_size = 78").run(s);
    }
    auto s = n.db.lease();
    CHECK(pragma(s, "cache_size") != "78");
}

TEST_CASE("a thread is leased the connection that it had last, if that is idle") {
    for (std::size_t const sessions : {3U, 40U}) {
        notes n{sessions};
        std::vector<roam::session> all;
        for (std::size_t i = 0; i < 3; ++i)
            all.push_back(n.db.lease());
        auto const last = all[2].id();
        all.clear();
        CHECK(n.db.lease().id() == last);
        std::optional<roam::session> held = n.db.lease();
        std::uint64_t other = 0;
        in_another_thread([&] { other = n.db.lease().id(); });
        CHECK(other != last);
        held.reset();
        CHECK(n.db.lease().id() == last);
    }
}

TEST_CASE("P7, P8: a session that comes back inside a transaction is rolled back first") {
    notes n{1};
    {
        auto s = n.db.lease();
        s.execute("BEGIN");
        roam::insert(note{.text = "never"}, s);
    }
    CHECK(n.seen->take().back() == "ROLLBACK");
    auto s = n.db.lease();
    CHECK_FALSE(s.in_transaction());
    {
        roam::transaction tx{s};
        roam::insert(note{.text = "visible"}, s);
        tx.commit();
    }
    CHECK(n.stored() == 1);
}

TEST_CASE("the default database serves operations that name nothing, one lease for each") {
    notes n{1};
    CHECK_THROWS_AS(roam::insert(note{}), roam::no_session_error);
    roam::set_default_database(n.db);
    auto const a = roam::insert(note{.text = "a"});
    CHECK(n.db.counts().in_use == 0);
    CHECK(roam::get<note>(a.id).text == "a");
    {
        roam::transaction tx;
        roam::insert(note{.text = "b"});
        tx.commit();
    }
    CHECK(n.db.counts().idle == 1);
    CHECK(n.stored() == 2);
    {
        notes other;
        roam::session_scope const here{other.db};
        roam::insert(note{.text = "a scope comes before the default"});
        CHECK(n.stored() == 2);
    }
    roam::clear_default_database();
    CHECK_THROWS_AS(roam::insert(note{}), roam::no_session_error);
    CHECK_THROWS_AS(roam::transaction{}, roam::no_session_error);
}

TEST_CASE("an operation without a session says what to open, and where it was called") {
    auto const line = __LINE__ + 1;
    auto const e = caught<roam::no_session_error>([] { roam::find<note>(1); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("session_scope"));
    CHECK_THAT(e->what(), Contains("transaction"));
    CHECK_THAT(e->what(), Contains("set_default_database"));
    CHECK_THAT(e->what(), Contains("database.cpp:" + std::to_string(line)));
    CHECK(e->location().line() == unsigned(line));
}

TEST_CASE(
    "P17: the statement timeout of a database holds for each lease, a session's own for one") {
    auto options = notes::options_of(1);
    options.statement_timeout = std::chrono::milliseconds{50};
    notes n{options};
    auto const endless = roam::raw<std::int64_t>(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
        "SELECT count(*) FROM n");
    auto const short_one = roam::raw<std::int64_t>(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
        "SELECT count(*) FROM n");
    CHECK_THROWS_AS(endless.one(n.db), roam::timeout_error);
    {
        auto s = n.db.lease();
        s.set_statement_timeout(std::chrono::milliseconds{1});
        CHECK_THROWS_AS(endless.one(s), roam::timeout_error);
        s.set_statement_timeout(std::chrono::milliseconds{0});
        CHECK(short_one.one(s) == 100);
    }
    auto const start = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(endless.one(n.db), roam::timeout_error);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds{50});
    CHECK(n.db.counts().opened == 1);
}

namespace {

/// How many statements on notes the connection has prepared.
int prepared_on_notes(roam::session& s) {
    auto* const db = static_cast<sqlite3*>(s.native_handle());
    int found = 0;
    for (sqlite3_stmt* at = sqlite3_next_stmt(db, nullptr); at; at = sqlite3_next_stmt(db, at))
        found += std::string{sqlite3_sql(at)}.find("note") != std::string::npos;
    return found;
}

struct leaflet {
    std::int64_t id = 0;
    std::string text;
};

}  // namespace

TEST_CASE("D36: tables that Roam makes or drops refresh what idle sessions have prepared") {
    notes n{2};
    auto const prime = [&] {
        auto a = n.db.lease();
        auto b = n.db.lease();
        roam::find<note>(1, a);
        roam::find<note>(1, b);
        CHECK(prepared_on_notes(a) == 1);
        CHECK(prepared_on_notes(b) == 1);
    };
    prime();
    auto changing = n.db.lease();
    {
        roam::transaction tx{changing};
        roam::create_tables<leaflet>(changing);
        {
            auto other = n.db.lease();
            CHECK(prepared_on_notes(other) == 1);  // nothing is committed yet
        }
        tx.commit();
    }
    {
        auto other = n.db.lease();
        CHECK(prepared_on_notes(other) == 0);
    }
    std::move(changing).detach();  // destroyed, it gives the session back
    prime();
    roam::drop_tables<leaflet>(n.db);
    auto a = n.db.lease();
    auto b = n.db.lease();
    CHECK(prepared_on_notes(a) == 0);
    CHECK(prepared_on_notes(b) == 0);
    CHECK_FALSE(roam::find<note>(1, a));
}
