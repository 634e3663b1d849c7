// SPDX-License-Identifier: MIT
#include "fixture.hpp"

#include <soci/soci.h>

#include <type_traits>

using namespace roam::test;

static_assert(!std::is_copy_constructible_v<roam::detached_session>);

TEST_CASE("D8: a session that is detached here and attached there belongs to that thread") {
    notes n{1};
    auto s = n.db.lease();
    auto const id = s.id();
    auto parcel = std::move(s).detach();
    CHECK(parcel);
    CHECK_FALSE(s);
    CHECK_THROWS_AS(s.id(), roam::session_closed_error);

    std::optional<roam::session> moved_back;
    in_another_thread([&] {
        roam::session t = parcel.attach();
        roam::insert(note{.text = "there"}, t);
        moved_back.emplace(std::move(t));
    });
    CHECK_FALSE(parcel);
    CHECK_THROWS_AS(moved_back->id(), roam::wrong_context_error);  // moved, not handed over
    CHECK_THROWS_AS(std::move(*moved_back).detach(), roam::wrong_context_error);
    in_another_thread([&] { moved_back.reset(); });

    CHECK(n.stored() == 1);
    CHECK(n.db.counts().leases == 2);  // one made the table
    auto again = n.db.lease();
    CHECK(again.id() != id);  // a foreign thread destroyed the session, which closed it
}

TEST_CASE("D8: detach throws in the old thread while a transaction is open") {
    notes n{1};
    auto s = n.db.lease();
    {
        roam::transaction tx{s};
        CHECK_THROWS_AS(std::move(s).detach(), roam::usage_error);
        roam::insert(note{.text = "goes on"}, s);
        tx.commit();
    }
    s.execute("BEGIN");
    CHECK_THROWS_AS(std::move(s).detach(), roam::usage_error);
    s.execute("COMMIT");
    auto parcel = std::move(s).detach();
    CHECK(parcel.attach().id() != 0);
    CHECK(n.stored() == 1);
}

TEST_CASE("D8: detach throws in the old thread while a stream is open") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    auto s = n.db.lease();
    {
        auto rows = roam::select<note>().stream(s);
        CHECK_THROWS_AS(std::move(s).detach(), roam::session_busy_error);
    }
    CHECK(s);
    auto parcel = std::move(s).detach();
    CHECK(parcel);
}

TEST_CASE("D8: detach throws in the old thread while a statement of the program's own is running") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    roam::insert(note{.text = "b"}, n.db);
    auto s = n.db.lease();
    {
        std::string text;
        soci::statement rows = (s.soci().prepare << "SELECT text FROM note", soci::into(text));
        rows.execute(true);
        CHECK_THROWS_AS(std::move(s).detach(), roam::usage_error);
        CHECK(s);
    }
    CHECK(std::move(s).detach());
}

TEST_CASE("a session goes back with a statement of the program's own running: it is closed") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    roam::insert(note{.text = "b"}, n.db);
    auto s = n.db.lease();
    auto const id = s.id();
    std::string text;
    soci::statement rows = (s.soci().prepare << "SELECT text FROM note", soci::into(text));
    rows.execute(true);
    {
        auto const back = std::move(s);
    }
    CHECK(n.db.counts().closed_lost == 1);
    CHECK(n.db.lease().id() != id);
}

TEST_CASE("a parcel that is destroyed or replaced gives its session back whole") {
    notes n{2};
    auto const counts = [&] { return n.db.counts(); };
    {
        auto const parcel = n.db.lease().detach();
        CHECK(counts().in_use == 1);
    }
    CHECK(counts().in_use == 0);
    {
        auto parcel = n.db.lease().detach();
        parcel = n.db.lease().detach();
        CHECK(counts().in_use == 1);
        auto const moved = std::move(parcel);
        CHECK_FALSE(parcel);
        CHECK_THROWS_AS(parcel.attach(), roam::session_closed_error);
        CHECK(moved);
    }
    in_another_thread([parcel = n.db.lease().detach()] { CHECK(parcel); });
    CHECK(counts().in_use == 0);
    CHECK(counts().closed == 0);
}

TEST_CASE("a second attach throws session_closed_error, and the first goes on") {
    notes n{1};
    auto parcel = n.db.lease().detach();
    auto s = parcel.attach();
    CHECK_THROWS_AS(parcel.attach(), roam::session_closed_error);
    roam::insert(note{}, s);
    CHECK(n.stored() == 1);
}

TEST_CASE("a scope over a session and its cancel handle are void once it is detached") {
    notes n{1};
    auto s = n.db.lease();
    roam::session_scope const here{s};
    auto const cancel = s.canceller();
    auto parcel = std::move(s).detach();
    CHECK_THROWS_AS(roam::insert(note{}), roam::session_closed_error);
    auto t = parcel.attach();
    cancel.cancel();
    CHECK_THROWS_AS(roam::insert(note{}), roam::session_closed_error);
    roam::insert(note{}, t);
    CHECK(n.stored() == 1);
}

TEST_CASE("a pool that runs out names the place of a lease that is detached") {
    notes n{1};
    auto const parcel = n.db.lease().detach();
    auto const e = caught<roam::pool_timeout_error>([&] { n.db.lease(); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("detached_session.cpp"));
}

TEST_CASE("a parcel outlives the last handle of its database") {
    auto n = std::make_unique<notes>(1);
    auto parcel = n->db.lease().detach();
    n->db = roam::database{"sqlite::memory:"};
    auto s = parcel.attach();
    roam::insert(note{}, s);
    CHECK(roam::select<note>().count(s) == 1);
}
