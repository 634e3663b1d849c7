// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/context.hpp>

#include <support/contexts.hpp>

#include <optional>
#include <set>
#include <thread>

using namespace roam::test;

TEST_CASE("a thread has one context, with an identity that no other thread ever had") {
    auto const mine = roam::current_context().identity();
    CHECK(roam::current_context().identity() == mine);
    std::set<std::uint64_t> seen{mine};
    for (int i = 0; i < 20; ++i) {
        // One after the other, so that the system uses its thread ids again.
        in_another_thread([&] { seen.insert(roam::current_context().identity()); });
    }
    CHECK(seen.size() == 21);
}

TEST_CASE("a context provider decides who is calling, until it is taken away") {
    auto const thread = roam::current_context().identity();
    {
        switched_contexts const provider;
        roam::context fiber;
        becoming const now{fiber};
        CHECK(roam::current_context().identity() == fiber.identity());
        CHECK(fiber.identity() != thread);
    }
    CHECK(roam::current_context().identity() == thread);
}

TEST_CASE("two contexts on one thread have scopes and sessions of their own") {
    notes n{2};
    switched_contexts const provider;
    roam::context first;
    roam::context second;
    std::optional<roam::session_scope> one;
    std::optional<roam::session_scope> two;
    std::uint64_t id = 0;
    {
        becoming const now{first};
        one.emplace(n.db);
        id = one->get().id();
    }
    {
        becoming const now{second};
        CHECK_THROWS_AS(roam::find<note>(1), roam::no_session_error);
        CHECK_THROWS_AS(one->get(), roam::wrong_context_error);
        two.emplace(n.db);
        CHECK(two->get().id() != id);
    }
    {
        becoming const now{first};
        roam::insert(note{.text = "first"});
        CHECK(n.seen->take_with_sessions().at(0).starts_with(std::to_string(id) + ": INSERT"));
        one.reset();
    }
    becoming const now{second};
    two.reset();
    CHECK(n.db.counts().idle == 2);
}

TEST_CASE("a context follows its fiber to another thread, with the session it owns") {
    notes n{1};
    switched_contexts const provider;
    roam::context fiber;
    std::optional<roam::session_scope> scope;
    {
        becoming const now{fiber};
        scope.emplace(n.db);
        roam::insert(note{.text = "before"});
    }
    in_another_thread([&] {
        becoming const now{fiber};
        roam::insert(note{.text = "after"});
        scope.reset();
    });
    CHECK(n.stored() == 2);
    CHECK(n.db.counts().idle == 1);
}

TEST_CASE("a context that ends before its scope leaves a scope that can still be destroyed") {
    notes n{1};
    std::optional<roam::session_scope> scope;
    in_another_thread([&] {
        scope.emplace(n.db);
        roam::insert(note{.text = "a"});
    });
    CHECK(n.db.counts().in_use == 0);
    scope.reset();
    CHECK(n.db.counts().size == n.db.counts().idle);
    CHECK(n.stored() == 1);
    roam::insert(note{.text = "b"}, n.db);
    CHECK(n.stored() == 2);
}
