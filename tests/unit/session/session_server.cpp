// SPDX-License-Identifier: MIT
// D9: what a disk that fails does to the jobs of a session_server. The rest of it is in
// tests/threads.
#include "fixture.hpp"
#include <roam/threads.hpp>

#include <support/failing_disk.hpp>

#include <atomic>
#include <future>
#include <latch>

using namespace roam::test;

namespace {

/// Two jobs that wait together, and so are a group.
struct pair_of_jobs {
    failing_disk disk;
    notes n{2};
    roam::session_server server{n.db, {.group_commit = true}};
    std::atomic<int> runs = 0;
    std::future<void> first, second;

    /// The disk fails so many syncs from when they run.
    void run(int failures) {
        server.submit([] {}).get();
        std::latch held{1};
        auto holding = server.submit(roam::once, [&] { held.wait(); });
        first = job("first");
        second = job("second");
        auto const writing = server.submit(roam::once, [] {});
        disk.failures = failures;
        held.count_down();
        holding.get();
        writing.wait();
        disk.failures = 0;
    }
    std::future<void> job(char const* text) {
        return server.submit([this, text] {
            ++runs;
            roam::insert(note{.text = text});
        });
    }
};

}  // namespace

TEST_CASE("D9: after an I/O error at the group's commit each job runs again, alone") {
    pair_of_jobs jobs;
    jobs.run(1);
    jobs.first.get();
    jobs.second.get();
    CHECK(jobs.runs == 4);
    CHECK(jobs.n.stored() == 2);
}

TEST_CASE("D9: a disk that goes on failing fails each job by itself, and none is acknowledged") {
    pair_of_jobs jobs;
    jobs.run(1000);
    CHECK_THROWS_AS(jobs.first.get(), roam::storage_error);
    CHECK_THROWS_AS(jobs.second.get(), roam::storage_error);
    CHECK(jobs.n.stored() == 0);
    jobs.job("when it works again").get();
    CHECK(jobs.n.stored() == 1);
}
