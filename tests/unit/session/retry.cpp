// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/retry.hpp>

#include <atomic>
#include <stdexcept>
#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using events = std::vector<roam::session_event::kind>;

namespace {

constexpr auto leased = roam::session_event::kind::leased;
constexpr auto returned = roam::session_event::kind::returned;

/// As many attempts as the test wants, without waiting between them.
roam::retry_policy at_most(unsigned attempts) {
    return {.attempts = attempts, .first_wait = 0ms, .longest_wait = 0ms};
}

/// How often a closure that fails with this error is run by a policy of three attempts.
template <class E>
int runs_when_failing_with(roam::target on, E const& e) {
    int runs = 0;
    CHECK_THROWS_AS(roam::transact(on, at_most(3),
                                   [&] {
                                       ++runs;
                                       throw e;
                                   }),
                    E);
    return runs;
}

}  // namespace

TEST_CASE("transact commits, and answers what the closure returned") {
    notes n{1};
    auto const made =
        roam::transact(n.db, [](roam::transaction& tx) { return roam::insert(note{}, tx); });
    CHECK(roam::find<note>(made.id, n.db));
    roam::transact(n.db, [] { roam::insert(note{}); });
    CHECK(n.stored() == 2);
    CHECK(n.db.counts().idle == 1);
}

TEST_CASE("transact begins as its policy says") {
    notes n{1};
    CHECK_THROWS_AS(roam::transact(n.db, {.begin = {.read_only = true}},
                                   [] { roam::insert(note{.text = "refused"}); }),
                    roam::permission_error);
    CHECK(n.stored() == 0);
}

TEST_CASE("D37: a transient error repeats the whole closure, each time on a fresh lease") {
    notes n{1};
    int runs = 0;
    roam::transact(n.db, at_most(3), [&] {
        roam::insert(note{.text = std::to_string(++runs)});
        if (runs < 3)
            throw roam::serialization_error{"somebody was first"};
    });
    CHECK(runs == 3);
    CHECK(roam::select<note>().one(n.db).text == "3");
    auto const seen = n.seen->take_events();
    CHECK(events(seen.begin(), seen.begin() + 6) ==
          events{leased, returned, leased, returned, leased, returned});
}

TEST_CASE("D37: transient errors and links that are lost or cannot be made are repeated") {
    notes n{1};
    CHECK(runs_when_failing_with(n.db, roam::transient_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::deadlock_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::serialization_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::busy_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::statement_invalidated_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::connection_lost_error{"x"}) == 3);
    CHECK(runs_when_failing_with(n.db, roam::connection_error{"x"}) == 3);
}

TEST_CASE("D37: what may have been committed, or can never succeed, is not repeated") {
    notes n{1};
    CHECK(runs_when_failing_with(n.db, roam::commit_in_doubt_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::transient_error{"x", {.sqlstate = "40003"}}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::unique_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::constraint_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::usage_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::timeout_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::cancelled_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::pool_timeout_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, roam::transaction_failed_error{"x"}) == 1);
    CHECK(runs_when_failing_with(n.db, std::runtime_error{"x"}) == 1);
}

TEST_CASE("D3: a repeated insert sends no key of the attempt that failed") {
    notes n{2};
    note mine{.text = "mine"};
    std::int64_t first = 0;
    roam::transact(n.db, at_most(2), [&] {
        roam::insert(mine);
        if (first == 0) {
            first = mine.id;
            throw roam::serialization_error{"x"};
        }
    });
    CHECK(first != 0);
    CHECK(n.stored() == 1);
    CHECK(roam::find<note>(mine.id, n.db) == mine);
}

TEST_CASE("D3: a unique_error on a kept key is not repeated") {
    notes n{1};
    note mine = roam::insert(note{}, n.db);
    int runs = 0;
    CHECK_THROWS_AS(roam::transact(n.db,
                                   [&] {
                                       ++runs;
                                       roam::insert(mine, roam::keep_key);
                                   }),
                    roam::unique_error);
    CHECK(runs == 1);
}

