// SPDX-License-Identifier: MIT
// One session, transaction, scope or guard that threads share by mistake, whatever they call: each
// trespasser is told in every single call, and whoever owns the session never notices.
#include "fixture.hpp"
#include <roam/threads.hpp>

using namespace roam::test;

namespace {

using trespass = std::function<void(roam::session&)>;

/// Every way into a session.
std::vector<trespass> all_calls() {
    using roam::session;
    return {
        [](session& s) { roam::insert(employee{.email = "trespasser"}, s); },
        [](session& s) { roam::insert(std::vector<employee>(3), s); },
        [](session& s) { roam::find<employee>(1, s); },
        [](session& s) { roam::select<employee>().all(s); },
        [](session& s) { roam::select<employee>().count(s); },
        [](session& s) { roam::select<employee>().stream(s); },
        [](session& s) {
            roam::update<employee>()
                .set(roam::col<&employee::visits> = -1)
                .where(roam::col<&employee::id> > 0)
                .run(s);
        },
        [](session& s) { roam::raw("DELETE FROM employee").run(s); },
        [](session& s) { s.execute("DELETE FROM employee"); },
        [](session& s) { roam::transaction{s}; },
        [](session& s) { roam::transact(s, [] { roam::insert(employee{}); }); },
        [](session& s) {
            roam::session_scope const here{s};
            roam::insert(employee{});
        },
        [](session& s) { roam::create_tables<employee>(s); },
        [](session& s) { std::move(s).detach(); },
        [](session& s) { s.set_statement_timeout(std::chrono::milliseconds{1}); },
        [](session& s) { s.canceller(); },
        [](session& s) { s.dialect(); },
        [](session& s) { s.in_transaction(); },
        [](session& s) { s.id(); },
        [](session& s) { s.soci(); },
        [](session& s) { s.native_handle(); },
    };
}

/// Three threads call `calls` on what `shared` answers while `own` runs again and again. Answers
/// how many calls were not refused with wrong_context_error.
template <class Shared, class Own>
std::size_t not_refused(std::vector<trespass> const& calls, Shared shared, Own own) {
    auto const rounds = scaled(20'000, 20);
    std::atomic<int> trespassers = 3;
    std::atomic<std::size_t> wrong = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            std::mt19937 random{static_cast<unsigned>(i)};
            for (std::size_t k = 0; k < rounds; ++k) {
                try {
                    calls[random() % calls.size()](shared());
                    ++wrong;
                } catch (roam::wrong_context_error const&) {
                } catch (...) {
                    ++wrong;
                }
            }
            --trespassers;
        });
    }
    do {
        own();
    } while (trespassers > 0);
    return wrong;
}

}  // namespace

TEST_CASE(
    "a session shared by mistake refuses each call of each other thread, beside its owner's") {
    company c{2};
    auto s = c.db.lease();
    std::int64_t mine = 0;
    auto const own = [&] {
        roam::transaction tx{s};
        auto e = roam::insert(employee{.email = "owner"}, s);
        e.visits = 1;
        roam::update(e, s);
        tx.commit();
        ++mine;
    };
    CHECK(not_refused(all_calls(), [&]() -> roam::session& { return s; }, own) == 0);
    CHECK(roam::select<employee>().where(roam::col<&employee::visits> == 1).count(c.outside) ==
          mine);
    CHECK(roam::select<employee>().count(c.outside) == mine);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE(
    "D17: a transaction, a scope and a guard shared by mistake refuse each call the same way") {
    company c{3};
    std::int64_t mine = 0;
    {
        roam::transaction tx{c.db};
        auto calls = all_calls();
        calls.push_back([&](roam::session&) { tx.commit(); });
        calls.push_back([&](roam::session&) { tx.rollback(); });
        CHECK(not_refused(
                  calls, [&]() -> roam::session& { return tx; },
                  [&] { roam::insert(employee{}), ++mine; }) == 0);
        CHECK(tx.is_open());
        tx.commit();
    }
    {
        roam::session_scope here{c.db};
        CHECK(not_refused(
                  all_calls(), [&]() -> roam::session& { return here; },
                  [&] { roam::insert(employee{}), ++mine; }) == 0);
    }
    {
        roam::locked_session locked{c.db};
        auto guard = locked.lock();
        CHECK(not_refused(
                  all_calls(), [&]() -> roam::session& { return guard; },
                  [&] { roam::insert(employee{}, guard), ++mine; }) == 0);
    }
    CHECK(roam::select<employee>().count(c.outside) == mine);
    CHECK(c.seen->foreign() == 0);
    CHECK(c.db.counts().in_use == 0);
}

TEST_CASE("D17: a session that was given back refuses every call, whoever has its connection now") {
    company c{1};
    auto s = c.db.lease();
    auto const handle = s.canceller();
    auto gone = std::optional{std::move(s).detach()};
    gone.reset();
    auto const next = c.db.lease();
    handle.cancel();  // reaches nobody
    std::size_t refused = 0;
    for (auto const& call : all_calls())
        refused += throws<roam::session_closed_error>([&] { call(s); });
    CHECK(refused == all_calls().size());
    CHECK(next.id() != 0);
}
