// SPDX-License-Identifier: MIT
// A pooler of transactions between: it dies, the server behind it dies, or nobody is free.
#include "running_server.hpp"
#include "server.hpp"
#include <roam/session/retry.hpp>

#include <libpq-fe.h>

#include <atomic>

using namespace roam::test;
using namespace std::chrono_literals;

namespace {

std::string pooler_url(std::string const& database = "postgres") {
    std::string url = std::getenv("ROAM_TEST_PGBOUNCER_URL");
    auto const name = url.rfind('/') + 1;
    return url.replace(name, url.find('?') - name, database);
}

struct pooled : faulty {
    explicit pooled(std::size_t sessions, std::string const& database = "postgres",
                    std::chrono::milliseconds validate_after = 0ms)
        : faulty(options_of(sessions, validate_after), pooler_url(database)) {}

    static int process_of(roam::transaction& tx) {
        return faulty::process_of(static_cast<roam::session&>(tx));
    }
    /// From now on a COMMIT after an insert takes that long.
    void make_commits_take(std::string const& seconds) {
        outside.lease().execute(
            "CREATE OR REPLACE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_sleep(" +
            seconds +
            "); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION late()");
    }
    bool is_committing() {
        return roam::raw<std::int64_t>(
                   "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND "
                   "wait_event = 'PgSleep'")
                   .one(outside) != 0;
    }
    bool answers() {
        try {
            return roam::raw<int>("SELECT 1").reads_only().one(db) == 1;
        } catch (roam::error const&) {
            return false;
        }
    }
};

/// Tells the pooler's own console.
void configure(std::string const& command) {
    std::string const url = pooler_url("pgbouncer");
    PGconn* const console = PQconnectdb(url.substr(0, url.find('?')).c_str());
    PGresult* const answer = PQexec(console, command.c_str());
    INFO(PQerrorMessage(console));
    CHECK(PQresultStatus(answer) == PGRES_COMMAND_OK);
    PQclear(answer);
    PQfinish(console);
}

}  // namespace

TEST_CASE("a server process killed in a transaction behind the pooler loses it as a whole") {
    pooled p{1};
    {
        roam::transaction tx{p.db};
        roam::insert(entry{.text = "a"});
        p.kill(pooled::process_of(tx));
        CHECK_THROWS_AS(roam::insert(entry{.text = "b"}), roam::connection_lost_error);
        CHECK_THROWS_AS(tx.commit(), roam::error);
    }
    CHECK(p.stored() == 0);
    int runs = 0;
    roam::transact(p.db, [&](roam::transaction& tx) {
        roam::insert(entry{.text = "a"});
        if (++runs == 1)
            p.kill(pooled::process_of(tx));
    });
    CHECK(runs == 2);
    CHECK(p.stored() == 1);
}

TEST_CASE("a server process killed in COMMIT behind the pooler is commit_in_doubt_error") {
    pooled p{1};
    p.make_commits_slow();
    int runs = 0;
    bool arrived = false;
    std::jthread killer;
    CHECK_THROWS_AS(roam::transact(p.db,
                                   [&] {
                                       ++runs;
                                       roam::insert(entry{.text = "a"});
                                       killer = std::jthread{[&] { arrived = p.kill_in_commit(); }};
                                   }),
                    roam::commit_in_doubt_error);
    killer.join();
    CHECK(arrived);
    CHECK(runs == 1);
    CHECK(p.stored() == 0);
}

TEST_CASE("an idle connection does not notice that the server behind the pooler is restarted") {
    pooled p{2};
    auto held = p.db.lease();
    roam::insert(entry{.text = "before"}, held);
    static running_server postgresql{"ROAM_TEST_POSTGRESQL_PID"};  // for what follows too
    postgresql.stop();
    postgresql.start();
    CHECK(soon_true([&] { return p.answers(); }));
    roam::insert(entry{.text = "after"}, held);
    CHECK(roam::select<entry>().count(held) == 2);
}

TEST_CASE(
    "whoever waits too long for a session of the pooler's loses the link, and may try again") {
    pooled p{2, "one", 1h};
    p.fill(2);  // to connect takes a session of the pooler's too, and so does a sign of life
    configure("SET query_wait_timeout = 1");
    {
        roam::transaction tx{p.db};
        roam::insert(entry{.text = "a"});
        in_another_thread([&] {
            auto const e = caught<roam::connection_lost_error>(
                [&] { roam::insert(entry{.text = "b"}, p.db); });
            REQUIRE(e);
            CHECK(e->sqlstate() == "08P01");
            CHECK_THAT(e->what(), Contains("query_wait_timeout"));
            CHECK_FALSE(e->connection_usable());
        });
        tx.commit();
    }
    int runs = 0;
    std::atomic<bool> is_busy = false;
    std::jthread const other{[&] {
        roam::transaction tx{p.db};
        roam::insert(entry{.text = "c"});
        is_busy = true;
        std::this_thread::sleep_for(1500ms);
        tx.commit();
    }};
    REQUIRE(soon_true([&] { return is_busy.load(); }));
    roam::transact(p.db, [&] {
        ++runs;
        roam::insert(entry{.text = "d"});
    });
    CHECK(p.stored() == 3);
    configure("SET query_wait_timeout = 10");
}

TEST_CASE("a pooler killed in a transaction loses it, and the pool goes on with the next one") {
    pooled p{2};
    running_server pooler{"ROAM_TEST_PGBOUNCER_PID"};
    {
        roam::transaction tx{p.db};
        roam::insert(entry{.text = "a"});
        pooler.stop(SIGKILL);
        auto const e = caught<roam::connection_lost_error>([&] { tx.commit(); });
        REQUIRE(e);
        CHECK(e->code() == "connection_lost");  // and not in doubt: COMMIT was never sent
    }
    CHECK(soon_true([&] { return p.stored() == 0; }));
    CHECK_THROWS_AS(roam::insert(entry{.text = "b"}, p.db), roam::connection_error);
    pooler.start();
    REQUIRE(soon_true([&] { return p.answers(); }));
    roam::insert(entry{.text = "c"}, p.db);
    CHECK(p.stored() == 1);

    // In COMMIT: the server goes on by itself, so what was in doubt is there in the end.
    p.make_commits_take("1");
    {
        roam::transaction tx{p.db};
        roam::insert(entry{.text = "d"});
        std::jthread const killer{[&] {
            if (soon_true([&] { return p.is_committing(); }))
                pooler.stop(SIGKILL);
        }};
        auto const e = caught<roam::commit_in_doubt_error>([&] { tx.commit(); });
        REQUIRE(e);
        CHECK_FALSE(e->connection_usable());
    }
    CHECK(p.stored() == 1);
    CHECK(soon_true([&] { return p.stored() == 2; }));
}
