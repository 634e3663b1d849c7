// SPDX-License-Identifier: MIT
// Transactions that really collide, repeated by transact() (D3, D37), and what isolation levels
// mean where the engine has several.
#include "fixture.hpp"
#include <roam/session/retry.hpp>

using namespace roam::test;
using namespace std::chrono_literals;

namespace {

constexpr roam::transaction_options serializable{.isolation = roam::isolation_level::serializable};

roam::retry_policy patient(roam::transaction_options begin = {}) {
    return {.attempts = 100'000, .deadline = 60s, .longest_wait = 50ms, .begin = begin};
}

}  // namespace

TEST_CASE("D37: of two transactions that each read what the other writes, one is repeated") {
    if (on_sqlite())
        ROAM_SKIP("SQLite has one writer at a time");
    company c{2};
    ROAM_NEEDS(c.db, serializable);
    employee a = roam::insert(employee{.visits = 1}, c.db);
    employee b = roam::insert(employee{.visits = 1}, c.db);
    stage both_have_read;
    std::atomic<int> readers = 0;
    std::atomic<int> runs = 0;
    auto const errors = on_threads(2, [&](int number) {
        employee mine = number == 0 ? a : b;
        employee const& theirs = number == 0 ? b : a;
        roam::transact(c.db, patient(serializable), roam::restoring(mine), [&] {
            ++runs;
            mine.visits += roam::get<employee>(theirs.id).visits;
            if (++readers == 2)
                both_have_read.reach(1);
            both_have_read.wait(1);
            roam::update(mine);
        });
    });
    CHECK(errors == no_errors);
    CHECK(runs == 3);
    // As if one had come after the other.
    int const sum = c.row(a.id)->visits + c.row(b.id)->visits;
    CHECK(sum == 2 + 3);
}

TEST_CASE("D37: the victim of a deadlock is repeated") {
    if (on_sqlite())
        ROAM_SKIP("SQLite has one writer at a time");
    company c{2};
    employee const a = roam::insert(employee{}, c.db);
    employee const b = roam::insert(employee{}, c.db);
    stage both_have_one;
    std::atomic<int> holders = 0;
    std::atomic<int> runs = 0;
    auto const add_to = [](employee e) {
        roam::raw("UPDATE employee SET visits = visits + 1 WHERE id = ?", e.id).run();
    };
    auto const errors = on_threads(2, [&](int number) {
        roam::transact(c.db, patient(), [&] {
            ++runs;
            add_to(number == 0 ? a : b);
            if (++holders == 2)
                both_have_one.reach(1);
            both_have_one.wait(1);
            add_to(number == 0 ? b : a);
        });
    });
    CHECK(errors == no_errors);
    CHECK(runs >= 3);  // more, if the victim is quicker than the one that it has let go on
    CHECK(c.row(a.id)->visits == 2);
    CHECK(c.row(b.id)->visits == 2);
}

TEST_CASE("D3: counters that many threads read and write back lose nothing under transact") {
    company c{4};
    roam::database const impatient =
        on_sqlite()
            ? roam::database{c.where.url() + (over_odbc() ? ";Timeout=0" : "?busy_timeout=0"),
                             {.max_sessions = 4}}
            : c.db;
    employee const shared = roam::insert(employee{}, c.db);
    auto const rounds = static_cast<int>(scaled(1'000, 25));
    auto const errors = on_threads(4, [&](int) {
        employee mine = shared;
        for (int i = 0; i < rounds; ++i) {
            roam::transact(impatient, patient({.isolation = strict_level()}), roam::restoring(mine),
                           [&] {
                               roam::refresh(mine);
                               ++mine.visits;
                               roam::update(mine);
                           });
        }
    });
    CHECK(errors == no_errors);
    CHECK(c.row(shared.id)->visits == 4 * rounds);
    CHECK(impatient.counts().in_use == 0);
}

TEST_CASE("a repeatable read sees no commit of others until it ends, a read committed does") {
    if (on_sqlite())
        ROAM_SKIP("a SQLite transaction that has read keeps its snapshot, whatever was asked for");
    company c{2};
    using enum roam::isolation_level;
    auto const seen_in = [&](roam::isolation_level level) {
        roam::transaction const tx{c.db, {.isolation = level}};
        auto const before = roam::select<employee>().count(c.db);
        roam::insert(employee{}, c.outside);
        return roam::select<employee>().count(c.db) - before;
    };
    CHECK(seen_in(read_uncommitted) == 1);
    CHECK(seen_in(read_committed) == 1);
    CHECK(seen_in(repeatable_read) == 0);
    if (!on_mysql() &&
        c.db.dialect().can(roam::sql::capability::serializable))  // MySQL's serializable reads hold
                                                                  // the others up instead
        CHECK(seen_in(serializable) == 0);
}

TEST_CASE("a transaction begins with all that its options say") {
    if (!on_postgresql())
        ROAM_SKIP("SQLite has one text for all levels; for MySQL see tests/unit/backend");
    company c{1};
    using enum roam::isolation_level;
    auto const text_of = [&](roam::transaction_options options) {
        {
            roam::transaction const tx{c.db, options};
        }
        return c.seen->take().front();
    };
    CHECK(text_of({}) == "BEGIN");
    CHECK(text_of({.read_only = true}) == "BEGIN READ ONLY");
    CHECK(text_of({.isolation = read_committed}) == "BEGIN ISOLATION LEVEL READ COMMITTED");
    CHECK(text_of({.isolation = read_uncommitted}) == "BEGIN ISOLATION LEVEL READ UNCOMMITTED");
    CHECK(text_of({.isolation = repeatable_read}) == "BEGIN ISOLATION LEVEL REPEATABLE READ");
    CHECK(text_of({.read_only = true, .isolation = serializable, .deferrable = true}) ==
          "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE");
}

TEST_CASE("a savepoint cannot have a stronger isolation than the transaction around it") {
    if (on_sqlite())
        ROAM_SKIP("SQLite is always serializable");
    company c{1};
    using enum roam::isolation_level;
    roam::transaction const outer{c.db, {.isolation = repeatable_read}};
    CHECK_NOTHROW(roam::transaction{c.db, {.isolation = read_committed}});
    CHECK_NOTHROW(roam::transaction{c.db, {.isolation = repeatable_read}});
    CHECK_THROWS_AS((roam::transaction{c.db, {.isolation = serializable}}), roam::usage_error);
    {
        roam::transaction const savepoint{c.db};
        CHECK_NOTHROW(roam::transaction{c.db, {.isolation = repeatable_read}});
    }
    CHECK_NOTHROW(roam::insert(employee{}));
}
