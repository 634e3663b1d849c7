// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/session_scope.hpp>

#include <memory>
#include <optional>
#include <thread>

using namespace roam::test;
using kind = roam::session_event::kind;

TEST_CASE("a scope leases nothing before the first operation, and then holds to its brace") {
    notes n{1};
    {
        roam::session_scope const here{n.db};
        CHECK(n.db.counts().in_use == 0);
        auto a = roam::insert(note{.text = "a"});
        CHECK(n.db.counts().in_use == 1);
        roam::get<note>(a.id);
        CHECK(n.db.counts().leases == 2);  // create_tables was the first
    }
    CHECK(n.db.counts().in_use == 0);
}

TEST_CASE("a scope joins the one around it, and its transaction") {
    notes n{1};
    roam::session_scope outer{n.db};
    auto const id = outer.get().id();
    {
        roam::session_scope inner{n.db};
        CHECK(inner.get().id() == id);
        roam::transaction const tx;
        roam::session_scope innermost{n.db};
        CHECK(innermost.get().id() == id);
        roam::insert(note{.text = "undone"});
    }
    CHECK(roam::select<note>().count() == 0);
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("a scope that leases first for the one around it leaves it the lease") {
    notes n{1};
    roam::session_scope outer{n.db};
    std::uint64_t id = 0;
    {
        roam::session_scope inner{n.db};
        id = inner.get().id();
    }
    CHECK(n.db.counts().in_use == 1);
    CHECK(outer.get().id() == id);
}

TEST_CASE("a separate scope has a session of its own, and scopes inside join that one") {
    notes n{2};
    roam::session_scope outer{n.db};
    auto const id = outer.get().id();
    {
        roam::session_scope own{n.db, roam::separate};
        auto const other = own.get().id();
        CHECK(other != id);
        roam::session_scope inside{n.db};
        CHECK(inside.get().id() == other);
        CHECK(n.db.counts().in_use == 2);
    }
    roam::insert(note{.text = "outer again"});
    CHECK(n.seen->take_with_sessions().back().starts_with(std::to_string(id) + ":"));
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("a scope over a session makes it current, also for scopes on its database") {
    notes n{1};
    auto s = n.db.lease();
    roam::session_scope const here{s};
    roam::insert(note{.text = "a"});
    roam::insert(note{.text = "b"}, n.db);  // one session: a second lease could not be had
    roam::session_scope again{n.db};
    CHECK(again.get().id() == s.id());
    roam::transaction tx{n.db};
    roam::insert(note{.text = "c"});
    tx.commit();
    CHECK(n.stored() == 3);
}

TEST_CASE("the innermost scope is current, whatever database it is on") {
    notes one;
    notes two;
    roam::session_scope const outer{one.db};
    roam::insert(note{.text = "one"});
    {
        roam::session_scope const inner{two.db};
        roam::insert(note{.text = "two"});
        roam::insert(note{.text = "one by name"}, one.db);
        CHECK(one.db.counts().in_use == 1);
    }
    roam::insert(note{.text = "one again"});
    CHECK(one.stored() == 3);
    CHECK(two.stored() == 1);
}

TEST_CASE("scopes may end in any order, and the lease ends with the last of those that share it") {
    notes n{1};
    std::optional<roam::session_scope> outer{std::in_place, n.db};
    std::optional<roam::session_scope> inner{std::in_place, n.db};
    SECTION("leased before") { roam::insert(note{.text = "a"}); }
    SECTION("leased after") {}
    outer.reset();
    roam::insert(note{.text = "b"});
    CHECK(n.db.counts().in_use == 1);
    std::optional<roam::session_scope> third{std::in_place, n.db};
    inner.reset();
    roam::insert(note{.text = "c"});
    CHECK(n.db.counts().in_use == 1);
    third.reset();
    CHECK(n.db.counts().in_use == 0);
    CHECK_THROWS_AS(roam::insert(note{.text = "d"}), roam::no_session_error);
}

TEST_CASE("a scope inside one over a session is closed with it") {
    notes n{1};
    auto s = std::make_unique<roam::session>(n.db.lease());
    std::optional<roam::session_scope> outer{std::in_place, *s};
    roam::session_scope const inner{n.db};
    roam::insert(note{.text = "a"});
    outer.reset();
    s.reset();
    CHECK_THROWS_AS(roam::insert(note{.text = "b"}), roam::session_closed_error);
}

TEST_CASE("scopes of a closed database refuse to lease, those that have a session go on") {
    notes n{2};
    roam::session_scope const held{n.db};
    roam::insert(note{.text = "a"});
    n.db.close();
    roam::insert(note{.text = "b"});
    roam::session_scope const own{n.db, roam::separate};
    CHECK_THROWS_AS(roam::insert(note{.text = "c"}), roam::pool_closed_error);
    CHECK(n.stored() == 2);
}

TEST_CASE("the first program runs with a pool of one") {
    notes n{1};
    note b;
    {
        roam::session_scope const here{n.db};
        b = roam::insert(note{.text = "The Dispossessed", .count = 3});
    }
    std::thread{[&, b]() mutable {
        roam::session_scope const there{n.db};
        b.count -= 1;
        roam::update(b);
    }}.join();
    roam::session_scope const again{n.db};
    CHECK(roam::get<note>(b.id).count == 2);
    CHECK(n.db.counts().opened == 1);
}

TEST_CASE("whoever waits for a thread while a scope holds the only session is told where it is") {
    notes n{1};
    roam::session_scope const here{n.db};
    auto const line = __LINE__ - 1;
    roam::insert(note{.text = "a"});
    std::optional<roam::pool_timeout_error> e;
    in_another_thread([&] {
        roam::session_scope const there{n.db};
        e = caught<roam::pool_timeout_error>([] { roam::insert(note{.text = "b"}); });
    });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("session_scope.cpp:" + std::to_string(line)));
}

TEST_CASE("a scope that ends in another thread gives its lease up and is reported to the first") {
    notes n{2};
    std::unique_ptr<roam::session_scope> scope{new roam::session_scope{n.db}};
    roam::insert(note{.text = "a"});
    n.seen->take_events();
    in_another_thread([&] { scope.reset(); });
    CHECK(n.seen->take_events() == std::vector{kind::scope_crossed, kind::returned, kind::closed});
    CHECK(n.db.counts().size == 0);
    auto const e = caught<roam::wrong_context_error>([] { roam::insert(note{.text = "b"}); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("session_scope.cpp"));
    CHECK_THROWS_AS(roam::insert(note{.text = "c"}), roam::no_session_error);
    roam::session_scope const fresh{n.db};
    roam::insert(note{.text = "d"});
    CHECK(n.stored() == 2);
}

TEST_CASE("scopes inside one that ended in another thread are refused to their end") {
    notes n{2};
    auto outer = std::make_unique<roam::session_scope>(n.db);
    auto inner = std::make_unique<roam::session_scope>(n.db);
    roam::insert(note{.text = "a"});
    in_another_thread([&] { outer.reset(); });
    CHECK_THROWS_AS(roam::insert(note{.text = "b"}), roam::wrong_context_error);
    CHECK_THROWS_AS(roam::insert(note{.text = "c"}), roam::wrong_context_error);
    inner.reset();
    CHECK_THROWS_AS(roam::insert(note{.text = "d"}), roam::wrong_context_error);
    CHECK_THROWS_AS(roam::insert(note{.text = "e"}), roam::no_session_error);
    CHECK(n.stored() == 1);
}

TEST_CASE("a transaction that ends in another thread takes the session with it") {
    notes n{2};
    roam::session_scope const outer{n.db};
    auto tx = std::make_unique<roam::transaction>(n.db);
    roam::insert(note{.text = "undone"});
    in_another_thread([&] { tx.reset(); });
    // Anything that ran here now would be inside a transaction that nobody is going to commit.
    CHECK_THROWS_AS(roam::insert(note{.text = "b"}), roam::wrong_context_error);
    CHECK_THROWS_AS(roam::insert(note{.text = "c"}), roam::wrong_context_error);
    CHECK(n.stored() == 0);
}

TEST_CASE("a stream that is open when its scope ends keeps the lease to its own end") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    std::optional<roam::session_scope> here{std::in_place, n.db};
    std::optional stream = roam::select<note>().stream();
    here.reset();
    CHECK(n.db.counts().in_use == 1);
    CHECK(stream->begin()->text == "a");
    stream.reset();
    CHECK(n.db.counts().in_use == 0);
}
