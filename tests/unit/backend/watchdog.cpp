// SPDX-License-Identifier: MIT
// The watchdog of MySQL's and ODBC's connections, on a breaker without a server.
#include "backend/watchdog.hpp"

#include <support/catch.hpp>
#include <support/child.hpp>
#include <support/waiting.hpp>

#include <unistd.h>

#include <atomic>
#include <vector>

using namespace roam::test;
using namespace std::chrono_literals;
using roam::backend::stop_question;
using roam::backend::watchdog;
using outcome = watchdog::outcome;

namespace {

struct server {
    std::atomic<int> asked{0};
    std::atomic<int> cuts{0};
    std::atomic<bool> runs{false};    // a statement, as its owner sees it
    std::atomic<int> stray{0};        // requests beside a statement
    std::atomic<bool> answers{true};  // each request at once
    std::atomic<bool> is_reached{true};
    bool can_be_cut = true;
};

class fake_breaker final : public roam::backend::statement_breaker {
public:
    explicit fake_breaker(server& s) : server_(s) {}

    bool ask() noexcept override {
        server_.stray += !server_.runs;
        ++server_.asked;
        while (!server_.answers)
            std::this_thread::sleep_for(1ms);
        server_.stray += !server_.runs;
        return server_.is_reached;
    }

    bool cut() noexcept override {
        ++server_.cuts;
        return server_.can_be_cut;
    }

private:
    server& server_;
};

struct watched {
    server there;
    std::unique_ptr<watchdog> dog =
        std::make_unique<watchdog>(std::make_unique<fake_breaker>(there));

    void begin(std::chrono::milliseconds limit = 0ms, stop_question stop = {}) {
        there.runs = true;
        dog->begin(limit, stop);
    }
    outcome end() {
        auto const result = dog->end();
        there.runs = false;
        return result;
    }
};

stop_question question(std::atomic<bool> const& wanted) {
    return {[](void const* w) { return static_cast<std::atomic<bool> const*>(w)->load(); },
            &wanted};
}

}  // namespace

TEST_CASE("a statement that ends within its limit is left alone, and so is the next one") {
    watched w;
    for (int i = 0; i < 100; ++i) {
        w.begin(20s);
        CHECK(w.end() == outcome::quiet);
    }
    w.begin(50ms);
    CHECK(w.end() == outcome::quiet);
    w.begin();
    std::this_thread::sleep_for(100ms);  // past the limit that is over
    CHECK(w.end() == outcome::quiet);
    CHECK(w.there.asked == 0);
}

TEST_CASE("a server is asked again and again to stop a statement that is over its limit") {
    watched w;
    auto const start = std::chrono::steady_clock::now();
    w.begin(30ms);
    CHECK(soon_true([&] { return w.there.asked >= 3; }));
    CHECK(std::chrono::steady_clock::now() - start >= 30ms);
    CHECK(w.end() == outcome::timed_out);
    auto const asked = w.there.asked.load();
    std::this_thread::sleep_for(100ms);
    CHECK(w.there.asked == asked);
    CHECK(w.there.cuts == 0);
}

TEST_CASE("a shorter limit than the one before is watched in time") {
    watched w;
    w.begin(60s);
    CHECK(w.end() == outcome::quiet);
    w.begin(10ms);
    CHECK(soon_true([&] { return w.there.asked >= 1; }));
    CHECK(w.end() == outcome::timed_out);
}

TEST_CASE("a stop that somebody wants is noticed while the statement runs") {
    watched w;
    std::atomic<bool> wanted{false};
    w.begin(60s, question(wanted));
    std::this_thread::sleep_for(30ms);
    CHECK(w.there.asked == 0);
    wanted = true;
    CHECK(soon_true([&] { return w.there.asked >= 1; }));
    CHECK(w.end() == outcome::stopped);
}

TEST_CASE("cancel() from another thread stops what runs, also without a limit") {
    watched w;
    w.begin();
    in_another_thread([&] { w.dog->cancel(); });
    CHECK(soon_true([&] { return w.there.asked >= 2; }));
    CHECK(w.end() == outcome::stopped);
}