TEST_CASE("D3: restored records begin each attempt as they were") {
    notes n{1};
    note const before = roam::insert(note{.text = "before", .count = 1}, n.db);
    note changed = before;
    std::vector<note> list{before};
    std::vector<note> at_begin;
    roam::transact(n.db, at_most(3), roam::restoring(changed, list), [&] {
        at_begin.push_back(changed);
        changed.count += 1;
        list.push_back(changed);
        roam::update(changed);
        if (at_begin.size() < 3)
            throw roam::deadlock_error{"x"};
    });
    CHECK(at_begin == std::vector<note>{before, before, before});
    CHECK(changed.count == 2);
    CHECK(list.size() == 2);
    CHECK(roam::find<note>(before.id, n.db) == changed);
}

TEST_CASE("D3: restored records are put back when transact fails, whatever was thrown") {
    notes n{1};
    note const before = roam::insert(note{.text = "before"}, n.db);
    note mine = before;
    auto const change_and_throw = [&](auto e) {
        return [&, e] {
            mine.text = "changed";
            roam::update(mine);
            throw e;
        };
    };
    CHECK_THROWS_AS(roam::transact(n.db, at_most(2), roam::restoring(mine),
                                   change_and_throw(roam::busy_error{"x"})),
                    roam::busy_error);
    CHECK(mine == before);
    CHECK_THROWS_AS(
        roam::transact(n.db, roam::restoring(mine), change_and_throw(std::runtime_error{"x"})),
        std::runtime_error);
    CHECK(mine == before);
    CHECK_THROWS_AS(roam::transact(n.db, roam::restoring(mine), change_and_throw(7)), int);
    CHECK(mine == before);
    CHECK(roam::find<note>(before.id, n.db) == before);
}

TEST_CASE("inside a transaction transact is a savepoint of one attempt, and the outer repeats") {
    notes n{1};
    int outer_runs = 0;
    int inner_runs = 0;
    roam::transact(n.db, at_most(3), [&] {
        ++outer_runs;
        roam::insert(note{.text = "outer"});
        CHECK_THROWS_AS(roam::transact(n.db, at_most(3),
                                       [] {
                                           roam::insert(note{.text = "undone"});
                                           throw std::runtime_error{"x"};
                                       }),
                        std::runtime_error);
        roam::transact(n.db, at_most(3), [&] {
            roam::insert(note{.text = "inner"});
            if (++inner_runs == 1)
                throw roam::serialization_error{"x"};
        });
    });
    CHECK(outer_runs == 2);
    CHECK(inner_runs == 2);
    std::vector<std::string> texts;
    for (auto const& each : roam::select<note>().order_by(roam::col<&note::id>).all(n.db))
        texts.push_back(each.text);
    CHECK(texts == std::vector<std::string>{"outer", "inner"});
}

TEST_CASE("a transaction that the program began by SQL counts as an outer one") {
    notes n{1};
    auto s = n.db.lease();
    s.execute("BEGIN");
    CHECK(runs_when_failing_with(s, roam::busy_error{"x"}) == 1);
    CHECK(s.in_transaction());
}

TEST_CASE("transact on a session, in a scope and by default runs where a transaction would") {
    notes n{2};
    int runs = 0;
    auto const once_busy = [&] {
        roam::insert(note{});
        if (++runs % 2 == 1)
            throw roam::busy_error{"x"};
    };
    {
        roam::session_scope const here{n.db};
        roam::transact(once_busy);
        roam::transact(n.db, once_busy);
        roam::transact(roam::restoring(), once_busy);
    }
    CHECK(n.seen->take_events() == events{leased, returned});
    auto s = n.db.lease();
    roam::transact(s, once_busy);
    CHECK(n.db.counts().leases == 2 + 1);  // the first one made the table
    roam::set_default_database(n.db);
    roam::transact(once_busy);
    roam::clear_default_database();
    CHECK(runs == 10);
    CHECK_THROWS_AS(roam::transact(once_busy), roam::no_session_error);
    CHECK(n.stored() == 5);
}

