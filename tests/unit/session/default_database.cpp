// SPDX-License-Identifier: MIT
// What threads that use the default database keep of it: nothing.
#include "fixture.hpp"
#include <roam/session/route.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <vector>

using namespace roam::test;

namespace {

struct entry {
    std::int64_t id = 0;
    std::string text;
};
ROAM_RECORD(entry, table("entries"), database("audit"))

/// Three threads that have done the work once, and live until the end.
class idle_threads {
public:
    template <class Work>
    explicit idle_threads(Work work) {
        for (int i = 0; i < 3; ++i) {
            threads_.emplace_back([this, work] {
                work();
                worked_.count_down();
                end_.wait();
            });
        }
        worked_.wait();
    }
    ~idle_threads() { end_.count_down(); }

private:
    std::latch worked_{3};
    std::latch end_{1};
    std::vector<std::jthread> threads_;
};

std::ptrdiff_t closed(recorder& seen) {
    auto const events = seen.take_events();
    return std::count(events.begin(), events.end(), roam::session_event::kind::closed);
}

roam::database numbers() { return roam::database{"sqlite::memory:", {.max_sessions = 2}}; }

}  // namespace

TEST_CASE("a default that is cleared is closed at once, though threads that used it live on") {
    notes n{1};
    roam::set_default_database(n.db);
    n.db = n.where.open(1);  // the program's last handle is gone
    idle_threads const users{[] { roam::insert(note{.text = "x"}); }};
    CHECK(closed(*n.seen) == 0);
    CHECK(n.stored() == 3);
    roam::clear_default_database();
    CHECK(closed(*n.seen) == 1);
    CHECK_THROWS_AS(roam::select<note>().count(), roam::no_session_error);
}

TEST_CASE("a default that is replaced is closed at once, and every thread uses the new one") {
    notes first{1};
    notes second{1};
    roam::set_default_database(first.db);
    first.db = second.db;
    idle_threads const users{[] { roam::insert(note{.text = "x"}); }};
    roam::set_default_database(second.db);
    CHECK(closed(*first.seen) == 1);
    idle_threads const others{[] { roam::insert(note{.text = "y"}); }};
    CHECK(second.stored() == 3);
    roam::clear_default_database();
}

TEST_CASE("a route that is cleared is closed at once, though threads that used it live on") {
    notes n{1};
    roam::create_tables<entry>(n.db);
    roam::set_route("audit", n.db);
    n.db = n.where.open(1);
    idle_threads const users{[] { roam::insert(entry{.text = "x"}); }};
    CHECK(closed(*n.seen) == 0);
    roam::clear_route("audit");
    CHECK(closed(*n.seen) == 1);
    CHECK_THROWS_AS(roam::insert(entry{}), roam::no_session_error);
}

/// Threads that ask again and again, until it ends; the main thread changes where they ask.
class askers {
public:
    /// `ask` says whether the answer was right.
    explicit askers(std::function<bool()> ask) {
        for (int i = 0; i < 3; ++i) {
            threads_.emplace_back([this, ask] {
                while (!done_) {
                    try {
                        if (!ask())
                            ++wrong_;
                        ++served_;
                    } catch (roam::no_session_error const&) {
                    } catch (...) {
                        ++wrong_;
                    }
                }
            });
        }
    }
    ~askers() { stop(); }
    bool are_served() const { return served_ >= 200; }
    /// How often something else came than an answer or no_session_error.
    int stop() {
        done_ = true;
        threads_.clear();
        return wrong_;
    }

private:
    std::atomic<bool> done_{false};
    std::atomic<int> wrong_{0};
    std::atomic<int> served_{0};
    std::vector<std::jthread> threads_;
};

TEST_CASE("an operation beside a change of the default has the old one, the new one, or none") {
    askers users{[one = roam::raw<std::int64_t>("SELECT 1")] { return one.one() == 1; }};
    for (int i = 0; i < 200 || !users.are_served(); ++i) {
        roam::set_default_database(numbers());  // closed by the next one, or by the last user
        if (i % 3 == 0)
            roam::clear_default_database();
    }
    CHECK(users.stop() == 0);
    roam::clear_default_database();
}

TEST_CASE("an operation beside a change of its route has the old one, the new one, or none") {
    auto const make = [] {
        auto db = numbers();
        roam::create_tables<entry>(db);
        return db;
    };
    askers users{[] { return roam::select<entry>().count() == 0; }};
    for (int i = 0; i < 200 || !users.are_served(); ++i) {
        if (i % 2 == 0) {
            roam::set_route("audit", roam::cluster{make(), {make()}});
        } else {
            roam::set_route("audit", [db = make()](roam::route_request const&) { return db; });
        }
        if (i % 3 == 0)
            roam::clear_route("audit");
    }
    CHECK(users.stop() == 0);
    roam::clear_route("audit");
}