TEST_CASE("cancel() meets nothing where nothing runs, and not what runs next") {
    watched w;
    w.dog->cancel();
    w.begin();
    CHECK(w.end() == outcome::quiet);
    w.dog->cancel();
    w.begin(60s);
    std::this_thread::sleep_for(30ms);
    CHECK(w.end() == outcome::quiet);
    CHECK(w.there.asked == 0);
}

TEST_CASE("end() waits for the request that is under way") {
    watched w;
    w.there.answers = false;
    w.begin();
    w.dog->cancel();
    REQUIRE(soon_true([&] { return w.there.asked == 1; }));
    std::atomic<bool> ended{false};
    auto result = outcome::quiet;
    std::thread owner{[&] {
        result = w.end();
        ended = true;
    }};
    std::this_thread::sleep_for(50ms);
    CHECK_FALSE(ended);
    w.there.answers = true;
    owner.join();
    CHECK(result == outcome::stopped);
    CHECK(w.there.stray == 0);
}

TEST_CASE("the link to a server that is not reached is cut for a limit, once") {
    watched w;
    w.there.is_reached = false;
    w.begin(10ms);
    CHECK(soon_true([&] { return w.there.cuts == 1; }));
    std::this_thread::sleep_for(50ms);
    CHECK(w.end() == outcome::timed_out);
    CHECK(w.there.asked == 1);
    CHECK(w.there.cuts == 1);
}

TEST_CASE("a link that cannot be cut leaves asking as the only way") {
    watched w;
    w.there.is_reached = false;
    w.there.can_be_cut = false;
    w.begin(10ms);
    CHECK(soon_true([&] { return w.there.asked >= 3; }));
    CHECK(w.end() == outcome::timed_out);
}

TEST_CASE("the link to a server that goes on after it was asked is cut, but not at once") {
    watched w;
    auto const start = std::chrono::steady_clock::now();
    w.begin(10ms);
    CHECK(soon_true([&] { return w.there.cuts == 1; }));
    CHECK(std::chrono::steady_clock::now() - start >= 2s);
    CHECK(w.end() == outcome::timed_out);
    CHECK(w.there.asked >= 3);
}

TEST_CASE("cancel() alone cuts no link, whether the server is reached or not") {
    watched w;
    w.there.is_reached = false;
    w.begin();
    w.dog->cancel();
    CHECK(soon_true([&] { return w.there.asked >= 4; }));
    CHECK(w.end() == outcome::stopped);
    CHECK(w.there.cuts == 0);
}

TEST_CASE("a limit that passes after cancel() cuts the link all the same") {
    watched w;
    w.there.is_reached = false;
    w.begin(50ms);
    w.dog->cancel();
    CHECK(soon_true([&] { return w.there.cuts == 1; }));
    CHECK(w.end() == outcome::stopped);
}

TEST_CASE("in a storm of cancels no request is made beside a statement") {
    watched w;
    std::atomic<bool> over{false};
    std::vector<std::thread> storm;
    for (int i = 0; i < 3; ++i) {
        storm.emplace_back([&] {
            while (!over)
                w.dog->cancel();
        });
    }
    int stopped = 0;
    for (int i = 0; i < 2'000; ++i) {
        w.begin(i % 2 == 0 ? 0ms : 1ms);
        if (i % 4 == 0)
            std::this_thread::yield();
        stopped += w.end() == outcome::stopped;
    }
    over = true;
    for (auto& each : storm)
        each.join();
    CHECK(w.there.stray == 0);
    CHECK(stopped > 0);
}

TEST_CASE("a forked child leaves the watchdog of its parent behind, whose thread it has not") {
    watched w;
    w.begin(60s);
    std::this_thread::sleep_for(20ms);  // its thread waits, which a child could not end
    CHECK(w.end() == outcome::quiet);
    CHECK(in_a_child([&] {
              ::alarm(20);
              watchdog::abandon(std::move(w.dog));
              return 0;
          }) == 0);
    w.begin(10ms);
    CHECK(soon_true([&] { return w.there.asked >= 1; }));
    CHECK(w.end() == outcome::timed_out);
    watchdog::abandon(nullptr);
    watchdog::abandon(std::make_unique<watchdog>(std::make_unique<fake_breaker>(w.there)));
}
