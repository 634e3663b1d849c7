// SPDX-License-Identifier: MIT
// transact() when server processes are killed (D37): before COMMIT was sent it repeats, after that
// nobody may.
#include "server.hpp"
#include <roam/session/retry.hpp>

#include <atomic>
#include <mutex>

using namespace roam::test;
using namespace std::chrono_literals;

TEST_CASE("D37: a link lost before COMMIT was sent repeats the closure on another session") {
    faulty f{1};
    std::vector<int> processes;
    roam::transact(f.db, [&](roam::transaction& tx) {
        processes.push_back(faulty::process_of(static_cast<roam::session&>(tx)));
        roam::insert(entry{.text = "first half"});
        if (processes.size() == 1)
            f.kill(processes.back());
        roam::insert(entry{.text = "second half"});
    });
    REQUIRE(processes.size() == 2);
    CHECK(processes[0] != processes[1]);
    CHECK(f.stored() == 2);
}

TEST_CASE("D37: a link lost just before COMMIT, when that is certain, repeats the closure") {
    faulty f{1};
    int runs = 0;
    roam::transact(f.db, [&](roam::transaction& tx) {
        roam::insert(entry{.text = "a"});
        if (++runs == 1)
            f.kill(faulty::process_of(static_cast<roam::session&>(tx)));
    });
    CHECK(runs == 2);
    CHECK(f.stored() == 1);
}

TEST_CASE("D37: a link lost while COMMIT runs is commit_in_doubt_error and is never repeated") {
    faulty f{1};
    f.make_commits_slow();
    int runs = 0;
    entry mine{.text = "a"};
    bool arrived = false;
    std::jthread killer;
    CHECK_THROWS_AS(roam::transact(f.db, roam::restoring(mine),
                                   [&] {
                                       ++runs;
                                       roam::insert(mine);
                                       killer = std::jthread{[&] { arrived = f.kill_in_commit(); }};
                                   }),
                    roam::commit_in_doubt_error);
    killer.join();
    CHECK(arrived);
    CHECK(runs == 1);
    CHECK(mine == entry{.text = "a"});
}

TEST_CASE("D37: transfers with ids under random kills: each is there once, or was in doubt") {
    faulty f{4};
    std::atomic<bool> over = false;
    std::atomic<int> acknowledged = 0;
    std::atomic<int> in_doubt = 0;
    std::atomic<int> runs = 0;
    std::jthread killer{[&] {
        while (!over) {
            std::this_thread::sleep_for(2ms);
            roam::raw<std::int64_t>(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND "
                "pid <> pg_backend_pid() AND pid % 3 = 0")
                .one(f.outside);
        }
    }};
    std::vector<std::string> unexpected;
    std::mutex mutex;
    std::vector<std::string> doubtful;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < 100; ++k) {
                    std::string const name = std::to_string(i) + "/" + std::to_string(k);
                    try {
                        bool spared = k % 10 != 0;
                        roam::transact(f.db, {.attempts = 1'000, .deadline = 60s}, [&] {
                            ++runs;
                            roam::insert(entry{.text = name});
                            if (!std::exchange(spared, true))
                                f.kill(roam::raw<int>("SELECT pg_backend_pid()").one());
                        });
                        ++acknowledged;
                    } catch (roam::commit_in_doubt_error const&) {
                        ++in_doubt;
                        std::lock_guard const lock{mutex};
                        doubtful.push_back(name);
                    } catch (std::exception const& e) {
                        std::lock_guard const lock{mutex};
                        unexpected.emplace_back(e.what());
                    }
                }
            });
        }
    }
    over = true;
    killer.join();
    CHECK(unexpected == std::vector<std::string>{});
    CHECK(acknowledged + in_doubt == 400);
    int resolved = 0;
    for (auto const& name : doubtful) {
        auto const found =
            roam::select<entry>().where(roam::col<&entry::text> == name).count(f.outside);
        CHECK(found <= 1);
        resolved += found == 1;
    }
    CHECK(f.stored() == acknowledged + resolved);
    CHECK(runs + in_doubt >= 440);
    CHECK(f.db.counts().in_use == 0);
}
