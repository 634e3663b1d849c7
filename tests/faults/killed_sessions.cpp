// SPDX-License-Identifier: MIT
// Server processes that are killed under the pool (P4, P5), and links cut around a COMMIT.
#include "server.hpp"
#include <roam/session/hooks.hpp>

using namespace roam::test;

TEST_CASE(
    "P4: after every idle session was killed the next leases work, and nobody sees an error") {
    faulty f{4};
    for (int const process : f.fill(4)) {
        f.kill(process);
    }
    CHECK(f.db.counts().idle == 4);
    std::vector<roam::session> held;
    for (int i = 0; i < 4; ++i) {
        held.push_back(f.db.lease());
        roam::insert(entry{.text = "works"}, held.back());
    }
    CHECK(f.stored() == 4);
    auto const counts = f.db.counts();
    CHECK(counts.size == 4);
    CHECK(counts.closed == 4);
    CHECK(counts.opened == 8);
}

TEST_CASE(
    "P12: idle sessions are asked for a sign of life only after validate_after, or after a loss") {
    auto options = faulty::options_of(3);
    options.validate_after = GENERATE(std::chrono::milliseconds{std::chrono::hours{1}},
                                      std::chrono::milliseconds::max());
    faulty f{options};
    auto const processes = f.fill(3);
    for (int const process : processes) {
        f.kill(process);
    }
    // Within the time nobody asked, so the first to use one is told; the others are looked at then.
    CHECK_THROWS_AS(roam::insert(entry{.text = "lost"}, f.db), roam::connection_lost_error);
    for (int i = 0; i < 6; ++i) {
        CHECK_NOTHROW(roam::insert(entry{.text = "works"}, f.db));
    }
    CHECK(f.stored() == 6);
}

TEST_CASE("P5: a session killed in use throws connection_lost_error and is replaced") {
    faulty f{1};
    {
        auto s = f.db.lease();
        auto const id = s.id();
        f.kill(faulty::process_of(s));
        auto const e =
            caught<roam::connection_lost_error>([&] { roam::insert(entry{.text = "a"}, s); });
        REQUIRE(e);
        CHECK_FALSE(e->connection_usable());
        CHECK_FALSE(e->transaction_usable());
        CHECK(e->code() == "connection_lost");
        CHECK_THROWS_AS(roam::insert(entry{.text = "b"}, s), roam::connection_lost_error);
        CHECK(s.id() == id);  // nothing is retried behind the caller's back
    }
    CHECK(f.db.counts().size == 0);
    roam::insert(entry{.text = "c"}, f.db);
    CHECK(f.stored() == 1);
    CHECK(f.db.counts().opened == 2);
}

TEST_CASE("P5: a transaction whose session is killed is lost as a whole") {
    faulty f{1};
    {
        roam::transaction tx{f.db};
        roam::insert(entry{.text = "a"});
        f.kill(faulty::process_of(static_cast<roam::session&>(tx)));
        CHECK_THROWS_AS(roam::insert(entry{.text = "b"}), roam::connection_lost_error);
        auto const e = caught<roam::error>([&] { tx.commit(); });
        REQUIRE(e);
        CHECK(e->code() != "commit_in_doubt");
        CHECK_FALSE(tx.is_open());
    }
    CHECK(f.stored() == 0);
    roam::insert(entry{.text = "c"}, f.db);
    CHECK(f.stored() == 1);
}

TEST_CASE("a link that is gone before COMMIT is sent has committed nothing, and that is certain") {
    faulty f{1};
    roam::transaction tx{f.db};
    roam::insert(entry{.text = "a"});
    f.kill(faulty::process_of(static_cast<roam::session&>(tx)));
    auto const e = caught<roam::connection_lost_error>([&] { tx.commit(); });
    REQUIRE(e);
    CHECK(e->code() == "connection_lost");
    CHECK(f.stored() == 0);
}

TEST_CASE("a link cut while COMMIT runs is commit_in_doubt_error, and its session is discarded") {
    faulty f{1};
    f.make_commits_slow();
    std::vector<std::string> said;
    {
        roam::session_scope const here{f.db};
        roam::transaction tx{f.db};
        roam::insert(entry{.text = "a"});
        roam::after_commit([&] { said.emplace_back("committed"); });
        roam::after_rollback([&] { said.emplace_back("undone"); });
        bool arrived = false;
        std::jthread killer{[&] { arrived = f.kill_in_commit(); }};
        auto const e = caught<roam::commit_in_doubt_error>([&] { tx.commit(); });
        killer.join();
        CHECK(arrived);
        REQUIRE(e);
        CHECK(e->code() == "commit_in_doubt");
        CHECK_FALSE(e->connection_usable());
        CHECK_FALSE(tx.is_open());
        CHECK_THROWS_AS(roam::select<entry>().all(), roam::connection_lost_error);
    }
    CHECK(said.empty());  // nobody can say which of the two it was
    CHECK(f.db.counts().size == 0);
    CHECK(roam::select<entry>().count(f.db) == 0);
    CHECK(f.db.counts().opened == 2);
}

TEST_CASE("P7: a session whose rollback at return fails is closed") {
    faulty f{1};
    {
        auto s = f.db.lease();
        s.execute("BEGIN");
        roam::insert(entry{.text = "a"}, s);
        f.kill(faulty::process_of(s));
    }
    CHECK(f.db.counts().size == 0);
    CHECK(f.stored() == 0);
    auto s = f.db.lease();
    CHECK_FALSE(s.in_transaction());
}

TEST_CASE("a stream whose server process is killed throws connection_lost_error, and is over") {
    faulty f{1};
    std::vector<entry> many(20'000, entry{.text = std::string(200, 'x')});
    roam::insert(many, f.outside);
    std::size_t rows = 0;
    auto const e = caught<roam::connection_lost_error>([&] {
        for (auto const& each : roam::select<entry>().stream(f.db)) {
            if (++rows == 10) {
                f.kill(roam::raw<int>("SELECT pid FROM pg_stat_activity WHERE query LIKE "
                                      "'SELECT%entry%' AND pid <> pg_backend_pid()")
                           .one(f.outside));
            }
            CHECK(each.text.size() == 200);
        }
    });
    REQUIRE(e);
    CHECK(rows >= 10);
    CHECK(rows < many.size());
    CHECK(roam::select<entry>().count(f.db) == 20'000);
    CHECK(f.db.counts().opened == 2);
}

TEST_CASE("sessions killed at random under traffic cost their owners an error, and no more") {
    faulty f{4};
    std::atomic<bool> over = false;
    std::atomic<int> acknowledged = 0;
    std::atomic<int> lost = 0;
    std::atomic<int> unexpected = 0;
    std::jthread killer{[&] {
        while (!over) {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
            roam::raw<std::int64_t>(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND "
                "pid <> pg_backend_pid() AND pid % 3 = 0")
                .one(f.outside);
        }
    }};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 150; ++k) {
                    try {
                        roam::transaction tx{f.db};
                        roam::insert(entry{.text = "x"});
                        tx.commit();
                        ++acknowledged;
                    } catch (roam::connection_error const&) {
                        ++lost;
                    } catch (...) {
                        ++unexpected;
                    }
                }
            });
        }
    }
    over = true;
    killer.join();
    CHECK(unexpected == 0);
    CHECK(acknowledged + lost == 900);
    CHECK(f.stored() >= acknowledged);
    auto const counts = f.db.counts();
    CHECK(counts.in_use == 0);
    CHECK(counts.size <= 4);
    CHECK(counts.opened - counts.closed == counts.size);
    roam::insert(entry{.text = "after the storm"}, f.db);
}
