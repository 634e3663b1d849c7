// SPDX-License-Identifier: MIT
// The link itself: lost, shared with SOCI, inherited by a fork, used by several threads.
#include "postgresql_server.hpp"

#include <support/child.hpp>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace roam;
using namespace roam::test::postgresql;
using backend::transaction_state;
using roam::test::in_a_child;
using std::chrono::milliseconds;

namespace {

// SOCI puts an '=' behind a URL that has none.
soci::session soci_session() {
    return soci::session{*soci::factory_postgresql(),
                         std::string{server_url()} + "?application_name=roam_test"};
}

std::unique_ptr<backend::connection> adopt(soci::session& session) {
    return backend::driver_for_soci(session.get_backend_name()).adopt(session);
}

/// Ends the server process behind a connection and waits until it is gone.
void kill(backend::connection& by, std::int64_t process) {
    run(by, "SELECT pg_terminate_backend($1::int)", {integer(process)});
    auto const left = by.prepare("SELECT count(*) FROM pg_stat_activity WHERE pid = $1");
    while (rows_of(*left, {integer(process)})[0][0].value.integer != 0) {
        std::this_thread::sleep_for(milliseconds{5});
    }
    // The end of the stream follows the process's last words to our side of the socket.
    std::this_thread::sleep_for(milliseconds{20});
}

}  // namespace

