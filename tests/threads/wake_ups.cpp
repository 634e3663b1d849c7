// SPDX-License-Identifier: MIT
// Nobody who waits for a session is forgotten, and nobody waits for ever. On a fake of a server, so
// that the pool is all that works.
#include "fixture.hpp"
#include <roam/session/limit.hpp>

#include <support/fake_server.hpp>

#include <pthread.h>
#include <sched.h>

#include <array>
#include <stop_token>

using namespace roam::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

/// A pool of two as Wt::Dbo's FixedSqlConnectionPool is written: a return notifies only when it has
/// made the list of free ones one long, so of two returns in a row the second wakes nobody.
class forgetful_pool {
public:
    struct lease {
        bool in_time;
    };
    lease take() {
        std::unique_lock lock{mutex_};
        auto const deadline = steady::now() + 5ms;
        bool in_time = true;
        ++waiting_;
        while (free_ == 0)
            in_time = returned_.wait_until(lock, deadline) == std::cv_status::no_timeout;
        --waiting_;
        --free_;
        return {in_time};
    }
    void give(lease&) {
        std::lock_guard const lock{mutex_};
        if (++free_ == 1)
            returned_.notify_one();
    }
    std::size_t waiting() {
        std::lock_guard const lock{mutex_};
        return waiting_;
    }

private:
    std::mutex mutex_;
    std::condition_variable returned_;
    int free_ = 2;
    std::size_t waiting_ = 0;
};

/// Ours, of two.
class roam_pool {
public:
    struct lease {
        std::optional<roam::session> session = {};
        bool in_time = true;
    };
    lease take() {
        try {
            return {db.lease()};
        } catch (roam::pool_timeout_error const&) {
            return {{}, false};
        }
    }
    void give(lease& l) { l.session.reset(); }
    std::size_t waiting() const { return db.counts().waiting; }

    fake_server server;
    roam::database db{server.url(), {.max_sessions = 2, .acquire_timeout = 5s}};
};

/// From now on the calling thread displaces nobody when it is woken: else the first to be woken
/// runs before the second session comes back, and there is nothing to forget.
void give_way() {
    sched_param const none{};
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

/// In each round two wait, and both sessions come back, one right after the other. Answers how many
/// waiters slept on.
template <class Pool, class Before>
std::size_t forgotten_in(Pool& pool, std::size_t rounds, Before before_return) {
    std::atomic<std::size_t> forgotten = 0;
    std::barrier together{3};
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 2; ++i) {
        waiters.emplace_back([&] {
            give_way();
            for (std::size_t round = 0; round < rounds; ++round) {
                together.arrive_and_wait();
                auto mine = pool.take();
                forgotten += !mine.in_time;
                pool.give(mine);
                together.arrive_and_wait();
            }
        });
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        auto first = pool.take();
        auto second = pool.take();
        together.arrive_and_wait();
        while (pool.waiting() < 2)
            std::this_thread::yield();
        before_return();
        pool.give(first);
        pool.give(second);
        together.arrive_and_wait();
    }
    waiters.clear();
    return forgotten;
}

}  // namespace

TEST_CASE("of two sessions that come back together each wakes a waiter, in every round") {
    forgetful_pool wt;
    CHECK(forgotten_in(wt, 200, [] {}) > 0);  // what these rounds are there to find
    roam_pool ours;
    auto const rounds = scaled(1'000'000);
    CHECK(forgotten_in(ours, rounds, [] {}) == 0);
    CHECK(ours.db.counts().timeouts == 0);
    std::cout << "wake-ups: none lost in " << rounds << " rounds\n";
}

TEST_CASE("of two sessions that come back broken each lets a waiter connect anew") {
    roam_pool ours;
    auto const rounds = scaled(100'000);
    CHECK(forgotten_in(ours, rounds, [&] { ours.server.lose_all(); }) == 0);
    auto const counts = ours.db.counts();
    CHECK(counts.timeouts == 0);
    CHECK(counts.closed_lost >= 2 * rounds);
    CHECK(ours.server.most_open() <= 2);
}

TEST_CASE("a session handed to a waiter who gives up at that moment reaches the next in line") {
    fake_server server;
    roam::database const db{server.url(), {.max_sessions = 1, .acquire_timeout = 20s}};
    auto const ask = roam::raw<int>("ask").reads_only();
    auto const rounds = scaled(100'000);
    std::atomic<int> gave_up = 0;
    std::atomic<int> served = 0;
    std::stop_source stop;
    std::barrier together{3};
    std::jthread fickle{[&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            together.arrive_and_wait();
            try {
                ask.one(roam::limit(db, stop.get_token()));
                ++served;
            } catch (roam::cancelled_error const&) {
                ++gave_up;
            }
            together.arrive_and_wait();
        }
    }};
    int late = 0;
    std::jthread patient{[&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            together.arrive_and_wait();
            while (db.counts().waiting == 0)  // comes second
                std::this_thread::yield();
            try {
                ask.one(db);
            } catch (roam::pool_timeout_error const&) {
                ++late;
            }
            together.arrive_and_wait();
        }
    }};
    for (std::size_t i = 0; i < rounds; ++i) {
        auto held = std::optional{db.lease()};
        stop = std::stop_source{};
        together.arrive_and_wait();
        while (db.counts().waiting < 2)
            std::this_thread::yield();
        if (i % 3 == 0) {
            stop.request_stop();
            while (db.counts().waiting == 2)  // this one does give up
                std::this_thread::yield();
            held.reset();
        } else if (i % 3 == 1) {
            stop.request_stop();
            held.reset();
        } else {
            held.reset();
            stop.request_stop();
        }
        together.arrive_and_wait();
    }
    fickle.join();
    patient.join();
    CHECK(late == 0);
    CHECK(static_cast<std::size_t>(gave_up + served) == rounds);
    CHECK(static_cast<std::size_t>(gave_up) >= rounds / 3);
    CHECK(db.counts().in_use == 0);
}

TEST_CASE("P2: of thirty-two threads on sixteen sessions none starves") {
    constexpr int threads = 32;
    fake_server server;
    roam::database const db{server.url(), {.max_sessions = 16, .acquire_timeout = 60s}};
    auto const cycles = scaled(10'000'000) / threads;
    std::array<steady::duration, threads> worst{};
    auto const start = steady::now();
    auto const errors = on_threads(threads, [&](int number) {
        auto longest = steady::duration::zero();
        for (std::size_t i = 0; i < cycles; ++i) {
            auto const asked = steady::now();
            auto const s = db.lease();
            longest = std::max(longest, steady::now() - asked);
        }
        worst[static_cast<std::size_t>(number)] = longest;
    });
    auto const took = std::chrono::duration<double>(steady::now() - start).count();
    CHECK(errors == no_errors);
    auto const counts = db.counts();
    CHECK(counts.leases == threads * cycles);
    CHECK(counts.timeouts == 0);
    CHECK(counts.idle == counts.size);
    CHECK(server.most_open() <= 16);
    std::uint64_t waits = 0;
    for (auto const n : counts.waits)
        waits += n;
    CHECK(waits == counts.leases);
    auto const longest = *std::max_element(worst.begin(), worst.end());
    CHECK(longest < 10s);
    std::cout << "32 threads on 16 sessions: " << counts.leases << " leases in " << took << " s, "
              << counts.leases - counts.waits[0] << " of them waited, the longest for "
              << std::chrono::duration<double, std::milli>(longest).count() << " ms\n";
}
