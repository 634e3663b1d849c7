// SPDX-License-Identifier: MIT
#include "session/idle_set.hpp"

#include <support/catch.hpp>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

using roam::detail::idle_set;
using open_to = idle_set::open_to;

namespace {

void fill(idle_set& set, std::size_t places) {
    set.reserve(places);
    set.open(open_to::everybody);
    for (std::size_t place = 0; place < places; ++place)
        CHECK(set.put(place));
}

}  // namespace

TEST_CASE("each idle place is taken once, whoever asks") {
    for (std::size_t const places : {1U, 7U, 8U, 9U, 100U}) {
        for (std::uint64_t const caller : {0U, 1U, 5U, 77U}) {
            CAPTURE(places, caller);
            idle_set set;
            fill(set, places);
            CHECK(set.count() == places);
            std::set<std::size_t> seen;
            for (std::size_t i = 0; i < places; ++i)
                seen.insert(set.take(caller));
            CHECK(seen.size() == places);
            CHECK(*seen.rbegin() == places - 1);
            CHECK(set.take(caller) == idle_set::none);
            CHECK(set.count() == 0);
        }
    }
}

TEST_CASE("who wishes for a place that is idle gets it, and else another") {
    for (std::size_t const places : {1U, 7U, 16U, 17U, 40U, 100U, 300U}) {
        idle_set set;
        fill(set, places);
        for (std::size_t wish = 0; wish < places; ++wish) {
            CAPTURE(places, wish);
            CHECK(set.take(wish) == wish);
            auto const other = set.take(wish);
            CHECK((other == idle_set::none) == (places == 1));
            if (other != idle_set::none)
                CHECK(set.put(other));
            CHECK(set.put(wish));
        }
    }
}

TEST_CASE("barred returns and leases do nothing, and what is done past the bars stays") {
    idle_set set;
    set.reserve(20);
    CHECK_FALSE(set.put(3));
    CHECK(set.count() == 0);
    set.open(open_to::leases);
    CHECK_FALSE(set.put(3));
    set.put_this(3);
    set.put_this(17);
    set.open(open_to::nobody);
    CHECK(set.count() == 2);
    CHECK(set.take(0) == idle_set::none);
    CHECK(set.take_this(17));
    CHECK_FALSE(set.take_this(17));
    CHECK(set.take_any() == 3);
    CHECK(set.take_any() == idle_set::none);
    set.open(open_to::leases);
    set.put_this(4);
    CHECK(set.take(9) == 4);
}

TEST_CASE("a set that nobody may use grows and keeps what is idle") {
    idle_set set;
    set.reserve(2);
    set.put_this(1);
    set.reserve(40);
    set.put_this(39);
    CHECK(set.count() == 2);
    CHECK(set.take(0) == idle_set::none);
    CHECK(set.take_any() == 1);
    CHECK(set.take_any() == 39);
}

TEST_CASE("threads never hold one place at once, and nothing changes behind the bars") {
    constexpr std::size_t places = 11;
    idle_set set;
    fill(set, places);
    std::vector<std::atomic<int>> owners(places);
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            while (!done) {
                auto const place = set.take(t);
                if (place == idle_set::none)
                    continue;
                if (owners[place].fetch_add(1) != 0)
                    ++wrong;
                owners[place].fetch_sub(1);
                while (!set.put(place))
                    std::this_thread::yield();
            }
        });
    }
    for (int i = 0; i < 2000; ++i) {
        set.open(i % 2 == 0 ? open_to::nobody : open_to::leases);
        auto const before = set.count();
        std::this_thread::yield();
        auto const after = set.count();
        if (i % 2 == 0 ? after != before : after > before)
            ++wrong;
        set.open(open_to::everybody);
    }
    done = true;
    threads.clear();
    CHECK(wrong == 0);
    CHECK(set.count() == places);
}
