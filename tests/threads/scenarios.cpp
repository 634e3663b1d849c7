// SPDX-License-Identifier: MIT
// The situations that HikariCP's tests are named after, with a server that the test can hold up,
// take down and bring back, and a clock that it moves: spike load, database down, saturated pool,
// ramp up and down, shutdown under load.
#include "fixture.hpp"

#include <support/fake_server.hpp>
#include <support/hand_clock.hpp>

#include <numeric>

using namespace roam::test;
using namespace std::chrono_literals;

namespace {

struct situation {
    explicit situation(roam::database_options options)
        : db(server.url(), (options.time = clock, options.tend_every = 0ms, std::move(options))) {}

    fake_server server;
    std::shared_ptr<hand_clock> clock = std::make_shared<hand_clock>();
    roam::database db;

    bool adds_up() const {
        auto const c = db.counts();
        return c.idle + c.in_use + c.opening == c.size &&
               c.opened - c.closed == c.idle + c.in_use &&
               c.closed_idle + c.closed_old + c.closed_lost + c.closed_at_end == c.closed &&
               std::accumulate(c.waits.begin(), c.waits.end(), std::uint64_t{0}) == c.leases &&
               static_cast<std::size_t>(server.open()) == c.idle + c.in_use;
    }
    bool whole() const {
        auto const c = db.counts();
        return adds_up() && c.in_use == 0 && c.opening == 0 && c.waiting == 0 &&
               server.collisions() == 0;
    }
};

int ask(roam::target const& on) { return roam::raw<int>("ask").reads_only().one(on); }

/// So many sessions, each in a thread of its own, until they are let go.
class holders {
public:
    holders(roam::database const& db, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this, &db] {
                try {
                    auto s = db.lease();
                    ++holding_;
                    go_.wait(1);
                    ask(s);
                    ++served_;
                } catch (roam::connection_lost_error const&) {
                    ++lost_;
                } catch (roam::connection_error const&) {
                    ++refused_;
                } catch (roam::pool_timeout_error const&) {
                    ++timed_out_;
                } catch (roam::pool_closed_error const&) {
                    ++turned_away_;
                }
            });
        }
    }
    bool hold(int count) {
        return soon_true([&] { return holding_ == count; });
    }
    void let_go() {
        go_.reach(1);
        threads_.clear();
    }
    int served() const { return served_; }
    int lost() const { return lost_; }
    int refused() const { return refused_; }
    int timed_out() const { return timed_out_; }
    int turned_away() const { return turned_away_; }

private:
    stage go_;
    std::atomic<int> holding_ = 0;
    std::atomic<int> served_ = 0;
    std::atomic<int> lost_ = 0;
    std::atomic<int> refused_ = 0;
    std::atomic<int> timed_out_ = 0;
    std::atomic<int> turned_away_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE(
    "P10: spike load: connects run side by side, and hold nobody up who finds a session idle") {
    // HikariCP ends the spike with fewer connections: there whoever asked takes a session that
    // comes back meanwhile; here whoever has begun to connect goes through with it.
    situation s{{.max_sessions = 50, .min_idle = 5}};
    s.db.tend();
    REQUIRE(s.db.counts().idle == 5);
    holders first{s.db, 5};
    REQUIRE(first.hold(5));
    s.server.hold_connects();
    holders spike{s.db, 45};
    REQUIRE(soon_true([&] { return s.server.connecting() == 45; }));
    CHECK(s.db.counts().opening == 45);
    CHECK(s.adds_up());
    first.let_go();
    CHECK(first.served() == 5);
    for (int i = 0; i < 100; ++i)
        CHECK(ask(s.db) == 1);
    CHECK(s.db.counts().opened == 5);  // the hundred were served by what was idle
    s.server.let_connects();
    CHECK(spike.hold(45));
    spike.let_go();
    CHECK(spike.served() == 45);
    CHECK(s.db.counts().opened == 50);
    CHECK(s.server.most_open() == 50);
    CHECK(s.whole());
}

TEST_CASE("P10: a sign of life that does not come holds nobody up who finds another session idle") {
    stage go;
    std::atomic<int> asked = 0;
    std::atomic<bool> served = false;
    situation s{{.max_sessions = 2, .validate_after = 0ms}};
    s.server.on_ping([&] {
        if (++asked == 1)
            go.wait(1);
    });
    {
        auto const a = s.db.lease();
        auto const b = s.db.lease();
    }
    std::jthread held_up{[&] { served = ask(s.db) == 1; }};
    REQUIRE(soon_true([&] { return asked == 1; }));
    for (int i = 0; i < 100; ++i)
        CHECK(ask(s.db) == 1);
    CHECK(s.db.counts().in_use == 1);
    CHECK_FALSE(served);
    go.reach(1);
    held_up.join();
    CHECK(served);
    CHECK(s.whole());
}

