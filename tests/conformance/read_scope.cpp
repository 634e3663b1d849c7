// SPDX-License-Identifier: MIT
// D40: many reads of one state.
#include "conformance/fixture.hpp"
#include "support/waiting.hpp"
#include <roam/session/limit.hpp>
#include <roam/session/retry.hpp>

#include <chrono>
#include <thread>

namespace conformance::read_scopes {

using namespace std::chrono_literals;

/// An age that a few calls do not reach, also on a machine with other things to do.
constexpr auto soon_old = 250ms;

struct item {
    std::int64_t id = 0;
    int count = 0;
    friend bool operator==(item const&, item const&) = default;
};

/// A table with one item, and somebody beside the caller who adds to it.
struct shop : store<item> {
    shop() { first = roam::insert(item{.count = 1}, db); }

    void sell_elsewhere() const {
        roam::test::in_another_thread([&] { roam::insert(item{.count = 2}, db); });
    }

    item first;
};

std::int64_t count_now() { return roam::select<item>().count(); }

TEST_CASE("all reads in a read scope see the state of the first, and those after it a new one") {
    shop s;
    {
        roam::read_scope const here{s.db};
        CHECK(count_now() == 1);
        s.sell_elsewhere();
        CHECK(count_now() == 1);
        CHECK(roam::get<item>(s.first.id) == s.first);
        CHECK(roam::select<item>().all(s.db).size() == 1);
    }
    CHECK(roam::select<item>().count(s.db) == 2);
    CHECK(s.db.counts().in_use == 0);
}

TEST_CASE("a read scope is made on a database, on a session, or on what is current") {
    shop s;
    auto mine = s.db.lease();
    {
        roam::read_scope here{mine};
        CHECK(count_now() == 1);
        CHECK(roam::select<item>().count(mine) == 1);
        CHECK(roam::select<item>().count(here) == 1);
        CHECK(mine.in_transaction());
    }
    CHECK_FALSE(mine.in_transaction());
    roam::session_scope const around{mine};
    {
        roam::read_scope const here;
        CHECK(mine.in_transaction());
        CHECK(count_now() == 1);
    }
    CHECK_FALSE(mine.in_transaction());
    CHECK(count_now() == 1);
}

TEST_CASE("a read scope that names nothing needs something around it, or a default database") {
    CHECK_THROWS_AS(roam::read_scope{}, roam::no_session_error);
    shop s;
    roam::set_default_database(s.db);
    {
        roam::read_scope const here;
        CHECK(count_now() == 1);
    }
    roam::clear_default_database();
}

TEST_CASE("a write in a read scope is refused, and nothing is written") {
    shop s;
    {
        roam::read_scope const here{s.db};
        CHECK_THROWS_AS(roam::insert(item{}), roam::permission_error);
    }
    {
        roam::read_scope const here{s.db};
        CHECK_THROWS_AS(roam::remove(s.first, s.db), roam::permission_error);
    }
    {
        roam::read_scope const here{s.db};
        roam::transaction tx;  // a savepoint of the read scope
        CHECK_THROWS_AS(roam::insert(item{}, tx), roam::permission_error);
    }
    CHECK(roam::select<item>().all(s.db) == std::vector{s.first});
    roam::insert(item{}, s.db);
    CHECK(roam::select<item>().count(s.db) == 2);
}

TEST_CASE("a read scope in a transaction is a part of it that writes nothing") {
    if (on_mysql() || on_firebird())
        ROAM_SKIP("a savepoint of the engine cannot be read-only");
    shop s;
    roam::transaction tx{s.db};
    roam::insert(item{.count = 5});
    {
        roam::read_scope const here{s.db, {.max_age = 1ms}};
        std::this_thread::sleep_for(20ms);
        CHECK(count_now() == 2);  // what the transaction has done, and no age
        CHECK_THROWS_AS(roam::insert(item{}), roam::permission_error);
    }
    roam::insert(item{.count = 6});
    tx.commit();
    CHECK(roam::select<item>().count(s.db) == 3);
}

TEST_CASE("a read scope in a read scope is the same one") {
    shop s;
    roam::read_scope const outer{s.db, {.max_age = 1h}};
    CHECK(count_now() == 1);
    s.sell_elsewhere();
    {
        roam::read_scope const by_database{s.db, {.max_age = 1ms}};
        roam::read_scope const by_current{{.max_age = 1ms}};
        std::this_thread::sleep_for(20ms);
        CHECK(count_now() == 1);
    }
    CHECK(count_now() == 1);
}

TEST_CASE("a read scope that is too old fails at the next call, and at every one until its end") {
    shop s;
    {
        roam::read_scope here{s.db, {.max_age = soon_old}};
        auto const line = __LINE__ - 1;
        CHECK(count_now() == 1);
        std::this_thread::sleep_for(soon_old);
        auto const e = thrown_by<roam::read_scope_expired_error>([] { count_now(); });
        CHECK(contains(e.what(), "read_scope.cpp:" + std::to_string(line)));
        CHECK(contains(e.what(), "250 ms"));
        CHECK(e.connection_usable());
        roam::session& on = here;
        CHECK_FALSE(on.in_transaction());  // the snapshot is gone
        // Nothing runs any more that believes in it.
        CHECK_THROWS_AS(roam::insert(item{}), roam::read_scope_expired_error);
        CHECK_THROWS_AS(roam::transaction{s.db}, roam::read_scope_expired_error);
        CHECK_THROWS_AS(on.execute("SELECT 1"), roam::read_scope_expired_error);
        CHECK_THROWS_AS(roam::select<item>().all(on), roam::read_scope_expired_error);
    }
    CHECK(roam::select<item>().count(s.db) == 1);
    CHECK(s.db.counts().opened == 1);
}

TEST_CASE("a read scope that is renewed goes on with a new state") {
    shop s;
    {
        roam::read_scope const here{s.db, {.max_age = soon_old, .then = roam::when_expired::renew}};
        CHECK(count_now() == 1);
        s.sell_elsewhere();
        std::this_thread::sleep_for(soon_old);
        CHECK(count_now() == 2);
        CHECK_THROWS_AS(roam::insert(item{}), roam::permission_error);
    }
    roam::insert(item{}, s.db);
    CHECK(roam::select<item>().count(s.db) == 3);
}

TEST_CASE("a renewal waits for the transaction that is open inside") {
    shop s;
    roam::read_scope const here{s.db, {.max_age = soon_old, .then = roam::when_expired::renew}};
    CHECK(count_now() == 1);
    {
        roam::transaction const tx;
        s.sell_elsewhere();
        std::this_thread::sleep_for(soon_old);
        CHECK(count_now() == 1);
    }
    CHECK(count_now() == 2);
}

TEST_CASE("a renewal waits for the stream that is open inside") {
    shop s;
    s.sell_elsewhere();
    roam::read_scope const here{s.db, {.max_age = soon_old, .then = roam::when_expired::renew}};
    std::size_t rows = 0;
    for (auto const& each : roam::select<item>().stream(roam::interleaved)) {
        if (++rows == 1) {
            s.sell_elsewhere();
            std::this_thread::sleep_for(soon_old);
        }
        CHECK(roam::find<item>(each.id));
    }
    CHECK(rows == 2);
    CHECK(count_now() == 3);
}

TEST_CASE("transact runs again what failed because its read scope was too old") {
    shop s;
    roam::database const reports = s.where.open();
    int attempts = 0;
    auto const seen = roam::transact(s.db, [&] {
        roam::read_scope const there{reports, {.max_age = soon_old}};
        if (++attempts == 1)
            std::this_thread::sleep_for(soon_old);
        return roam::select<item>().count(reports);
    });
    CHECK(seen == 1);
    CHECK(attempts == 2);
}

TEST_CASE("the age of a read scope is more than zero") {
    shop s;
    CHECK_THROWS_AS((roam::read_scope{s.db, {.max_age = 0ms}}), roam::usage_error);
    CHECK_THROWS_AS((roam::read_scope{s.db, {.max_age = -1ms}}), roam::usage_error);
    CHECK(s.db.counts().in_use == 0);
}

TEST_CASE("a session that goes to another owner takes no age along") {
    shop s;
    auto mine = s.db.lease();
    {
        roam::read_scope const here{mine, {.max_age = 10ms}};
        std::this_thread::sleep_for(20ms);
        CHECK_THROWS_AS(count_now(), roam::read_scope_expired_error);
        auto parcel = std::move(mine).detach();
        mine = parcel.attach();
        CHECK(roam::select<item>().count(mine) == 1);
    }
    CHECK(roam::select<item>().count(mine) == 1);
    {
        auto lost = std::make_unique<roam::session>(s.db.lease());
        roam::read_scope const here{*lost, {.max_age = 10ms}};
        lost.reset();
    }
    std::this_thread::sleep_for(20ms);
    mine = s.db.lease();
    CHECK(roam::select<item>().count(mine) == 1);
}

}  // namespace conformance::read_scopes
