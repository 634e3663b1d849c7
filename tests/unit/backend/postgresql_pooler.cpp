// SPDX-License-Identifier: MIT
// pooler=transaction: the server's session may be another one after each transaction.
#include "backend/postgresql/connect.hpp"
#include "backend/postgresql/statement.hpp"
#include "postgresql_pooler.hpp"

#include <support/child.hpp>

#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

using namespace roam;
using namespace roam::test::postgresql;
using std::chrono::milliseconds;

namespace {

postgresql::options options_of(std::string_view url) {
    return postgresql::options_of(backend::url::parse(url));
}

cell text(std::string_view value) { return cell::of_text(value); }

int occurrences_of(std::string_view part, std::string_view text) {
    int count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

bool names_the_option(error const& e) {
    return std::string_view{e.what()}.find("pooler=transaction") != std::string_view::npos;
}

}  // namespace

TEST_CASE("the URL says whether a pooler is between, and none is assumed") {
    using postgresql::pooler_mode;
    CHECK(options_of("postgresql://h/d").pooler == pooler_mode::none);
    CHECK(options_of("postgresql://h/d?pooler=none").pooler == pooler_mode::none);
    CHECK(options_of("postgresql://h/d?pooler=transaction").pooler == pooler_mode::transaction);
    for (auto const* const wrong : {"statement", "session", "", "1"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(options_of(std::string{"postgresql://h/d?pooler="} + wrong), url_error);
    }
}

TEST_CASE("options of the server's session cannot go through a pooler of transactions") {
    CHECK_THROWS_AS(options_of("postgresql://h/d?pooler=transaction&options=-cgeqo%3Doff"),
                    url_error);
    postgresql::options how;
    how.pooler = postgresql::pooler_mode::transaction;
    how.session_options = "-c geqo=off";
    CHECK_THROWS_AS(postgresql::make_connector(how), usage_error);
    how.pooler = postgresql::pooler_mode::none;
    CHECK_NOTHROW(postgresql::make_connector(how));
}

TEST_CASE("with pooler=transaction no statement gets a name on the server") {
    ROAM_NEEDS_POSTGRESQL();
    auto const names_of = [](backend::connection& on) {
        auto const kept = on.prepare("SELECT $1::int + 1");
        CHECK(rows_of(*kept, {integer(1)})[0][0].value.integer == 2);
        on.execute("BEGIN");
        run(on, "CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS x");
        CHECK(run(on, "INSERT INTO t SELECT $1", {integer(2)}) == 1);
        auto const stream = on.prepare("SELECT x FROM t", backend::row_mode::streamed);
        CHECK(rows_of(*stream).size() == 2);
        auto const cursor = on.prepare("SELECT x FROM t", backend::row_mode::interleaved);
        CHECK(rows_of(*cursor).size() == 2);
        on.execute("COMMIT");
        // By libpq, so that the question itself is not among the answers.
        PGresult* const answer = PQexec(static_cast<PGconn*>(on.native_handle()),
                                        "SELECT count(*) FROM pg_prepared_statements");
        std::string const count = PQgetvalue(answer, 0, 0);
        PQclear(answer);
        return count;
    };
    CHECK(names_of(*open("pooler=transaction")) == "0");
    CHECK(names_of(*open()) != "0");
}

TEST_CASE("two connections over one session of the server's get their own answers") {
    ROAM_NEEDS_PGBOUNCER();
    auto const a = open_pooled();
    auto const b = open_pooled();
    CHECK(process_of(*a) == process_of(*b));
    auto const add = a->prepare("SELECT $1::int + 1");
    auto const join = b->prepare("SELECT $1::text || '!'");
    auto const twice = b->prepare("SELECT 2 * $1::bigint");
    for (int i = 0; i < 20; ++i) {
        auto const word = std::to_string(i);
        CHECK(rows_of(*add, {integer(i)})[0][0].value.integer == i + 1);
        CHECK(rows_of(*join, {text(word)})[0][0].bytes == word + "!");
        CHECK(rows_of(*twice, {integer(i)})[0][0].value.integer == 2 * i);
    }
}

TEST_CASE("once a text is known each execution is one round trip, in binary form") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("pooler=transaction");
    auto const kept = on->prepare("SELECT $1::int");
    auto* const link = static_cast<PGconn*>(on->native_handle());
    std::FILE* const trace = std::tmpfile();
    PQtrace(link, trace);
    CHECK(rows_of(*kept, {integer(5)}).size() == 1);
    CHECK(rows_of(*kept, {integer(6)}).size() == 1);
    PQuntrace(link);
    std::rewind(trace);
    std::string said;
    for (int c = std::fgetc(trace); c != EOF; c = std::fgetc(trace))
        said.push_back(static_cast<char>(c));
    std::fclose(trace);
    CAPTURE(said);
    CHECK(occurrences_of("\tSync", said) == 2);
    CHECK(occurrences_of("\tParse\t \"\" \"SELECT $1::int\" 1 23", said) == 2);
    CHECK(occurrences_of("\tBind\t \"\" \"\" 1 1 1 4 ", said) == 2);  // a binary value of 4 bytes
}

TEST_CASE("what a transaction sets for itself holds in it, and is gone after it") {
    ROAM_NEEDS_PGBOUNCER();
    auto const a = open_pooled();
    auto const b = open_pooled();
    a->execute("BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL DateStyle = German");
    CHECK(one_text(*a, "SHOW transaction_isolation") == "serializable");
    CHECK(one_text(*a, "SHOW DateStyle").starts_with("German"));
    a->commit();
    CHECK(one_text(*b, "SHOW DateStyle").starts_with("ISO"));
    CHECK(one_text(*b, "SHOW transaction_isolation") == "read committed");
}

TEST_CASE("SQL that would change the server's session is refused before anything is sent") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("pooler=transaction");
    auto const before = one_integer(*on, "SELECT pg_current_xact_id()::text::bigint");
    auto const sql =
        GENERATE(as<std::string>{}, "SET search_path = x", "set session geqo = off",
                 "SELECT 1; RESET ALL", "/* x */ SET TIME ZONE 'UTC'", "DISCARD ALL", "LISTEN x",
                 "UNLISTEN *", "LOAD 'x'", "PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE ALL",
                 "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "CREATE TEMP TABLE t (x int)",
                 "CREATE OR REPLACE TEMPORARY VIEW v AS "
                 "SELECT 1",
                 "SELECT 1 AS x INTO LOCAL TEMP t", "CREATE TABLE pg_temp.t (x int)",
                 "SELECT pg_advisory_lock(1)", "SELECT pg_catalog.pg_try_advisory_lock_shared(1)",
                 "SELECT set_config('geqo', 'off', false)",
                 "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    CAPTURE(sql);
    auto const by_text = error_of<unsupported_error>([&] { on->execute(sql); });
    CHECK(by_text.connection_usable());
    CHECK(by_text.statement() != "");
    CHECK(names_the_option(by_text));
    CHECK_THROWS_AS(on->prepare(sql), unsupported_error);
    // Whatever had been sent would have taken a number or failed.
    CHECK(one_integer(*on, "SELECT pg_current_xact_id()::text::bigint") == before + 1);
}

TEST_CASE("SQL that only looks as if it changed the session is sent") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("pooler=transaction");
    on->execute("BEGIN");
    auto const sql = GENERATE(
        as<std::string>{}, "SET LOCAL geqo = off", "SET TRANSACTION READ ONLY",
        "SET CONSTRAINTS ALL DEFERRED", "SELECT 'SET x; RESET ALL'", "SELECT 1 AS temp",
        "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1", "WITH hold AS (SELECT 1) SELECT * FROM hold",
        "CREATE TEMP TABLE t (x int) ON COMMIT DROP", "SELECT pg_advisory_xact_lock(1)",
        "SELECT set_config('geqo', 'off', true) WHERE NOT false", "NOTIFY x",
        "CREATE TABLE temp (x int); INSERT INTO temp VALUES (1)", "SELECT $$ LISTEN $$ -- RESET");
    CAPTURE(sql);
    CHECK_NOTHROW(on->execute(sql));
    on->execute("ROLLBACK");
}

