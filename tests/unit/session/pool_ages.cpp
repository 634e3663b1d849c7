// SPDX-License-Identifier: MIT
// What a pool does with time. The clock is a test's own, so nothing here waits.
#include "fixture.hpp"
#include <roam/session/limit.hpp>

#include <support/hand_clock.hpp>

#include <atomic>
#include <numeric>
#include <set>
#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using kind = roam::session_event::kind;

namespace {

struct aged : notes {
    explicit aged(roam::database_options options, std::shared_ptr<hand_clock> c)
        : notes((options.time = c, options.tend_every = 0ms, options.acquire_timeout = 100ms,
                 std::move(options))),
          clock(std::move(c)) {}
    explicit aged(roam::database_options options)
        : aged(std::move(options), std::make_shared<hand_clock>()) {}

    /// Opens so many connections and gives them back.
    void open(std::size_t count) const {
        std::vector<roam::session> held;
        while (held.size() < count)
            held.push_back(db.lease());
    }
    bool adds_up() const {
        auto const c = db.counts();
        return c.idle + c.in_use + c.opening == c.size &&
               c.opened - c.closed == c.idle + c.in_use &&
               c.closed_idle + c.closed_old + c.closed_lost + c.closed_at_end == c.closed &&
               std::accumulate(c.waits.begin(), c.waits.end(), std::uint64_t{0}) == c.leases;
    }
    std::shared_ptr<hand_clock> clock;
};

}  // namespace

TEST_CASE("P11: connections that nobody uses are closed down to min_idle") {
    aged a{{.max_sessions = 5, .min_idle = 2, .idle_timeout = 10s}};
    a.open(5);
    a.clock->pass(9s);
    a.db.tend();
    CHECK(a.db.counts().idle == 5);
    a.clock->pass(2s);
    a.db.tend();
    CHECK(a.db.counts().idle == 2);
    CHECK(a.db.counts().closed_idle == 3);
    CHECK(a.adds_up());
}

TEST_CASE("P11: min_idle connections are opened before anybody asks, and after some were lost") {
    aged a{{.max_sessions = 4, .min_idle = 3, .max_lifetime = 60s}};
    a.db.tend();
    CHECK(a.db.counts().idle == 3);
    a.clock->pass(61s);
    a.db.tend();
    auto const c = a.db.counts();
    CHECK(c.idle == 3);
    CHECK(c.closed_old == 3);
    CHECK(c.opened == 6);
    CHECK(a.adds_up());
}

TEST_CASE("P11: beyond max_idle a connection that comes back is closed") {
    aged a{{.max_sessions = 5, .max_idle = 2}};
    a.open(5);
    CHECK(a.db.counts().idle == 2);
    CHECK(a.db.counts().closed_idle == 3);
    CHECK(a.adds_up());
}

TEST_CASE(
    "P11: an old connection is closed when it comes back or before it is leased, never in use") {
    aged a{{.max_sessions = 2, .max_lifetime = 100s}};
    std::optional<roam::session> held = a.db.lease();
    auto const first = held->id();
    a.clock->pass(101s);
    a.db.tend();
    held->execute("SELECT 1");  // its owner goes on
    held.reset();
    CHECK(a.db.counts().closed_old == 1);
    CHECK(a.db.counts().idle == 0);
    CHECK(a.db.lease().id() != first);
    a.clock->pass(101s);
    CHECK(a.db.lease());
    CHECK(a.db.counts().closed_old == 2);
    CHECK(a.adds_up());
}

TEST_CASE("P11: connections do not all grow old at once") {
    aged a{{.max_sessions = 20, .max_lifetime = 1000s}};
    a.open(20);
    a.clock->pass(899s);
    a.db.tend();
    CHECK(a.db.counts().closed_old == 0);
    a.clock->pass(51s);  // half of the last tenth
    a.db.tend();
    auto const some = a.db.counts().closed_old;
    CHECK(some > 0);
    CHECK(some < 20);
    a.clock->pass(51s);
    a.db.tend();
    CHECK(a.db.counts().closed_old == 20);
}

