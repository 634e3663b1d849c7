// SPDX-License-Identifier: MIT
// Many threads that share records and save them through one database.
#include "fixture.hpp"

#include <algorithm>
#include <set>

using namespace roam::test;

namespace {

constexpr int thread_count = 8;
std::size_t pool_size() { return GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{8}); }

}  // namespace

TEST_CASE("VD8: of N threads that insert M records each, every key is that of its row") {
    company c{pool_size()};
    auto const each = scaled(2'000, 25);
    std::vector<std::vector<employee>> made(thread_count);
    auto const errors = on_threads(thread_count, [&](int number) {
        auto& mine = made[static_cast<std::size_t>(number)];
        for (std::size_t i = 0; i < each; ++i) {
            employee e{.email = std::to_string(number) + "/" + std::to_string(i)};
            if (i % 4 == 0) {
                roam::transaction tx{c.db};
                roam::insert(e);
                tx.commit();
            } else {
                roam::insert(e, c.db);
            }
            mine.push_back(e);
        }
    });
    CHECK(errors == no_errors);
    std::map<std::int64_t, std::string> stored;
    for (auto const& e : c.rows()) {
        stored.emplace(e.id, e.email);
    }
    CHECK(stored.size() == thread_count * each);
    std::size_t wrong = 0;
    for (auto const& mine : made) {
        for (auto const& e : mine) {
            wrong += stored[e.id] != e.email;
        }
    }
    CHECK(wrong == 0);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("every acknowledged save of a shared record is found") {
    // Each thread owns some of the records and saves them; all read all of them meanwhile.
    company c{pool_size()};
    std::vector<employee> records;
    for (int i = 0; i < 4 * thread_count; ++i) {
        records.push_back(roam::insert(employee{.email = std::to_string(i)}, c.db));
    }
    auto const rounds = scaled(1'000, 15);
    std::vector<std::atomic<int>> acknowledged(records.size());
    std::atomic<int> lost = 0;
    auto const errors = on_threads(thread_count, [&](int number) {
        std::mt19937 random{static_cast<unsigned>(number)};
        for (std::size_t i = 0; i < rounds; ++i) {
            auto const mine = static_cast<std::size_t>(number) * 4 + random() % 4;
            employee e = records[mine];
            e.visits = acknowledged[mine] + 1;
            roam::update(e, c.db);
            acknowledged[mine] = e.visits;

            auto const any = random() % records.size();
            int const at_least = acknowledged[any];
            employee seen = records[any];
            roam::refresh(seen, c.db);
            lost += seen.visits < at_least;
        }
    });
    CHECK(errors == no_errors);
    CHECK(lost == 0);
    for (auto const& e : c.rows()) {
        auto const at = std::find_if(records.begin(), records.end(),
                                     [&](employee const& r) { return r.id == e.id; });
        CHECK(e.visits == acknowledged[static_cast<std::size_t>(at - records.begin())]);
    }
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("increments in transactions are neither lost nor doubled") {
    company c{pool_size()};
    auto const e = roam::insert(employee{.email = "counter"}, c.db);
    auto const rounds = scaled(500, 10);
    std::atomic<int> committed = 0;
    auto const errors = on_threads(thread_count, [&](int number) {
        for (std::size_t i = 0; i < rounds; ++i) {
            roam::transaction tx{c.db};
            // A row lock on PostgreSQL; on SQLite a writing transaction has the lock already.
            roam::raw("UPDATE employee SET visits = visits WHERE id = ?", e.id).run();
            employee mine = roam::get<employee>(e.id);
            mine.visits += 1;
            roam::update(mine);
            if ((i + static_cast<std::size_t>(number)) % 3 != 0) {
                tx.commit();
                ++committed;
            }
        }
    });
    CHECK(errors == no_errors);
    CHECK(c.row(e.id)->visits == committed);
}

TEST_CASE("VD18: whatever threads do around lease and return, no connection serves two of them") {
    auto const sessions = pool_size();
    company c{sessions};
    std::vector<employee> records;
    for (int i = 0; i < 8; ++i) {
        records.push_back(roam::insert(employee{.email = std::to_string(i)}, c.db));
    }
    auto const steps = scaled(2'000, 30);
    std::vector<std::atomic<int>> saved(records.size());
    auto const errors = on_threads(thread_count, [&](int number) {
        std::mt19937 random{static_cast<unsigned>(number) + 100};
        auto const pause = [&] {
            if (random() % 4 == 0) {
                std::this_thread::yield();
            }
        };
        auto const mine = static_cast<std::size_t>(number);
        for (std::size_t i = 0; i < steps; ++i) {
            employee e = records[mine];
            e.visits = saved[mine] + 1;
            switch (random() % 7) {
                case 0: {
                    auto s = c.db.lease();
                    pause();
                    roam::update(e, s);
                    saved[mine] = e.visits;
                    break;
                }
                case 1: {
                    roam::session_scope const here{c.db};
                    roam::update(e);
                    saved[mine] = e.visits;
                    pause();
                    break;
                }
                case 2: {  // rolled back
                    roam::transaction const tx{c.db};
                    roam::update(e);
                    pause();
                    break;
                }
                case 3: {
                    roam::transaction tx{c.db};
                    roam::update(e);
                    tx.commit();
                    saved[mine] = e.visits;
                    break;
                }
                case 4: {  // left half-read
                    auto rows = roam::select<employee>().stream(c.db);
                    rows.begin();
                    pause();
                    break;
                }
                case 5: {  // its stream outlives it
                    std::optional<roam::session> s{c.db.lease()};
                    auto rows = roam::select<employee>().stream(*s);
                    s.reset();
                    pause();
                    rows.begin();
                    break;
                }
                default:
                    roam::refresh(e, c.db);
            }
        }
    });
    CHECK(errors == no_errors);
    CHECK(c.seen->foreign() == 0);
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(c.row(records[i].id)->visits == saved[i]);
    }
    auto const counts = c.db.counts();
    CHECK(counts.in_use == 0);
    CHECK(counts.opened <= sessions);
}