TEST_CASE("a session is given back without a reset, but not within a transaction") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("pooler=transaction");
    PQclear(PQexec(static_cast<PGconn*>(on->native_handle()), "SET geqo = off"));
    on->execute("BEGIN");
    on->reset_state();
    CHECK(on->transaction() == backend::transaction_state::none);
    CHECK(one_text(*on, "SHOW geqo") == "off");
}

TEST_CASE("cancel and a time limit reach the server through the pooler, and only the statement") {
    ROAM_NEEDS_PGBOUNCER();
    auto const on = open_pooled();
    auto const other = open_pooled();
    for (int i = 0; i < 3; ++i) {
        std::jthread const later{[&] {
            std::this_thread::sleep_for(milliseconds{100});
            on->cancel();
        }};
        CHECK_THROWS_AS(on->execute("SELECT pg_sleep(30)"), cancelled_error);
        CHECK(one_integer(*other, "SELECT 1 FROM pg_sleep(0.02)") == 1);
        on->set_statement_timeout(milliseconds{50});
        CHECK_THROWS_AS(one_integer(*on, "SELECT 1 FROM pg_sleep(30)"), timeout_error);
        on->set_statement_timeout(milliseconds{0});
        CHECK(one_integer(*other, "SELECT 2 FROM pg_sleep(0.02)") == 2);
    }
    CHECK(on->usable());
}

