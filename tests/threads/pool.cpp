// SPDX-License-Identifier: MIT
// The pool under many threads, and requests to cancel from all sides.
#include "fixture.hpp"

#include <algorithm>
#include <latch>

using namespace roam::test;

namespace {

std::string long_statement() {
    if (on_firebird())
        return firebird_count(1'000'000'000'000);
    return on_sqlite()  ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                          "i < 1000000000) SELECT count(*) FROM n"
           : on_mysql() ? "SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b WHERE "
                          "a.seq + b.seq < 0"
                        : "SELECT count(*) FROM (SELECT pg_sleep(60)) AS s";
}

std::string short_statement() {
    if (on_firebird())
        return firebird_count(2000);
    return on_sqlite()  ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                          "i < 2000) SELECT count(*) FROM n"
           : on_mysql() ? "SELECT count(*) FROM seq_1_to_2000"
                        : "SELECT count(*) FROM generate_series(1, 2000)";
}

}  // namespace

TEST_CASE("P1: sixteen threads on four sessions: the bound holds, counts add up, all are served") {
    company c{4};
    auto const rounds = scaled(4'000, 60);
    std::atomic<int> held = 0;
    std::atomic<int> most = 0;
    std::atomic<bool> over = false;
    int wrong_counts = 0;
    std::jthread auditor{[&] {
        while (!over) {
            auto const n = c.db.counts();
            wrong_counts += n.idle + n.in_use + n.opening != n.size || n.size > 4 ||
                            n.opened - n.closed != n.size - n.opening || n.in_use > 4;
            std::this_thread::yield();
        }
    }};
    auto const errors = on_threads(16, [&](int number) {
        std::mt19937 random{static_cast<unsigned>(number)};
        for (std::size_t i = 0; i < rounds; ++i) {
            auto s = std::make_unique<roam::session>(c.db.lease());
            int const now = ++held;
            int seen = most;
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
            if (random() % 8 == 0) {
                roam::raw<int>("SELECT 1" + from_none()).reads_only().one(*s);
            }
            if (random() % 8 == 0) {
                s->execute("SELECT 1" + from_none());  // touches it
            }
            --held;
            if (random() % 64 == 0) {
                std::jthread{[&] { s.reset(); }}.join();  // by a foreign hand: closed
            }
        }
    });
    over = true;
    auditor.join();
    CHECK(errors == no_errors);
    CHECK(wrong_counts == 0);
    CHECK(most <= 4);
    auto const counts = c.db.counts();
    CHECK(counts.leases == 16 * rounds + 1);
    CHECK(counts.in_use == 0);
    CHECK(counts.waiting == 0);
    CHECK(counts.opened - counts.closed == counts.idle);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("P7, D7: what a thread leaves in its session is gone before the next owner gets it") {
    company c{1};
    std::uint64_t id = 0;
    std::jthread{[&] {
        auto s = c.db.lease();
        id = s.id();
        if (!over_pooler()) {  // which refuses it
            s.execute(on_firebird()
                          ? "SELECT rdb$set_context('USER_SESSION', 'mine', 1)" + from_none()
                          : "CREATE TEMPORARY TABLE mine (a integer)");
        }
        s.execute(begin_sql());
        roam::insert(employee{}, s);
    }}.join();
    auto s = c.db.lease();
    REQUIRE(s.id() == id);
    CHECK_FALSE(s.in_transaction());
    if (on_firebird()) {
        auto const mine = "SELECT rdb$get_context('USER_SESSION', 'mine')" + from_none();
        CHECK(roam::raw<std::optional<std::string>>(mine).one(s) == std::nullopt);
    } else {
        CHECK(throws<roam::missing_table_error>(
            [&] { roam::raw<int>("SELECT count(*) FROM mine").one(s); }));
    }
    CHECK(roam::select<employee>().count(s) == 0);
}

TEST_CASE("D7: leases that touch nothing send nothing to the server") {
    if (!on_postgresql() || over_pooler()) {
        ROAM_SKIP("only PostgreSQL tells; tests/unit/session/database.cpp counts the statements");
    }
    company c{1};
    auto const process = roam::raw<int>("SELECT pg_backend_pid()").reads_only().one(c.db);
    auto const last_message = [&] {
        return roam::raw<std::string>(
                   "SELECT CAST(state_change AS text) FROM pg_stat_activity WHERE pid = ?", process)
            .one(c.outside);
    };
    auto const before = last_message();
    for (int i = 0; i < 20; ++i) {
        c.db.lease();
    }
    CHECK(last_message() == before);
    roam::find<employee>(1, c.db);
    CHECK(last_message() != before);
}

TEST_CASE("P2: leases that time out under load leave the pool as it was") {
    company c{2, std::chrono::milliseconds{300}};
    auto const rounds = scaled(2'000, 40);
    std::atomic<int> served = 0;
    std::atomic<int> late = 0;
    std::latch taken{1};
    std::jthread const holder{[&] {
        auto const one = c.db.lease();
        auto const other = c.db.lease();
        taken.count_down();
        while (late < 8)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }};
    taken.wait();
    auto const errors = on_threads(8, [&](int) {
        for (std::size_t i = 0; i < rounds; ++i) {
            try {
                auto const s = c.db.lease();
                ++served;
                if (i % 4 == 0) {
                    std::this_thread::sleep_for(std::chrono::milliseconds{1});
                }
            } catch (roam::pool_timeout_error const&) {
                ++late;
            }
        }
    });
    CHECK(errors == no_errors);
    CHECK(static_cast<std::size_t>(served + late) == 8 * rounds);
    CHECK(served > 0);
    auto const counts = c.db.counts();
    CHECK(counts.in_use == 0);
    CHECK(counts.waiting == 0);
    CHECK(counts.idle == counts.size);
}

TEST_CASE(
    "P15: a close in the middle of the traffic ends every lease, and every wait with an error") {
    for (int round = 0; round < 5; ++round) {
        company c{2};
        std::atomic<int> refused = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&] {
                try {
                    for (;;) {
                        roam::raw<int>("SELECT 1" + from_none()).reads_only().one(c.db);
                    }
                } catch (roam::pool_closed_error const&) {
                    ++refused;
                }
            });
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        CHECK(c.db.close(std::chrono::seconds{20}));
        threads.clear();
        CHECK(refused == 6);
        auto const counts = c.db.counts();
        CHECK(counts.size == 0);
        CHECK(counts.opened == counts.closed);
    }
}

TEST_CASE("handles of a database come and go while its sessions are used") {
    // The last handle closes the pool; whichever thread has it then.
    place const where;
    roam::create_tables<employee>(where.open(1));
    for (std::size_t round = 0; round < scaled(200, 8); ++round) {
        auto db = std::make_unique<roam::database>(where.open(3));
        std::vector<std::jthread> threads;
        std::atomic<int> errors = 0;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&errors, mine = *db] {
                auto s = mine.lease();
                errors += roam::raw<int>("SELECT 1" + from_none()).reads_only().one(s) != 1;
            });
        }
        db.reset();
        threads.clear();
        CHECK(errors == 0);
    }
}