TEST_CASE("P10: a connection that is long in closing holds nobody up who finds another one idle") {
    stage go;
    std::atomic<int> closing = 0;
    situation s{{.max_sessions = 2, .max_lifetime = 100s}};
    s.server.on_close([&] {
        if (++closing == 1)
            go.wait(1);
    });
    {
        auto const old = s.db.lease();
        s.clock->pass(60s);
        auto const young = s.db.lease();
    }
    s.clock->pass(45s);
    std::jthread held_up{[&] { s.db.tend(); }};
    REQUIRE(soon_true([&] { return closing == 1; }));
    for (int i = 0; i < 100; ++i)
        CHECK(ask(s.db) == 1);
    CHECK(s.db.counts().opened == 2);
    go.reach(1);
    held_up.join();
    CHECK(s.db.counts().closed_old == 1);
    CHECK(s.whole());
}

TEST_CASE("P6: a connection whose reset fails is closed, and the next idle one leased") {
    std::atomic<int> failures = 0;
    situation s{{.max_sessions = 3}};
    s.server.on_statement([&] {
        if (failures > 0 && failures-- > 0)
            throw std::runtime_error{"the driver's own exception"};
    });
    {
        std::vector<roam::session> touched;
        for (int i = 0; i < 3; ++i) {
            touched.push_back(s.db.lease());
            touched.back().execute("SET something");
        }
    }
    failures = 2;
    CHECK(ask(s.db) == 1);
    auto const c = s.db.counts();
    CHECK(c.closed_lost == 2);
    CHECK(c.opened == 3);
    CHECK(c.idle == 1);
    CHECK(s.whole());
}

TEST_CASE("spike load: no more connections are opened than ask at once") {
    situation s{{.max_sessions = 50}};
    for (int wave = 0; wave < 20; ++wave) {
        holders few{s.db, 8};
        REQUIRE(few.hold(8));
        few.let_go();
    }
    CHECK(s.db.counts().opened == 8);
    CHECK(s.whole());
}

TEST_CASE("database down: everybody is told at once, and the server is not hammered") {
    situation s{{.max_sessions = 10, .connect_backoff = 100ms}};
    holders working{s.db, 6};
    REQUIRE(working.hold(6));
    s.server.refuse(true);
    s.server.lose_all();
    auto const before = s.server.attempts();
    for (int i = 0; i < 200; ++i)
        CHECK_THROWS_AS(ask(s.db), roam::connection_error);
    CHECK(s.server.attempts() == before + 1);  // the others were told of its failure
    CHECK(s.db.counts().timeouts == 0);
    working.let_go();
    CHECK(working.lost() == 6);
    CHECK(s.db.counts().size == 0);

    // A minute of trying, ten times a second: 100 + 200 + ... + 3200 ms, then every 3200 ms.
    for (int i = 0; i < 600; ++i) {
        s.clock->pass(100ms);
        CHECK_THROWS_AS(ask(s.db), roam::connection_error);
    }
    CHECK(s.server.attempts() - before <= 1 + 6 + 60'000 / 3'200);

    s.server.refuse(false);
    s.clock->pass(3'200ms);
    holders again{s.db, 10};
    CHECK(again.hold(10));
    again.let_go();
    CHECK(again.served() == 10);
    CHECK(s.whole());
}

TEST_CASE("database down: those who wait in line learn of it when the sessions come back broken") {
    situation s{{.max_sessions = 5, .acquire_timeout = 60s}};
    holders working{s.db, 5};
    REQUIRE(working.hold(5));
    holders line{s.db, 20};
    REQUIRE(soon_true([&] { return s.db.counts().waiting == 20; }));
    s.server.refuse(true);
    s.server.lose_all();
    working.let_go();
    line.let_go();
    CHECK(working.lost() == 5);
    CHECK(line.refused() == 20);
    CHECK(s.db.counts().size == 0);
    CHECK(s.whole());
}

TEST_CASE("saturated pool: each session that comes back serves one of those who wait") {
    situation s{{.max_sessions = 5, .acquire_timeout = 60s}};
    std::vector<std::unique_ptr<holders>> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(std::make_unique<holders>(s.db, 1));
        REQUIRE(all.back()->hold(1));
    }
    holders line{s.db, 10};
    REQUIRE(soon_true([&] { return s.db.counts().waiting == 10; }));
    for (int i = 0; i < 5; ++i) {
        all[static_cast<std::size_t>(i)]->let_go();
        CHECK(line.hold(i + 1));
        CHECK(s.db.counts().waiting == static_cast<std::size_t>(9 - i));
        CHECK(s.db.counts().in_use == 5);
    }
    line.let_go();
    CHECK(line.served() == 10);
    CHECK(s.db.counts().opened == 5);
    CHECK(s.whole());
}

