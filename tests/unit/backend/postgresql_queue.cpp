// SPDX-License-Identifier: MIT
// Statements that are sent without a wait for each answer.
#include "postgresql_server.hpp"

#include <chrono>
#include <string>

using namespace roam;
using namespace roam::test::postgresql;
using backend::transaction_state;
using std::chrono::milliseconds;

namespace {

cell text(std::string_view value) { return cell::of_text(value); }

}  // namespace

TEST_CASE("answers of a queue come in the order in which the statements were sent") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    auto const twice = on->prepare("SELECT $1::int * 2");
    auto const word = on->prepare("SELECT $1::text");
    auto const queue = on->begin_queue();
    REQUIRE(queue);
    for (int i = 0; i < 100; ++i) {
        cell const number = integer(i);
        std::string const letters(static_cast<std::size_t>(i), 'x');  // gone before the answer
        cell const letter = text(letters);
        REQUIRE(queue->send(*twice, {&number, 1}));
        REQUIRE(queue->send(*word, {&letter, 1}));
    }
    queue->flush();
    cell row;
    for (int i = 0; i < 100; ++i) {
        queue->receive(*twice);
        REQUIRE(twice->fetch(&row));
        CHECK(row.integer == i * 2);
        CHECK_FALSE(twice->fetch(&row));
        twice->finish();
        queue->receive(*word);
        REQUIRE(word->fetch(&row));
        CHECK(row.as_text() == std::string(static_cast<std::size_t>(i), 'x'));
        word->finish();
    }
}

TEST_CASE("after a queue, read to its end or not, the connection is as before") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    auto const one = on->prepare("SELECT 1");
    for (int sent = 0; sent < 3; ++sent) {
        for (int received = 0; received <= sent; ++received) {
            {
                auto const queue = on->begin_queue();
                for (int i = 0; i < sent; ++i)
                    queue->send(*one, {});
                if (received > 0)
                    queue->flush();
                for (int i = 0; i < received; ++i) {
                    queue->receive(*one);
                    one->finish();
                }
            }
            CHECK(one_integer(*on, "SELECT 7") == 7);
            CHECK(on->transaction() == transaction_state::active);
        }
    }
}

TEST_CASE("a statement that fails in a queue throws its class, and what follows is not run") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("CREATE TEMP TABLE t (x int UNIQUE); BEGIN; SAVEPOINT s");
    auto const insert = on->prepare("INSERT INTO t VALUES ($1)");
    {
        auto const queue = on->begin_queue();
        for (int const value : {1, 2, 2, 3}) {
            cell const number = integer(value);
            queue->send(*insert, {&number, 1});
        }
        queue->flush();
        queue->receive(*insert);
        CHECK(insert->affected_rows() == 1);
        queue->receive(*insert);
        try {
            queue->receive(*insert);
            FAIL("the third is not there twice");
        } catch (unique_error const& e) {
            CHECK_FALSE(e.transaction_usable());
            CHECK(e.connection_usable());
        }
        CHECK(on->transaction() == transaction_state::failed);
    }
    on->execute("ROLLBACK TO s");
    CHECK(one_integer(*on, "SELECT count(*) FROM t") == 0);
}

TEST_CASE("a plan that has gone stale is told in a queue, and prepared anew for the next") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("CREATE TEMP TABLE t (x int)");
    auto const insert = on->prepare("INSERT INTO t VALUES ($1) RETURNING *");
    on->execute("ALTER TABLE t ADD y int; BEGIN");
    cell const number = integer(1);
    {
        auto const queue = on->begin_queue();
        queue->send(*insert, {&number, 1});
        queue->flush();
        CHECK_THROWS_AS(queue->receive(*insert), statement_invalidated_error);
    }
    on->execute("ROLLBACK; BEGIN");
    auto const queue = on->begin_queue();
    CHECK_FALSE(queue->send(*insert, {&number, 1}));  // not before it is prepared
}

TEST_CASE("a queue does not block when much travels both ways") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    auto const echo = on->prepare("SELECT $1::text || 'y'");
    std::string const much(200'000, 'x');
    cell const value = text(much);
    constexpr int count = 200;
    auto const queue = on->begin_queue();
    for (int i = 0; i < count; ++i)
        queue->send(*echo, {&value, 1});
    queue->flush();
    cell row;
    for (int i = 0; i < count; ++i) {
        queue->receive(*echo);
        REQUIRE(echo->fetch(&row));
        CHECK(row.size == much.size() + 1);
        echo->finish();
    }
}

TEST_CASE("a time limit ends the statement of a queue that runs too long") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("statement_timeout=100");
    on->execute("BEGIN");
    auto const sleep = on->prepare("SELECT pg_sleep($1)");
    cell const seconds = cell::of_real(30);
    {
        auto const queue = on->begin_queue();
        queue->send(*sleep, {&seconds, 1});
        queue->send(*sleep, {&seconds, 1});
        queue->flush();
        CHECK_THROWS_AS(queue->receive(*sleep), timeout_error);
    }
    on->execute("ROLLBACK");
    CHECK(one_integer(*on, "SELECT 1") == 1);
}

TEST_CASE("a link that is lost in the middle of a queue is a lost connection") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    auto const kill = on->prepare("SELECT pg_terminate_backend(pg_backend_pid())");
    auto const one = on->prepare("SELECT 1");
    {
        auto const queue = on->begin_queue();
        queue->send(*one, {});
        queue->send(*kill, {});
        queue->send(*one, {});
        queue->flush();
        queue->receive(*one);
        one->finish();
        CHECK_THROWS_AS(queue->receive(*kill), connection_lost_error);
    }
    CHECK_FALSE(on->usable());
}

TEST_CASE("a value that cannot be encoded leaves the rest of a queue unrun") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("CREATE TEMP TABLE t (x text); BEGIN");
    auto const insert = on->prepare("INSERT INTO t VALUES ($1)");
    {
        auto const queue = on->begin_queue();
        cell const good = text("good");
        cell const bad = text("bad: \xff");
        queue->send(*insert, {&good, 1});
        CHECK_THROWS_AS(queue->send(*insert, {&bad, 1}), conversion_error);
    }
    CHECK(on->transaction() == transaction_state::active);
    on->execute("ROLLBACK");
}
