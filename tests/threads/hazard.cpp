// SPDX-License-Identifier: MIT
// The schedules in which CLSQL, whose objects remember the connection that loaded them, loses or
// mixes up data. Each case says what it does there; VD and R are the numbers of the guarantees and
// schedules that Roam has taken over from that analysis.
#include "fixture.hpp"

using namespace roam::test;

namespace {

std::size_t pool_size() { return GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{8}); }

}  // namespace

TEST_CASE("VD1: a record reaches no connection but the one its thread has leased") {
    // CLSQL: every save runs on the loader's connection, whoever holds it now.
    auto const sessions = pool_size();
    company c{sessions};
    std::vector<employee> shared;
    for (int i = 0; i < 16; ++i) {
        shared.push_back(roam::insert(employee{.email = std::to_string(i)}, c.db));
    }
    auto const rounds = scaled(2'000, 20);
    auto const errors = on_threads(4, [&](int number) {
        std::mt19937 random{static_cast<unsigned>(number)};
        for (std::size_t i = 0; i < rounds; ++i) {
            employee mine = shared[random() % shared.size()];  // loaded by another thread
            roam::session_scope const here{c.db};
            roam::refresh(mine);
            mine.visits += 1;
            roam::update(mine);
        }
    });
    CHECK(errors == no_errors);
    CHECK(c.seen->foreign() == 0);
    CHECK(c.db.counts().opened <= sessions);
}

TEST_CASE("VD2: an operation uses its argument, else its caller's session, else none at all") {
    // CLSQL: an open remembered connection overrides the argument.
    auto const sessions = pool_size();
    company c{sessions};
    employee e;
    {
        roam::session_scope const loader{c.db};
        e = roam::insert(employee{.email = "loaded here"});
    }
    company other{2};
    auto const of_other = other.db.lease();
    employee copy = roam::insert(employee{.email = "elsewhere"}, other.db);
    c.seen->take();
    CHECK(throws<roam::no_session_error>([&] { roam::update(e); }));
    CHECK(throws<roam::no_session_error>([&] { roam::remove(e); }));
    CHECK(throws<roam::no_session_error>([&] { roam::refresh(e); }));
    CHECK(c.seen->take().empty());
    {
        roam::session_scope const here{c.db};
        e.visits = 1;
        roam::update(e);                // the caller's
        roam::refresh(copy, other.db);  // the argument's, in another database
        roam::update(copy, other.db);
        CHECK(c.seen->take().size() == 1);
    }
    CHECK(copy.email == "elsewhere");
    CHECK(c.row(e.id)->visits == 1);
    roam::remove(e, c.db);
    CHECK(c.rows().empty());
}

TEST_CASE("VD3, R1: a save beside another thread's transaction survives that one's rollback") {
    // CLSQL: run for real, the save joined the other's transaction; it returned normally, and the
    // row held the old value afterwards, although the saver had named its own connection.
    auto const sessions = pool_size();
    company c{sessions};
    auto e1 = roam::insert(employee{.email = "one"}, c.db);
    auto e2 = roam::insert(employee{.email = "two"}, c.db);
    c.seen->take();
    stage at;
    bool schedule_held = true;
    std::jthread second{[&] {
        std::optional<roam::transaction> tx{std::in_place, c.db};
        e2.email = "undone";
        roam::update(e2);
        auto const before = c.db.counts().leases;
        at.reach(1);
        schedule_held = soon_true([&] {
            auto const counts = c.db.counts();
            return sessions == 1 ? counts.waiting == 1 : counts.leases > before;
        });
        tx->rollback();
    }};
    REQUIRE(at.wait(1));
    e1.email = "saved";
    roam::update(e1, c.db);
    second.join();
    CHECK(schedule_held);
    CHECK(c.row(e1.id)->email == "saved");
    CHECK(c.row(e2.id)->email == "two");
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("VD12, R2: a refresh beside another thread's transaction sees committed values only") {
    // CLSQL: the refresh runs inside the other's transaction and sees what is rolled back later.
    auto const sessions = pool_size();
    company c{sessions};
    auto e = roam::insert(employee{.email = "committed"}, c.db);
    stage at;
    bool schedule_held = true;
    std::jthread second{[&, mine = e]() mutable {
        roam::transaction tx{c.db};
        mine.email = "uncommitted";
        roam::update(mine);
        auto const before = c.db.counts().leases;
        at.reach(1);
        schedule_held = soon_true([&] {
            auto const counts = c.db.counts();
            return sessions == 1 ? counts.waiting == 1 : counts.leases > before;
        });
        tx.rollback();
    }};
    REQUIRE(at.wait(1));
    employee fresh = e;
    fresh.email = "stale";
    roam::refresh(fresh, c.db);
    second.join();
    CHECK(schedule_held);
    CHECK(fresh.email == "committed");
}

TEST_CASE("VD5: a handle that was given back throws, without a statement, whoever has the lease") {
    // CLSQL: state stays :open after the release, so the stale connection is used.
    auto const sessions = pool_size();
    company c{sessions};
    auto e = roam::insert(employee{.email = "e"}, c.db);
    roam::session stale = c.db.lease();
    auto const id = stale.id();
    {
        auto const gone = std::move(stale);
    }
    auto const all_refuse = [&] {
        return throws<roam::session_closed_error>([&] { roam::update(e, stale); }) &&
               throws<roam::session_closed_error>([&] { roam::refresh(e, stale); }) &&
               throws<roam::session_closed_error>([&] { stale.execute("SELECT 1" + from_none()); });
    };
    c.seen->take();
    CHECK(all_refuse());  // free in the pool
    stage at;
    std::jthread second{[&] {
        auto held = c.db.lease();
        roam::transaction const tx{held};
        c.seen->take();
        at.reach(held.id() == id ? 1 : 0);
        at.wait(2);
    }};
    REQUIRE(at.wait(1));
    CHECK(all_refuse());  // held by the other thread, in a transaction
    CHECK(c.seen->take().empty());
    at.reach(2);
}

TEST_CASE("VD13, R8: two threads that select the same rows get objects of their own") {
    // CLSQL: the cache in the connection hands the second thread the very objects of the first.
    auto const sessions = pool_size();
    company c{sessions};
    roam::insert(employee{.email = "stored"}, c.db);
    auto mine = roam::select<employee>().all(c.db);
    mine.at(0).email = "changed and not saved";
    std::vector<employee> theirs;
    std::jthread{[&] { theirs = roam::select<employee>().all(c.db); }}.join();
    CHECK(theirs.at(0).email == "stored");
    CHECK(mine.at(0).email == "changed and not saved");
}

TEST_CASE("VD16, R7: a thread that closes its session leaves the others theirs, and has none") {
    // CLSQL: disconnect makes whatever connection is first in a list the default.
    auto const sessions = pool_size();
    company c{sessions};
    stage at;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::jthread second{[&] {
        roam::session_scope here{c.db};
        if (sessions > 1) {  // otherwise the first could not lease one beside it
            before = here.get().id();
        }
        at.reach(1);
        at.wait(2);
        roam::insert(employee{.email = "second"});
        after = here.get().id();
    }};
    REQUIRE(at.wait(1));
    {
        roam::session_scope const here{c.db};
        roam::insert(employee{.email = "first"});
    }
    CHECK(throws<roam::no_session_error>([] { roam::select<employee>().all(); }));
    at.reach(2);
    second.join();
    CHECK((sessions == 1 || before == after));
    CHECK(c.rows().size() == 2);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("VD17: reading rows writes none") {
    // CLSQL: with auto-sync on, a refresh builds a dummy object, which inserts a phantom row.
    company c{pool_size()};
    auto e = roam::insert(employee{.email = "only"}, c.db);
    c.seen->take();
    for (int i = 0; i < 3; ++i) {
        roam::refresh(e, c.db);
        roam::find<employee>(e.id, c.db);
        roam::select<employee>().all(c.db);
        for (auto const& each : roam::select<employee>().stream(c.db)) {
            CHECK(each == e);
        }
    }
    for (auto const& sql : c.seen->take()) {
        CHECK(sql.starts_with("SELECT"));
    }
    CHECK(c.rows().size() == 1);
}

TEST_CASE("R4: a read beside another thread's half-read stream takes a session of its own") {
    // CLSQL: the read runs on the connection with the open cursor: protocol corruption.
    auto const sessions = pool_size();
    company c{sessions, std::chrono::milliseconds{sessions == 1 ? 100 : 60'000}};
    std::vector<employee> many(300);
    roam::insert(many, c.db);
    stage at;
    std::size_t rows = 0;
    std::jthread second{[&] {
        for (auto const& each : roam::select<employee>().stream(c.db)) {
            rows += each.id > 0;
            if (rows == 150) {
                at.reach(1);
                at.wait(2);
            }
        }
    }};
    REQUIRE(at.wait(1));
    if (sessions == 1) {
        CHECK(throws<roam::pool_timeout_error>([&] { roam::refresh(many[0], c.db); }));
    } else {
        CHECK(roam::select<employee>().count(c.db) == 300);
    }
    at.reach(2);
    second.join();
    CHECK(rows == 300);
}

TEST_CASE("R5: a transaction left by a swallowed exception is not the next owner's") {
    // CLSQL: the level stays 1, so the next transaction sends neither BEGIN nor COMMIT: lost.
    company c{pool_size()};
    auto left = [&] {
        auto s = c.db.lease();
        s.execute(begin_sql());
        roam::insert(employee{.email = "undone"}, s);
        throw std::runtime_error{"swallowed"};
    };
    CHECK(throws<std::runtime_error>(left));
    bool clean = false;
    std::jthread{[&] {
        auto s = c.db.lease();
        clean = !s.in_transaction();
        roam::transaction tx{s};
        roam::insert(employee{.email = "kept"}, s);
        tx.commit();
    }}.join();
    CHECK(clean);
    REQUIRE(c.rows().size() == 1);
    CHECK(c.rows()[0].email == "kept");
}

TEST_CASE("VD8, R3: a key is that of its own row, whoever inserts between the row and the key") {
    // CLSQL: the INSERT and the question for its key are two statements; the other's INSERT on the
    // remembered connection comes between them, and the object gets the other's key.
    class between : public owner_watch {
    public:
        void statement(roam::statement_event const& e) override {
            owner_watch::statement(e);
            if (e.sql.starts_with("INSERT") && armed.exchange(false)) {
                at.reach(1);
                at.wait(2);
            }
        }
        std::atomic<bool> armed{false};
        stage at;
    };
    auto const sessions = pool_size();
    company c{1};
    auto const watch = std::make_shared<between>();
    auto const db = c.where.open({.max_sessions = sessions, .watch = watch});
    employee other;
    watch->armed = true;
    std::jthread second{[&] {
        watch->at.wait(1);  // the first thread is still inside its insert
        other = roam::insert(employee{.email = "other"}, sessions == 1 ? c.outside : db);
        watch->at.reach(2);
    }};
    auto const mine = roam::insert(employee{.email = "mine"}, db);
    second.join();
    CHECK(mine.id != other.id);
    CHECK(c.row(mine.id) == mine);
    CHECK(c.row(other.id) == other);
    CHECK(watch->foreign() == 0);
}

TEST_CASE("P9, R6: a session that is given back twice is in the pool once") {
    // CLSQL: the second disconnect pushes the connection again, and two threads get it.
    auto const sessions = pool_size();
    company c{sessions};
    roam::session s = c.db.lease();
    {
        auto const once = std::move(s);
    }
    {
        auto const twice = std::move(s);
    }
    auto parcel = c.db.lease().detach();
    {
        auto const attached = parcel.attach();
    }
    CHECK(throws<roam::session_closed_error>([&] { parcel.attach(); }));
    {
        auto const again = std::move(parcel);
    }
    CHECK(c.db.counts().idle == 1);

    stage at;
    std::uint64_t of_second = 0;
    bool waited = false;
    std::jthread second{[&] {
        auto held = std::optional{c.db.lease()};
        of_second = held->id();
        at.reach(1);
        waited = sessions == 1 && soon_true([&] { return c.db.counts().waiting == 1; });
        at.wait(sessions == 1 ? 1 : 2);
        held.reset();
    }};
    REQUIRE(at.wait(1));
    auto const third = c.db.lease();
    auto const in_use = c.db.counts().in_use;
    at.reach(2);
    second.join();
    if (sessions == 1) {
        CHECK(waited);  // it came only after the second's return
        CHECK(third.id() == of_second);
    } else {
        CHECK(in_use == 2);
        CHECK(third.id() != of_second);
    }
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("VD7, R9: a record of a closed database is missing where another has no such row") {
    // CLSQL: the UPDATE hits no row, and the save returns normally.
    auto const sessions = pool_size();
    employee e;
    {
        company closed{sessions};
        e = roam::insert(employee{.email = "only there"}, closed.db);
        closed.db.close();
    }
    company c{sessions};
    roam::set_default_database(c.db);
    e.visits = 1;
    CHECK(throws<roam::stale_record_error>([&] { roam::update(e); }));
    CHECK(throws<roam::stale_record_error>([&] { roam::remove(e); }));
    CHECK(throws<roam::not_found_error>([&] { roam::refresh(e); }));
    CHECK(c.rows().empty());
    roam::insert(e);  // the documented way
    CHECK(c.rows() == std::vector{e});
    roam::clear_default_database();
}

TEST_CASE("VD14, R10: threads that make and edit records send nothing, whatever others do") {
    // CLSQL: auto-sync that one thread has switched on writes the other's objects.
    company c{pool_size()};
    auto mine = roam::insert(employee{.email = "stored"}, c.db);
    c.seen->take();
    roam::session_scope const here{c.db};
    std::jthread{[&, theirs = mine]() mutable {
        roam::session_scope const there{c.db};
        theirs.visits += 1;
        employee const made{.email = theirs.email};
        theirs = made;
    }}.join();
    mine.visits += 1;
    CHECK(c.seen->take().empty());
    CHECK(c.row(mine.id)->visits == 0);
}

TEST_CASE("VD12, R11: what is asked of one database never comes from the one that is current") {
    // CLSQL: the related rows of objects from one database come from whichever is the default.
    auto const sessions = pool_size();
    company a{sessions};
    company b{sessions};
    auto loaded = roam::insert(employee{.email = "a", .visits = 7}, a.db);
    REQUIRE(roam::insert(employee{.email = "b", .visits = 7}, b.db).id == loaded.id);
    roam::session_scope const current{b.db};
    roam::insert(employee{.email = "b too", .visits = 7});
    b.seen->take();
    auto const related =
        roam::select<employee>().where(roam::col<&employee::visits> == loaded.visits);
    CHECK(related.all(a.db) == std::vector{loaded});
    roam::refresh(loaded, a.db);
    CHECK(loaded.email == "a");
    CHECK(b.seen->take().empty());
    CHECK(related.count() == 2);
}
