// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/target.hpp>

#include <string>

using namespace roam::test;

namespace {

/// On which session the last statement ran.
std::uint64_t last_session(notes& n) { return std::stoull(n.seen->take_with_sessions().back()); }

}  // namespace

TEST_CASE("an explicit argument wins over every scope, whichever form it has") {
    notes n{5};
    auto s = n.db.lease();
    roam::session_scope other{n.db};
    auto const other_id = other.get().id();
    roam::session_scope const current{n.db, roam::separate};
    roam::insert(note{.text = "current"});
    auto const current_id = last_session(n);
    CHECK(current_id != s.id());
    CHECK(current_id != other_id);

    roam::insert(note{.text = "a session"}, s);
    CHECK(last_session(n) == s.id());
    roam::insert(note{.text = "a scope"}, other);
    CHECK(last_session(n) == other_id);
    {
        roam::transaction tx{s};
        roam::session_scope const inner{n.db, roam::separate};
        roam::insert(note{.text = "a transaction"}, tx);
        CHECK(last_session(n) == s.id());
    }
    roam::insert(note{.text = "the innermost again"});
    CHECK(last_session(n) == current_id);
}

TEST_CASE("a database as argument means the caller's scope on it, else a lease for one operation") {
    notes n{2};
    auto const held = n.db.lease();
    roam::insert(note{.text = "alone"}, n.db);
    CHECK(n.db.counts().in_use == 1);
    CHECK(n.db.counts().idle == 1);
    {
        roam::session_scope here{n.db};
        auto const id = here.get().id();
        notes other;
        roam::session_scope const nearer{other.db};
        roam::insert(note{.text = "in the scope"}, n.db);
        CHECK(last_session(n) == id);
        CHECK(n.db.counts().in_use == 2);
    }
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("a lease for one operation is given back also when the operation fails") {
    notes n{1};
    auto a = roam::insert(note{.text = "a"}, n.db);
    CHECK_THROWS_AS(roam::insert(a, roam::keep_key, n.db), roam::unique_error);
    CHECK_THROWS_AS(roam::raw("no SQL at all").run(n.db), roam::statement_error);
    CHECK_THROWS_AS(roam::get<note>(12345, n.db), roam::not_found_error);
    CHECK(n.db.counts().idle == 1);
    CHECK(n.db.counts().opened == 1);
}

TEST_CASE("a stream on a database holds its lease to its end") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    {
        auto stream = roam::select<note>().stream(n.db);
        CHECK(n.db.counts().in_use == 1);
    }
    CHECK(n.db.counts().in_use == 0);
    for (auto const& each : roam::select<note>().stream(n.db)) {
        CHECK(each.text == "a");
    }
    CHECK(n.db.counts().in_use == 0);
}

TEST_CASE("the place of a call is in its error") {
    notes n{1};
    auto const line = __LINE__ + 1;
    auto const e = caught<roam::error>([&] { roam::raw("DELETE FROM nowhere").run(n.db); });
    REQUIRE(e);
    CHECK(e->location().line() == unsigned(line));
    CHECK_THAT(e->location().file_name(), Contains("target.cpp"));
}
