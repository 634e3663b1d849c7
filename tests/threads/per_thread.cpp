// SPDX-License-Identifier: MIT
// A pool per thread: connections that belong to a thread for its life.
#include "threads/fixture.hpp"

#include <optional>
#include <set>

using namespace roam::test;

namespace {

struct personal {
    explicit personal(std::size_t sessions = 1) : db(opened(sessions)) {
        roam::create_tables<employee>(outside);
    }
    roam::database opened(std::size_t sessions) {
        roam::database_options options;
        options.max_sessions = sessions;
        options.per_thread = true;
        options.acquire_timeout = std::chrono::seconds{20};
        options.watch = seen;
        return where.open(std::move(options));
    }
    place where;
    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
    roam::database outside = where.open(1);
    roam::database db;
};

std::uint64_t used_by_me(roam::database const& db) { return db.lease().id(); }

}  // namespace

TEST_CASE("a thread gets the same connection each time, and no other thread ever does") {
    personal p;
    std::mutex mutex;
    std::set<std::uint64_t> seen;
    std::barrier all_have_one{4};
    auto const errors = on_threads(4, [&](int) {
        auto const mine = used_by_me(p.db);
        all_have_one.arrive_and_wait();  // all at once, though each may have one connection only
        for (int i = 0; i < 50; ++i) {
            if (used_by_me(p.db) != mine)
                throw std::runtime_error("another connection");
            roam::insert(employee{.email = "x@example.org"}, p.db);
        }
        std::lock_guard const lock{mutex};
        seen.insert(mine);
    });
    CHECK(errors == no_errors);
    CHECK(seen.size() == 4);
    CHECK(roam::select<employee>().count(p.outside) == 200);
}

TEST_CASE("a thread's connections are closed when it ends") {
    personal p;
    in_another_thread([&] { used_by_me(p.db); });
    auto const counts = p.db.counts();
    CHECK(counts.size == 0);
    CHECK(counts.opened == 1);
    CHECK(counts.closed_idle == 1);
}

TEST_CASE("one that another thread still holds is closed when it comes back") {
    personal p;
    std::optional<roam::detached_session> parcel;
    in_another_thread([&] { parcel = p.db.lease().detach(); });
    CHECK(p.db.counts().size == 1);
    {
        roam::session const here = std::move(*parcel).attach();
        CHECK(p.db.counts().in_use == 1);
    }
    CHECK(p.db.counts().size == 0);
    CHECK(p.db.counts().closed == 1);
}

TEST_CASE("a thread that asks for more than its own waits for nobody") {
    personal p{2};
    auto const one = p.db.lease();
    auto const two = p.db.lease();
    CHECK(one.id() != two.id());
    CHECK_THROWS_AS(p.db.lease(), roam::pool_timeout_error);
    in_another_thread([&] { used_by_me(p.db); });
}

TEST_CASE("a database that ends before its threads leaves them nothing to do") {
    auto p = std::make_optional<personal>();
    std::barrier both{2};
    std::thread worker{[&] {
        used_by_me(p->db);
        both.arrive_and_wait();
        both.arrive_and_wait();  // the database is gone
    }};
    both.arrive_and_wait();
    auto const seen = p->seen;
    p.reset();
    both.arrive_and_wait();
    worker.join();
    auto const events = seen->take_events();
    CHECK(std::count(events.begin(), events.end(), roam::session_event::kind::closed) == 1);
}

TEST_CASE("what cannot be is refused") {
    roam::database_options options;
    options.per_thread = true;
    options.min_idle = 1;
    CHECK_THROWS_AS((place{}.open(std::move(options))), roam::usage_error);
}