TEST_CASE("P14: a lease that lasts too long is reported once, with the place where it was taken") {
    struct overdue_watch : roam::observer {
        void session(roam::session_event const& e) override {
            if (e.what == kind::overdue)
                seen.emplace_back(e.session, e.where.line());
        }
        std::vector<std::pair<std::uint64_t, unsigned>> seen;
    };
    place const where;
    auto const clock = std::make_shared<hand_clock>();
    auto const watch = std::make_shared<overdue_watch>();
    roam::database const db = where.open(
        {.max_sessions = 2, .leak_after = 30s, .tend_every = 0ms, .time = clock, .watch = watch});
    unsigned const line = __LINE__ + 1;
    auto const held = db.lease();
    clock->pass(29s);
    db.tend();
    CHECK(watch->seen.empty());
    clock->pass(2s);
    db.tend();
    db.tend();
    CHECK(watch->seen == std::vector{std::pair{held.id(), line}});
}

TEST_CASE("P3: a stop ends the wait for a session, takes nothing and leaves no one in line") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::hours{1};
    notes n{options};
    auto const held = n.db.lease();
    std::stop_source stop;
    std::optional<roam::cancelled_error> e;
    std::thread waiting{[&] {
        e = caught<roam::cancelled_error>(
            [&] { roam::select<note>().all(roam::limit(n.db, stop.get_token())); });
    }};
    CHECK(soon_true([&] { return n.db.counts().waiting == 1; }));
    stop.request_stop();
    waiting.join();
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("awaited"));
    CHECK(n.db.counts().waiting == 0);
    CHECK(n.db.counts().in_use == 1);
}

TEST_CASE("P3: close() wakes all who wait, with their own error") {
    auto options = notes::options_of(1);
    options.acquire_timeout = std::chrono::hours{1};
    notes n{options};
    std::optional<roam::session> held = n.db.lease();
    std::atomic<int> refused = 0;
    std::vector<std::jthread> line;
    for (int i = 0; i < 3; ++i) {
        line.emplace_back(
            [&] { refused += caught<roam::pool_closed_error>([&] { n.db.lease(); }).has_value(); });
    }
    CHECK(soon_true([&] { return n.db.counts().waiting == 3; }));
    n.db.close();
    line.clear();
    CHECK(refused == 3);
}

TEST_CASE(
    "P13: after a failed attempt to connect others fail at once with its cause, for a while") {
    auto const clock = std::make_shared<hand_clock>();
    roam::database const db{"sqlite:/no/such/folder/x.db",
                            {.connect_backoff = 100ms, .time = clock}};
    auto const first = caught<roam::connection_error>([&] { db.lease(); });
    REQUIRE(first);
    auto const again = caught<roam::connection_error>([&] { db.lease(); });
    REQUIRE(again);
    CHECK_THAT(again->what(), Contains(first->what()));
    CHECK_THAT(again->what(), Contains("again in 100 ms"));
    clock->pass(100ms);
    auto const real = caught<roam::connection_error>([&] { db.lease(); });
    REQUIRE(real);
    CHECK_THAT(real->what(), !Contains("again in"));
    auto const longer = caught<roam::connection_error>([&] { db.lease(); });
    REQUIRE(longer);
    CHECK_THAT(longer->what(), Contains("again in 200 ms"));
    auto const c = db.counts();
    CHECK(c.size == 0);
    CHECK(c.leases == 0);
}

TEST_CASE("P18: the counts add up, by reason and by the time waited") {
    aged a{{.max_sessions = 2, .idle_timeout = 1s, .max_lifetime = 0ms}};
    auto const before = a.db.counts();
    CHECK(before.leases == 1);  // made the table
    a.open(2);
    {
        auto const s = a.db.lease();
        auto const t = a.db.lease();
        std::jthread{[&] { CHECK_THROWS_AS(a.db.lease(), roam::pool_timeout_error); }}.join();
        CHECK(a.adds_up());
    }
    a.clock->pass(2s);
    a.db.tend();
    auto const c = a.db.counts();
    CHECK(c.timeouts == 1);
    CHECK(c.leases == 5);
    CHECK(c.waits[0] == 3);  // two opened a connection for themselves
    CHECK(c.closed_idle == 2);
    CHECK(a.adds_up());
    a.db.close();
    CHECK(a.adds_up());
}

TEST_CASE("P11: the pool's own thread keeps min_idle, and ends with the pool") {
    roam::database_options options = notes::options_of(3);
    options.min_idle = 2;
    options.tend_every = 1ms;
    notes n{options};
    CHECK(soon_true([&] { return n.db.counts().idle >= 2; }));
    n.db.close(1s);
    CHECK(n.db.counts().size == 0);
}