TEST_CASE("a killed server process is a connection_lost_error and the connection unusable") {
    ROAM_NEEDS_POSTGRESQL();
    auto const killer = open();
    auto const limit = GENERATE(0, 60'000);
    auto const mode = GENERATE(backend::row_mode::buffered, backend::row_mode::streamed);
    auto const on = open();
    on->set_statement_timeout(milliseconds{limit});
    auto const prepared = on->prepare("SELECT 1", mode);
    kill(*killer, process_of(*on));
    auto const thrown = error_of<connection_lost_error>([&] { rows_of(*prepared); });
    CHECK_FALSE(thrown.connection_usable());
    CHECK_FALSE(thrown.transaction_usable());
    CHECK_FALSE(on->usable());
    CHECK_FALSE(on->ping());
    CHECK_THROWS_AS(on->prepare("SELECT 2"), connection_lost_error);
    CHECK_THROWS_AS(on->execute("ROLLBACK"), connection_lost_error);
    CHECK(on->transaction() == transaction_state::none);
}

TEST_CASE("a process killed while its statement runs is a connection_lost_error") {
    ROAM_NEEDS_POSTGRESQL();
    auto const killer = open();
    auto const on = open();
    auto const process = process_of(*on);
    std::jthread later{[&] {
        std::this_thread::sleep_for(milliseconds{100});
        run(*killer, "SELECT pg_terminate_backend($1::int)", {integer(process)});
    }};
    CHECK_THROWS_AS(on->execute("SELECT pg_sleep(30)"), connection_lost_error);
    CHECK_FALSE(on->usable());
}

TEST_CASE("ping finds out that an idle connection is dead") {
    ROAM_NEEDS_POSTGRESQL();
    auto const killer = open();
    auto const on = open();
    auto const process = process_of(*on);
    CHECK(on->ping());
    kill(*killer, process);
    CHECK_FALSE(on->ping());
    CHECK_FALSE(on->usable());
}

TEST_CASE("a link lost before COMMIT was sent is no doubt: nothing was committed") {
    ROAM_NEEDS_POSTGRESQL();
    auto const killer = open();
    auto const on = open();
    auto const process = process_of(*on);
    on->execute("BEGIN; SELECT 1");
    kill(*killer, process);
    auto const thrown = error_of<connection_lost_error>([&] { on->commit(); });
    CHECK(thrown.code() == connection_lost_error{""}.code());
}

TEST_CASE("a link lost during COMMIT is a commit_in_doubt_error") {
    ROAM_NEEDS_POSTGRESQL();
    auto const killer = open();
    auto const on = open();
    // A deferred trigger makes COMMIT take long enough to be hit.
    on->execute(
        "CREATE TEMP TABLE t (x int);"
        "CREATE FUNCTION pg_temp.slowly() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION pg_temp.slowly()");
    auto const process = process_of(*on);
    on->execute("BEGIN; INSERT INTO t VALUES (1)");
    std::jthread later{[&] {
        std::this_thread::sleep_for(milliseconds{150});
        run(*killer, "SELECT pg_terminate_backend($1::int)", {integer(process)});
    }};
    auto const thrown = error_of<commit_in_doubt_error>([&] { on->commit(); });
    CHECK_FALSE(thrown.connection_usable());
    CHECK_FALSE(on->usable());
}

TEST_CASE("SOCI works beside Roam on one connection and in one transaction") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto& sql = on->soci();
    sql << "CREATE TEMP TABLE t (x int)";
    on->execute("BEGIN");
    sql << "INSERT INTO t VALUES (1)";
    CHECK(run(*on, "INSERT INTO t VALUES ($1)", {integer(2)}) == 1);
    int count = 0;
    sql << "SELECT count(*) FROM t", soci::into(count);
    CHECK(count == 2);
    CHECK(on->transaction() == transaction_state::active);
    on->execute("ROLLBACK");
    CHECK(one_integer(*on, "SELECT count(*) FROM t") == 0);
    CHECK(on->native_handle() ==
          static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_);

    soci::transaction by_soci{sql};
    CHECK(on->transaction() == transaction_state::active);
    run(*on, "INSERT INTO t VALUES (3)");
    by_soci.commit();
    CHECK(one_integer(*on, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("an adopted session goes on after Roam, with no statement and no setting left behind") {
    ROAM_NEEDS_POSTGRESQL();
    auto sql = soci_session();
    sql << "SET statement_timeout = 7000";
    int before = 0;
    {
        soci::statement kept = (sql.prepare << "SELECT 41 + 1", soci::into(before));
        auto const on = adopt(sql);
        for (int i = 0; i < 5; ++i)
            CHECK(one_integer(*on, "SELECT 1") == 1);
        kept.execute(true);
        CHECK(before == 42);
    }
    int left = -1;
    sql << "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'roam%'", soci::into(left);
    CHECK(left == 0);
    std::string timeout;
    sql << "SHOW statement_timeout", soci::into(timeout);
    CHECK(timeout == "7s");
}

TEST_CASE("the end of an adoption leaves the user's transaction open, whatever he deallocated") {
    ROAM_NEEDS_POSTGRESQL();
    auto sql = soci_session();
    sql << "CREATE TEMP TABLE t (x int)";
    soci::transaction open_one{sql};
    {
        auto const on = adopt(sql);
        auto const first = on->prepare("INSERT INTO t VALUES (1)");
        first->run({});
        auto const second = on->prepare("SELECT 1");
        sql << "DEALLOCATE ALL";
    }
    {
        auto const on = adopt(sql);
        run(*on, "INSERT INTO t VALUES (2)");
    }
    int left = -1;
    sql << "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'roam%'", soci::into(left);
    CHECK(left == 0);
    open_one.commit();
    int count = 0;
    sql << "SELECT count(*) FROM t", soci::into(count);
    CHECK(count == 2);
}

// The new PGconn has the address of the old one, except under AddressSanitizer.
TEST_CASE("reconnect of the SOCI session is noticed although the handle has the old address") {
    ROAM_NEEDS_POSTGRESQL();
    auto sql = soci_session();
    auto const on = adopt(sql);
    auto const prepared = on->prepare("SELECT 1");
    sql.reconnect();
    auto const thrown = error_of<session_closed_error>([&] { prepared->start({}); });
    CHECK_FALSE(thrown.connection_usable());
    CHECK_THROWS_AS(on->execute("SELECT 1"), session_closed_error);
    CHECK_FALSE(on->usable());
    int answer = 0;
    sql << "SELECT 1", soci::into(answer);
    CHECK(answer == 1);
}

TEST_CASE("a SOCI session closed under Roam is noticed, and nothing is touched at the end") {
    ROAM_NEEDS_POSTGRESQL();
    auto sql = soci_session();
    auto const on = adopt(sql);
    auto const prepared = on->prepare("SELECT 1");
    sql.close();
    CHECK_THROWS_AS(prepared->start({}), session_closed_error);
    CHECK_FALSE(on->ping());
    CHECK(on->transaction() == transaction_state::none);
}

TEST_CASE("a SOCI session closed under an open stream is noticed by the stream") {
    ROAM_NEEDS_POSTGRESQL();
    auto sql = soci_session();
    auto const on = adopt(sql);
    auto const stream =
        on->prepare("SELECT x FROM generate_series(1, 1000) x", backend::row_mode::streamed);
    cell row;
    stream->start({});
    CHECK(stream->fetch(&row));
    sql.close();
    CHECK_THROWS_AS(stream->fetch(&row), session_closed_error);
    stream->finish();
    CHECK_FALSE(stream->fetch(&row));
}

TEST_CASE("a session that is closed or not UTF8 cannot be adopted") {
    ROAM_NEEDS_POSTGRESQL();
    soci::session closed;
    auto const& driver = backend::driver_for("postgresql");
    CHECK_THROWS_AS(driver.adopt(closed), usage_error);
    auto sql = soci_session();
    sql << "SET client_encoding = 'LATIN1'";
    CHECK_THROWS_AS(driver.adopt(sql), unsupported_error);
}

TEST_CASE("a forked child abandons its parent's connection without a byte on the wire") {
    ROAM_NEEDS_POSTGRESQL();
    auto on = open();
    auto prepared = on->prepare("SELECT $1::int");
    CHECK(in_a_child([&] {
              on->abandon();
              bool const refused = !on->usable() && !on->ping();
              on->cancel();
              prepared.reset();
              on.reset();
              return refused ? 0 : 1;
          }) == 0);
    CHECK(on->ping());
    CHECK(rows_of(*prepared, {integer(5)})[0][0].value.integer == 5);
}

TEST_CASE("a stream that a forked child has inherited goes on in the parent") {
    ROAM_NEEDS_POSTGRESQL();
    auto on = open();
    auto stream =
        on->prepare("SELECT x FROM generate_series(1, 50000) x", backend::row_mode::streamed);
    cell row;
    stream->start({});
    REQUIRE(stream->fetch(&row));
    CHECK(in_a_child([&] {
              on->abandon();
              stream.reset();
              on.reset();
              return 0;
          }) == 0);
    int seen = 1;
    while (stream->fetch(&row))
        ++seen;
    CHECK(seen == 50000);
}

TEST_CASE("threads open and use connections of one connector side by side") {
    ROAM_NEEDS_POSTGRESQL();
    auto const where = backend::url::parse(server_url());
    auto const connector = backend::driver_for(where.scheme).configure(where);
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 6; ++t) {
            threads.emplace_back([&, t] {
                for (int round = 0; round < 3; ++round) {
                    auto const on = connector->open(std::chrono::steady_clock::now() +
                                                    std::chrono::seconds{20});
                    auto const prepared = on->prepare("SELECT $1::int");
                    cell const parameter = integer(t);
                    cell row;
                    for (int i = 0; i < 50; ++i) {
                        prepared->start({&parameter, 1});
                        if (prepared->fetch(&row) && row.integer == t)
                            ++right;
                        prepared->finish();
                    }
                }
            });
        }
    }
    CHECK(right == 6 * 3 * 50);
}
