// SPDX-License-Identifier: MIT
#include "threads/fixture.hpp"
#include <roam/threads.hpp>

#include <set>

using namespace roam::test;

TEST_CASE("parent and children: each child has a session of its own, current for it") {
    company c{4};
    roam::crew crew{c.db, 4};
    CHECK(c.db.counts().in_use == 4);
    std::mutex mutex;
    std::set<std::uint64_t> sessions;
    for (int round = 0; round < 3; ++round) {
        crew.run([&](roam::crew_member const& me) {
            roam::insert(employee{.email = "child" + std::to_string(me.number) + "@example.org"});
            std::lock_guard const lock{mutex};
            sessions.insert(me.own.id());
        });
    }
    CHECK(sessions.size() == 4);
    CHECK(c.rows().size() == 12);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("parent and children: items are dealt out, each once") {
    company c{3};
    std::vector<employee> staff(scaled(1'000, 60));
    for (auto& e : staff)
        e.email = "one@example.org";
    roam::insert(staff, c.db);
    roam::crew crew{c.db, 3};
    crew.for_each(staff, [](employee& e) {
        ++e.visits;
        roam::update(e);
    });
    CHECK(c.rows() == staff);
    CHECK(std::all_of(staff.begin(), staff.end(), [](auto const& e) { return e.visits == 1; }));
}

TEST_CASE("parent and children: one child's exception stops the rest and reaches the parent") {
    company c{4};
    roam::crew crew{c.db, 4};
    std::atomic<int> stopped = 0;
    auto const work = [&](roam::crew_member const& me) {
        if (me.number == 2)
            throw std::runtime_error{"child 2"};
        while (!me.stop.stop_requested())
            roam::select<employee>().count();
        ++stopped;
    };
    CHECK_THROWS_WITH(crew.run(work), "child 2");
    CHECK(stopped == 3);
    CHECK(c.db.counts().in_use == 4);  // all are the crew's again
    crew.run([] { roam::insert(employee{.email = "after@example.org"}); });
    CHECK(c.rows().size() == 4);
}

TEST_CASE("parent and children: what a child leaves open is rolled back before the next run") {
    company c{2};
    roam::crew crew{c.db, 2};
    crew.run([](roam::crew_member const& me) {
        if (me.number != 0)
            return;
        me.own.execute(begin_sql());
        roam::insert(employee{.email = "lost@example.org"});
    });
    std::atomic<int> open = 0;
    crew.run([&](roam::crew_member const& me) { open += me.own.in_transaction(); });
    CHECK(open == 0);
    CHECK(c.rows().empty());
}

TEST_CASE("parent and children: nothing is closed before the last child is done") {
    company c{3};
    auto crew = std::make_unique<roam::crew>(c.db, 3);
    auto const before = c.db.counts().closed;
    std::atomic<bool> closed_early = false;
    try {
        crew->run([&](roam::crew_member const& me) {
            if (me.number == 0)
                throw std::runtime_error{"first"};
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            closed_early = closed_early || c.db.counts().closed != before;
            roam::select<employee>().count();
        });
    } catch (std::runtime_error const&) {
    }
    CHECK_FALSE(closed_early);
    crew.reset();
    CHECK(c.db.counts().in_use == 0);
}

TEST_CASE("a crew of nobody, or of more than there are sessions, is refused at once") {
    company c{2};
    CHECK_THROWS_AS(roam::crew(c.db, 0), roam::usage_error);
    CHECK_THROWS_AS(roam::crew(c.db, 3), roam::usage_error);
    CHECK(c.db.counts().in_use == 0);
}