TEST_CASE("a lost link is not repeated on a session that the caller holds") {
    notes n{1};
    auto s = n.db.lease();
    CHECK(runs_when_failing_with(s, roam::connection_lost_error{"x"}) == 1);
    roam::session_scope const here{s};
    CHECK(runs_when_failing_with({}, roam::connection_lost_error{"x"}) == 1);
}

TEST_CASE("a closure that rolls back gives up without an error") {
    notes n{1};
    int const answer = roam::transact(n.db, [](roam::transaction& tx) {
        roam::insert(note{});
        tx.rollback();
        return 7;
    });
    CHECK(answer == 7);
    CHECK(n.stored() == 0);
}

TEST_CASE("a closure that committed by itself is not repeated, whatever it throws then") {
    notes n{1};
    int runs = 0;
    CHECK_THROWS_AS(roam::transact(n.db, at_most(3),
                                   [&](roam::transaction& tx) {
                                       ++runs;
                                       roam::insert(note{});
                                       tx.commit();
                                       throw roam::busy_error{"x"};
                                   }),
                    roam::busy_error);
    CHECK(runs == 1);
    CHECK(n.stored() == 1);
}

TEST_CASE("a write lock that another connection holds on SQLite is awaited attempt by attempt") {
    notes n{1};
    roam::database_options options = notes::options_of(1);
    options.watch = n.seen;
    roam::database const impatient{n.where.url() + "?busy_timeout=0", options};
    auto holder = n.db.lease();
    holder.execute("BEGIN IMMEDIATE");
    n.seen->take();
    std::atomic<bool> written = false;
    std::thread writer{[&] {
        roam::transact(impatient, {.attempts = 10'000, .deadline = 60s, .longest_wait = 5ms},
                       [] { roam::insert(note{.text = "after all"}); });
        written = true;
    }};
    int begins = 0;
    CHECK(soon_true([&] {
        for (auto const& sql : n.seen->take())
            begins += sql == "BEGIN IMMEDIATE";
        return begins >= 3;
    }));
    CHECK_FALSE(written);
    holder.execute("ROLLBACK");
    writer.join();
    CHECK(n.stored() == 1);
}

TEST_CASE("no attempt begins after the deadline, and the last error is thrown") {
    notes n{1};
    int runs = 0;
    auto const start = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(
        roam::transact(
            n.db, {.attempts = 1'000'000, .deadline = 30ms, .first_wait = 1ms, .longest_wait = 1ms},
            [&] {
                ++runs;
                throw roam::busy_error{"x"};
            }),
        roam::busy_error);
    CHECK(runs > 1);
    CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("a stop ends the wait at once; stopped before, transact runs nothing") {
    notes n{1};
    std::stop_source stop;
    int runs = 0;
    // Waits of up to an hour: only the stop can end this test.
    roam::retry_policy const policy{.attempts = 1000,
                                    .deadline = 0ms,
                                    .first_wait = 1h,
                                    .longest_wait = 1h,
                                    .stop = stop.get_token()};
    std::thread stopper;
    auto const busy = [&] {
        if (++runs == 1) {
            stopper = std::thread{[&] {
                std::this_thread::sleep_for(20ms);
                stop.request_stop();
            }};
        }
        throw roam::busy_error{"x"};
    };
    CHECK_THROWS_AS(roam::transact(n.db, policy, busy), roam::cancelled_error);
    stopper.join();
    CHECK(runs == 1);
    CHECK_THROWS_AS(roam::transact(n.db, policy, busy), roam::cancelled_error);
    CHECK(runs == 1);
    CHECK(n.db.counts().in_use == 0);
}

TEST_CASE("a policy that cannot work is refused before anything runs") {
    notes n{1};
    int runs = 0;
    auto const work = [&] { ++runs; };
    CHECK_THROWS_AS(roam::transact(n.db, at_most(0), work), roam::usage_error);
    CHECK_THROWS_AS(roam::transact(n.db, {.first_wait = -1ms}, work), roam::usage_error);
    CHECK_THROWS_AS(roam::transact(n.db, {.longest_wait = -1ms}, work), roam::usage_error);
    CHECK_THROWS_AS(roam::transact(n.db, {.deadline = -1ms}, work), roam::usage_error);
    CHECK(runs == 0);
}
