// SPDX-License-Identifier: MIT
#include "threads/fixture.hpp"
#include <roam/threads.hpp>

using namespace roam::test;
using std::chrono::milliseconds;

namespace {

std::uint64_t connection_of(roam::session& s) { return s.id(); }

}  // namespace

TEST_CASE("locking: threads use one session in turn, each as its owner") {
    company c{4};
    roam::locked_session shared{c.db};
    auto const rounds = scaled(500, 20);
    employee e{.email = "ann@example.org"};
    roam::insert(e, c.outside);
    auto const errors = on_threads(8, [&](int) {
        for (std::size_t i = 0; i < rounds; ++i) {
            auto mine = shared.lock();
            auto found = roam::get<employee>(e.id, mine);
            ++found.visits;
            roam::update(found, mine);
        }
    });
    CHECK(errors == no_errors);
    CHECK(c.row(e.id)->visits == static_cast<int>(8 * rounds));
    CHECK(c.seen->foreign() == 0);
    CHECK(c.db.counts().opened <= 2);  // one for the tables, and the one that is shared
}

TEST_CASE("locking: what a holder leaves open is rolled back, and the session stays the same") {
    company c{2};
    roam::locked_session shared{c.db};
    std::uint64_t first = 0;
    {
        auto mine = shared.lock();
        first = connection_of(mine);
        mine.get().execute(begin_sql());
        roam::insert(employee{.email = "lost@example.org"}, mine);
    }
    {
        auto mine = shared.lock();
        CHECK(connection_of(mine) == first);
        CHECK_FALSE(mine.get().in_transaction());
        roam::transaction tx{mine};
        roam::insert(employee{.email = "kept@example.org"}, mine);
        tx.commit();
    }
    REQUIRE(c.rows().size() == 1);
    CHECK(c.rows()[0].email == "kept@example.org");
}

TEST_CASE("locking: an exception releases the session") {
    company c{1};
    roam::locked_session shared{c.db};
    try {
        auto mine = shared.lock();
        roam::transaction tx{mine};
        roam::insert(employee{.email = "lost@example.org"}, mine);
        throw std::runtime_error{"on the way"};
    } catch (std::runtime_error const&) {
    }
    auto mine = shared.try_lock();
    REQUIRE(mine);
    CHECK(roam::select<employee>().count(*mine) == 0);
}

TEST_CASE("locking: whoever holds the session and asks again is told so") {
    company c{1};
    roam::locked_session shared{c.db};
    auto mine = shared.lock();
    CHECK_THROWS_AS(shared.lock(), roam::usage_error);
    CHECK_THROWS_AS(shared.try_lock(), roam::usage_error);
    CHECK(roam::select<employee>().count(mine) == 0);
}

TEST_CASE("locking: waiting ends at its time, by a stop, or in the order of coming") {
    company c{1};
    roam::locked_session shared{c.db};
    auto mine = std::optional{shared.lock()};
    std::atomic<int> next = 0;
    std::vector<int> order(3, -1);
    {
        std::jthread late{[&] { CHECK_FALSE(shared.try_lock_for(milliseconds{5})); }};
    }
    {
        std::stop_source stop;
        std::atomic<bool> got = true;
        std::jthread stopped{[&] {
            got = shared.try_lock_for(std::chrono::hours{1}, stop.get_token()).has_value();
        }};
        std::this_thread::sleep_for(milliseconds{5});
        stop.request_stop();
        stopped.join();
        CHECK_FALSE(got);
    }
    std::vector<std::jthread> line;
    for (int i = 0; i < 3; ++i) {
        line.emplace_back([&, i] {
            auto const turn = shared.lock();
            order[static_cast<std::size_t>(next++)] = i;
        });
        std::this_thread::sleep_for(milliseconds{50});
    }
    mine.reset();
    line.clear();
    CHECK(order == std::vector{0, 1, 2});
}

TEST_CASE("locking: several at once, in any order of the arguments, never wait in a circle") {
    company first{1};
    company second{1};
    roam::locked_session a{first.db};
    roam::locked_session b{second.db};
    auto const rounds = scaled(2'000, 50);
    std::atomic<std::size_t> done = 0;
    auto const errors = on_threads(4, [&](int number) {
        for (std::size_t i = 0; i < rounds; ++i) {
            auto [x, y] = number % 2 ? lock_all(a, b) : lock_all(b, a);
            done += x.get().id() != y.get().id();
        }
    });
    CHECK(errors == no_errors);
    CHECK(done == 4 * rounds);
    CHECK_THROWS_AS(lock_all(a, a), roam::usage_error);
    CHECK(a.try_lock());  // given back by the one that failed
}

TEST_CASE("locking: a session that its owner gives over is attached by each holder") {
    company c{1};
    roam::session own = c.db.lease();
    auto const id = own.id();
    roam::locked_session shared{std::move(own)};
    std::uint64_t seen = 0;
    std::jthread{[&] { seen = shared.lock().get().id(); }}.join();
    CHECK(seen == id);
}

TEST_CASE("locking: a guard that ends elsewhere closes the connection, and the next is new") {
    company c{2};
    roam::locked_session shared{c.db};
    std::uint64_t first = 0;
    {
        auto mine = shared.lock();
        first = mine.get().id();
        std::jthread{[moved = std::move(mine)] {}}.join();
    }
    CHECK(shared.lock().get().id() != first);
}