TEST_CASE("a long statement is cancelled from another thread, and its session works on") {
    company c{1};
    auto s = c.db.lease();
    for (int i = 0; i < 3; ++i) {
        std::atomic<bool> over = false;
        std::jthread other{[&, handle = s.canceller()] {
            while (!over) {
                std::this_thread::sleep_for(std::chrono::milliseconds{5});
                handle.cancel();
            }
        }};
        CHECK(throws<roam::cancelled_error>(
            [&] { roam::raw<std::int64_t>(long_statement()).one(s); }));
        over = true;
        other.join();
        CHECK(roam::raw<std::int64_t>(short_statement()).one(s) == 2000);
    }
}

TEST_CASE("a storm of cancels hits the leases it is meant for, and never the next") {
    company c{2};
    std::mutex mutex;
    roam::cancel_handle target;  // of whichever lease published one last, over or not
    std::atomic<bool> over = false;
    std::atomic<int> sent = 0;
    std::vector<std::jthread> storm;
    for (int i = 0; i < 2; ++i) {
        storm.emplace_back([&] {
            while (!over) {
                roam::cancel_handle handle;
                {
                    std::lock_guard const lock{mutex};
                    handle = target;
                }
                handle.cancel();
                ++sent;
            }
        });
    }
    auto const rounds = scaled(2'000, 40);
    std::atomic<int> cancelled = 0;
    std::atomic<int> hit_by_mistake = 0;
    auto const errors = on_threads(4, [&](int number) {
        auto const work = roam::raw<std::int64_t>(short_statement()).reads_only();
        for (std::size_t i = 0; i < rounds; ++i) {
            auto s = c.db.lease();
            bool const willing = number % 2 == 0;
            if (willing) {
                std::lock_guard const lock{mutex};
                target = s.canceller();
            }
            try {
                work.one(s);
            } catch (roam::cancelled_error const&) {
                ++(willing ? cancelled : hit_by_mistake);
            }
        }
    });
    over = true;
    storm.clear();
    CHECK(errors == no_errors);
    CHECK(hit_by_mistake == 0);
    CHECK(sent > 0);
    CHECK(roam::raw<std::int64_t>(short_statement()).one(c.db) == 2000);
    CHECK(c.db.counts().in_use == 0);
}