TEST_CASE("saturated pool: whoever is not served in time is told who has the sessions") {
    situation s{{.max_sessions = 5, .acquire_timeout = 20ms}};
    holders working{s.db, 5};
    REQUIRE(working.hold(5));
    holders late{s.db, 10};
    late.let_go();
    CHECK(late.timed_out() == 10);
    auto const e = caught<roam::pool_timeout_error>([&] { ask(s.db); });
    REQUIRE(e);
    CHECK(std::string{e->what()}.find("size 5 of 5, in use 5, waiting 0, oldest lease") !=
          std::string::npos);
    working.let_go();
    CHECK(s.db.counts().timeouts == 11);
    CHECK(ask(s.db) == 1);
    CHECK(s.whole());
}

TEST_CASE("ramp up and down: the pool grows with those who ask, and shrinks to min_idle") {
    situation s{{.max_sessions = 60, .min_idle = 5, .idle_timeout = 1s}};
    s.db.tend();
    for (std::size_t const wanted : {10, 30, 60}) {
        holders ramp{s.db, wanted};
        REQUIRE(ramp.hold(static_cast<int>(wanted)));
        CHECK(s.db.counts().size == wanted);
        CHECK(s.adds_up());
        ramp.let_go();
        CHECK(s.db.counts().idle == wanted);
    }
    s.clock->pass(2s);
    {
        holders few{s.db, 20};  // in use, and so not idle
        REQUIRE(few.hold(20));
        s.db.tend();
        CHECK(s.db.counts().in_use == 20);
        CHECK(s.db.counts().idle == 5);
        few.let_go();
    }
    CHECK(s.db.counts().size == 25);
    s.clock->pass(2s);
    s.db.tend();
    CHECK(s.db.counts().size == 5);
    CHECK(s.db.counts().closed_idle == 55);
    CHECK(s.db.counts().opened == 60);  // none was closed to be opened anew
    CHECK(s.whole());
}

TEST_CASE("shutdown under load: all that is leased comes back, all who ask are turned away") {
    for (std::size_t round = 0; round < scaled(200, 10); ++round) {
        situation s{{.max_sessions = 4, .acquire_timeout = 60s}};
        std::atomic<int> turned_away = 0;
        std::atomic<int> served = 0;
        std::vector<std::jthread> load;
        for (int i = 0; i < 8; ++i) {
            load.emplace_back([&] {
                try {
                    for (;; ++served)
                        ask(s.db);
                } catch (roam::pool_closed_error const&) {
                    ++turned_away;
                }
            });
        }
        REQUIRE(soon_true([&] { return served > 100; }));
        CHECK(s.db.close(20s));
        load.clear();
        CHECK(turned_away == 8);
        CHECK(s.server.open() == 0);
        CHECK(s.db.counts().size == 0);
        CHECK(s.whole());
    }
}

TEST_CASE(
    "shutdown under load: a connect that is under way ends in a session that closes at its "
    "return") {
    situation s{{.max_sessions = 6}};
    holders working{s.db, 2};
    REQUIRE(working.hold(2));
    s.server.hold_connects();
    holders joining{s.db, 4};
    REQUIRE(soon_true([&] { return s.server.connecting() == 4; }));
    holders late{s.db, 3};
    REQUIRE(soon_true([&] { return s.db.counts().waiting == 3; }));
    CHECK_FALSE(s.db.close(0ms));
    late.let_go();
    CHECK(late.turned_away() == 3);
    working.let_go();
    CHECK(working.served() == 2);
    s.server.let_connects();
    joining.let_go();
    CHECK(joining.served() == 4);
    CHECK(s.db.close(20s));
    CHECK(s.server.open() == 0);
    CHECK(s.whole());
}
