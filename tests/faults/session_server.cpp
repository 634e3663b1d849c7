// SPDX-License-Identifier: MIT
// D9: the link of a session_server is lost while its COMMIT runs.
#include "server.hpp"
#include <roam/threads.hpp>

#include <atomic>
#include <future>
#include <latch>

using namespace roam::test;

namespace {

/// Two jobs that waited together, and whose process is killed in the first COMMIT after that.
struct waiting_jobs {
    faulty& f;
    roam::session_server server;
    std::atomic<int> runs = 0;
    std::future<void> first, second;
    bool killed_in_commit = false;

    waiting_jobs(faulty& on, bool group) : f(on), server(on.db, {.group_commit = group}) {
        f.make_commits_slow();
        std::latch held{1};
        auto holding = server.submit(roam::once, [&] { held.wait(); });
        auto const job = [this](char const* text) {
            return server.submit([this, text] {
                ++runs;
                roam::insert(entry{.text = text});
            });
        };
        first = job("first");
        second = job("second");
        held.count_down();
        holding.get();
        killed_in_commit = f.kill_in_commit();
    }
    void make_commits_fast() { f.outside.lease().execute("DROP TRIGGER slow ON entry"); }
};

}  // namespace

TEST_CASE("D9: a link lost while a group commits leaves each of its jobs in doubt, run once") {
    faulty f{2};
    waiting_jobs w{f, true};
    CHECK(w.killed_in_commit);
    CHECK_THROWS_AS(w.first.get(), roam::commit_in_doubt_error);
    CHECK_THROWS_AS(w.second.get(), roam::commit_in_doubt_error);
    CHECK(w.runs == 2);
    w.make_commits_fast();
    w.server.submit([] { roam::insert(entry{.text = "on a new session"}); }).get();
    CHECK(f.stored() == 1);
}

TEST_CASE("D9: without groups only the job whose commit was lost is in doubt") {
    faulty f{2};
    waiting_jobs w{f, false};
    CHECK(w.killed_in_commit);
    CHECK_THROWS_AS(w.first.get(), roam::commit_in_doubt_error);
    CHECK(f.kill_in_commit());
    CHECK_THROWS_AS(w.second.get(), roam::commit_in_doubt_error);
    CHECK(w.runs == 2);
}
