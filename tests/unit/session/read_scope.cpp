// SPDX-License-Identifier: MIT
// What a read scope sends, and whose it is; tests/conformance/read_scope.cpp has what it is for.
#include "fixture.hpp"

#include <support/contexts.hpp>

#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

namespace {

std::string const find_note = "SELECT \"id\", \"text\", \"count\" FROM \"note\" WHERE \"id\" = ?";

}  // namespace

TEST_CASE("D40: a read scope sends one BEGIN and one ROLLBACK around all its reads") {
    notes n{1};
    {
        roam::read_scope const here{n.db};
        roam::find<note>(1);
        roam::find<note>(2);
    }
    CHECK(n.seen->take() ==
          texts{"BEGIN DEFERRED /* read only */", find_note, find_note, "ROLLBACK"});
}

TEST_CASE("D40: a read scope that joins another sends nothing of its own") {
    notes n{1};
    {
        roam::read_scope const here{n.db};
        roam::read_scope const again{n.db};
        roam::read_scope const current;
    }
    CHECK(n.seen->take() == texts{"BEGIN DEFERRED /* read only */", "ROLLBACK"});
}

TEST_CASE("D40: a renewal begins anew, and a scope that expired has let its snapshot go") {
    notes n{1};
    for (auto const then : {roam::when_expired::renew, roam::when_expired::fail}) {
        bool failed = false;
        {
            roam::read_scope const here{n.db, {.max_age = 10ms, .then = then}};
            std::this_thread::sleep_for(20ms);
            failed =
                caught<roam::read_scope_expired_error>([] { roam::find<note>(1); }).has_value();
        }
        auto sent = n.seen->take();
        CHECK(failed == (then == roam::when_expired::fail));
        std::erase(sent, find_note);
        texts expected{"BEGIN DEFERRED /* read only */", "ROLLBACK"};
        if (!failed)
            expected.insert(expected.end(), {expected[0], expected[1]});
        CHECK(sent == expected);
    }
}

TEST_CASE("D40: a read scope keeps SQLite from emptying its WAL, and an expired one does not") {
    notes n{2};
    auto const impatient = n.where.url() + "?busy_timeout=20";
    roam::database const checkpointer{impatient, notes::options_of(1)};
    auto const is_held = [&] {
        roam::insert(note{}, checkpointer);
        // busy, frames in the log, frames of it in the file
        return roam::raw<std::tuple<int, int, int>>("PRAGMA wal_checkpoint(TRUNCATE)")
                   .one(checkpointer) != std::tuple{0, 0, 0};
    };
    roam::read_scope const here{n.db, {.max_age = 250ms}};
    roam::find<note>(1);
    CHECK(is_held());
    std::this_thread::sleep_for(250ms);
    CHECK_THROWS_AS(roam::find<note>(1), roam::read_scope_expired_error);
    CHECK_FALSE(is_held());
}

TEST_CASE("D6: a read scope that ends in another context is reported, and its session closed") {
    notes n{1};
    switched_contexts const fibers;
    roam::context first;
    roam::context second;
    std::optional<roam::read_scope> here;
    {
        becoming const one{first};
        here.emplace(n.db);
        roam::find<note>(1);
    }
    {
        becoming const other{second};
        here.reset();
    }
    CHECK(n.db.counts().closed == 1);
    becoming const one{first};
    CHECK_THROWS_AS(roam::find<note>(1), roam::wrong_context_error);
}
