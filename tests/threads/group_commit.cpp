// SPDX-License-Identifier: MIT
// What a durable write costs by session_server: syncs of the file, counted exactly (D10).
#include "fixture.hpp"
#include <roam/threads.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <future>
#include <stdexcept>

using namespace roam::test;

namespace {

std::atomic<int> syncs{0};

}  // namespace

// What the program defines goes before what SQLite finds in the system's library.
extern "C" int fsync(int file) {
    ++syncs;
    return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
    ++syncs;
    return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace {

/// A server that has written before, and so has a session beside it: what opening them, the file
/// and its log costs is behind them.
struct writer {
    explicit writer(roam::session_server_options options = {}) : server(db, options) {
        roam::create_tables<employee>(db);
        for (int i = 0; i < 3; ++i)
            write().get();
        roam::insert(employee{}, db);
        syncs = 0;
    }
    std::future<void> write() {
        return server.submit([] { roam::insert(employee{}); });
    }

    /// Syncs of so many jobs that all wait when the server comes to them. `add` submits one.
    template <class Add>
    int of_waiting(int jobs, Add add) {
        stage at;
        auto blocked = server.submit([&] {
            at.reach(1);
            at.wait(2);
        });
        at.wait(1);
        std::vector<std::future<void>> all;
        for (int i = 0; i < jobs; ++i)
            all.push_back(add(i));
        int const before = syncs;
        at.reach(2);
        for (auto& each : all)
            each.wait();
        return syncs - before;
    }

    place where;
    roam::database db = where.open(2);
    roam::session_server server;
};

}  // namespace

TEST_CASE("D10: a write alone is one sync, whether by a session or by a session_server") {
    writer w;
    for (int i = 0; i < 50; ++i)
        roam::insert(employee{}, w.db);
    CHECK(syncs == 50);
    for (int i = 0; i < 50; ++i)
        w.write().get();
    CHECK(syncs == 100);
}

TEST_CASE("D10: sixty-four writes that wait together are one sync") {
    writer w;
    CHECK(w.of_waiting(64, [&](int) { return w.write(); }) == 1);
    CHECK(roam::select<employee>().count(w.db) == 4 + 64);
}

TEST_CASE("D10: a group has no more jobs than group_limit, and each group is one sync") {
    writer w{{.group_limit = 16}};
    CHECK(w.of_waiting(64, [&](int) { return w.write(); }) == 4);
}

TEST_CASE("D9, D10: jobs that fail in a group, and those that only read, add no sync") {
    writer w;
    auto const failing = [&](int i) {
        return i % 2 == 0 ? w.write() : w.server.submit([] {
            roam::insert(employee{});
            throw std::runtime_error{"changed its mind"};
        });
    };
    CHECK(w.of_waiting(64, failing) == 1);
    CHECK(roam::select<employee>().count(w.db) == 4 + 32);
    auto const reading = [&](int) {
        return w.server.submit([] { roam::select<employee>().count(); });
    };
    CHECK(w.of_waiting(64, reading) == 0);
}

TEST_CASE("D9, D10: jobs that may run only once are one sync each, as is everything ungrouped") {
    writer w;
    auto const once = [&](int) {
        return w.server.submit(roam::once, [] { roam::insert(employee{}); });
    };
    CHECK(w.of_waiting(16, once) == 16);
    writer single{{.group_commit = false}};
    CHECK(single.of_waiting(16, [&](int) { return single.write(); }) == 16);
}