TEST_CASE("a time limit that passes while the pooler lets the statement wait ends the connection") {
    ROAM_NEEDS_PGBOUNCER();
    auto const busy = open_pooled();
    auto const on = open_pooled();
    auto const kept = on->prepare("SELECT 1");
    busy->execute("BEGIN");
    on->set_statement_timeout(milliseconds{50});
    auto const thrown = error_of<timeout_error>([&] { rows_of(*kept); });
    CHECK_FALSE(thrown.connection_usable());
    CHECK_FALSE(on->usable());
    CHECK(one_integer(*busy, "SELECT 1") == 1);
    busy->commit();
}

TEST_CASE("a stream through the pooler ends early, and the next client gets its own rows") {
    ROAM_NEEDS_PGBOUNCER();
    auto const on = open_pooled();
    auto const other = open_pooled();
    auto const stream =
        on->prepare("SELECT x FROM generate_series(1, $1::int) x", backend::row_mode::streamed);
    cell row;
    cell const many = integer(1'000'000);
    stream->start({&many, 1});
    for (int i = 1; i <= 3; ++i) {
        REQUIRE(stream->fetch(&row));
        CHECK(row.integer == i);
    }
    stream->finish();
    CHECK(one_integer(*other, "SELECT 7") == 7);
    CHECK(rows_of(*stream, {integer(1000)}).size() == 1000);
    CHECK(one_integer(*on, "SELECT 8") == 8);
}

TEST_CASE("without the option a lost statement outside of a transaction says what to set") {
    ROAM_NEEDS_PGBOUNCER();
    auto const on = open_unaware();
    auto const other = open_unaware();
    auto const kept = on->prepare("SELECT $1::int");
    auto const process = process_of(*on);
    other->execute("BEGIN");
    REQUIRE(process_of(*other) == process);  // so that the next statement is served by another
    auto const thrown = error_of<usage_error>([&] { rows_of(*kept, {integer(1)}); });
    CHECK(names_the_option(thrown));
    CHECK(thrown.sqlstate() == "26000");
    CHECK(thrown.connection_usable());
    other->execute("ROLLBACK");
}

TEST_CASE("without the option a lost statement in a transaction says what to set") {
    ROAM_NEEDS_PGBOUNCER();
    auto const on = open_unaware();
    auto const other = open_unaware();
    auto const kept = on->prepare("SELECT $1::int");
    auto const process = process_of(*on);
    other->execute("BEGIN");
    REQUIRE(process_of(*other) == process);
    on->execute("BEGIN");
    auto const thrown =
        error_of<statement_invalidated_error>([&] { rows_of(*kept, {integer(1)}); });
    CHECK(names_the_option(thrown));
    on->execute("ROLLBACK");
    other->execute("ROLLBACK");
}

TEST_CASE("a name that another client has taken says what to set") {
    ROAM_NEEDS_PGBOUNCER();
    auto const on = open_unaware();
    on->execute("PREPARE mine AS SELECT 1");
    auto const thrown = error_of<error>([&] { on->execute("PREPARE mine AS SELECT 2"); });
    CHECK(thrown.sqlstate() == "42P05");
    CHECK(names_the_option(thrown));
    on->execute("DEALLOCATE mine");
}

TEST_CASE("no two processes give a statement the same name, a forked child included") {
    auto const mine = postgresql::next_name();
    auto const last = mine.rfind('_') + 1;
    auto const next = mine.substr(0, last) + std::to_string(std::stoull(mine.substr(last)) + 1);
    CHECK(test::in_a_child([&] { return postgresql::next_name() != next ? 0 : 1; }) == 0);
    CHECK(postgresql::next_name() == next);
}
