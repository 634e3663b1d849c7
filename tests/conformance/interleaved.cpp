// SPDX-License-Identifier: MIT
// stream(interleaved): rows in constant memory, with other statements between them (D1).
#include "conformance/fixture.hpp"

#include <support/driver.hpp>

#include <memory>
#include <thread>

namespace conformance::interleaved {

struct counter {
    std::int64_t id = 0;
    int value = 0;
    std::string text;
    friend bool operator==(counter const&, counter const&) = default;
};
ROAM_RECORD(counter, unique<&counter::text>())

using roam::col;

auto by_key() { return roam::select<counter>().order_by(col<&counter::id>); }

/// More rows than a cursor brings at once.
constexpr int many = 600;

struct counters : store<counter> {
    counters() {
        std::vector<counter> all(many);
        for (int i = 0; i < many; ++i)
            all[static_cast<std::size_t>(i)] = {0, i, "row " + std::to_string(i)};
        roam::insert(all, db);
    }
    std::int64_t sum() const {
        return roam::select(roam::sum(col<&counter::value>)).one(db).value();
    }
};

constexpr std::int64_t sum_of_all = std::int64_t{many} * (many - 1) / 2;

TEST_CASE("D1: each row of an interleaved stream can be updated in the loop") {
    counters db;
    roam::transaction tx{db.db};
    int seen = 0;
    for (auto& c : by_key().stream(roam::interleaved)) {
        CHECK(c.value == seen++);
        c.value += 1000;
        roam::update(c);
    }
    CHECK(seen == many);
    tx.commit();
    CHECK(db.sum() == sum_of_all + 1000 * many);
}

TEST_CASE("an interleaved stream outside of a transaction is a usage_error that says what to do") {
    counters db;
    auto const e = thrown_by<roam::usage_error>([&] { by_key().stream(roam::interleaved, db.db); });
    CHECK(contains(e.what(), "roam::transaction"));
    CHECK(contains(e.location().file_name(), "interleaved.cpp"));
    roam::session_scope here{db.db};
    thrown_by<roam::usage_error>([&] { by_key().stream(roam::interleaved); });
    CHECK(db.sum() == sum_of_all);
}

TEST_CASE("interleaved streams can be nested, also of one query") {
    counters db;
    roam::transaction tx{db.db};
    auto const few = by_key().where(col<&counter::value> < 20);
    int pairs = 0;
    for (auto const& a : few.stream(roam::interleaved)) {
        for (auto const& b : few.stream(roam::interleaved))
            pairs += a.value + b.value >= 0;
        for (auto const& b : few.stream())  // and a plain one, which nothing may come between
            pairs += a.value + b.value >= 0;
    }
    CHECK(pairs == 2 * 20 * 20);
    tx.commit();
}

TEST_CASE("after a break in an interleaved stream its transaction goes on, and so does the query") {
    counters db;
    roam::transaction tx{db.db};
    for (int round = 0; round < 3; ++round) {
        int seen = 0;
        for (auto& c : by_key().stream(roam::interleaved)) {
            c.value += 1;
            roam::update(c);
            if (++seen == 300)
                break;
        }
    }
    tx.commit();
    CHECK(db.sum() == sum_of_all + 3 * 300);
}

TEST_CASE("an interleaved stream ends with its transaction, and its loop is told so") {
    counters db;
    for (bool const commit : {true, false}) {
        INFO(commit);
        roam::transaction tx{db.db};
        auto stream = by_key().stream(roam::interleaved);
        auto row = stream.begin();
        row->value += 7;
        roam::update(*row);
        if (commit) {
            tx.commit();
        } else {
            tx.rollback();
        }
        auto const e = thrown_by<roam::usage_error>([&] { ++row; });
        CHECK(contains(e.what(), "ended"));
        CHECK(contains(e.location().file_name(), "interleaved.cpp"));
    }
    CHECK(db.sum() == sum_of_all + 7);
    CHECK(db.db.counts().in_use == 0);
}

TEST_CASE("a savepoint inside an interleaved stream ends without it, also by a rollback") {
    counters db;
    roam::transaction tx{db.db};
    int seen = 0;
    for (auto& c : by_key().stream(roam::interleaved)) {
        roam::transaction inner;
        c.value += 10;
        roam::update(c);
        if (++seen % 2 == 0)
            inner.commit();
    }
    CHECK(seen == many);
    tx.commit();
    CHECK(db.sum() == sum_of_all + 10 * (many / 2));
}

TEST_CASE("an interleaved stream of a savepoint ends with that") {
    counters db;
    roam::transaction tx{db.db};
    auto inner = std::make_unique<roam::transaction>();
    auto stream = by_key().stream(roam::interleaved);
    auto row = stream.begin();
    inner->rollback();
    thrown_by<roam::usage_error>([&] { ++row; });
    CHECK(roam::select<counter>().count() == many);
    tx.commit();
}

TEST_CASE("an error in the loop of an interleaved stream leaves what it always leaves") {
    counters db;
    roam::transaction tx{db.db};
    int errors = 0;
    for (auto& c : by_key().where(col<&counter::value> < 5).stream(roam::interleaved)) {
        if (c.value == 0)
            continue;
        roam::transaction inner;  // a savepoint, so that PostgreSQL's transaction stays usable
        c.text = "row 0";
        thrown_by<roam::unique_error>([&] { roam::update(c); });
        ++errors;
    }
    CHECK(errors == 4);
    tx.commit();
    CHECK(db.sum() == sum_of_all);
}

TEST_CASE("an interleaved stream that outlives its transaction's scope harms nobody") {
    roam::test::place where;
    auto const db = where.open(1);
    roam::create_tables<counter>(db);
    roam::insert(std::vector<counter>{{0, 1, "a"}, {0, 2, "b"}, {0, 3, "c"}}, db);
    auto const open = [&] {
        roam::transaction tx{db};
        auto stream = by_key().stream(roam::interleaved);
        CHECK(stream.begin()->value == 1);
        return stream;
    };
    {
        auto stream = open();
        CHECK(db.counts().in_use == 0);
        roam::transaction other{db};  // the same connection, another lease
        roam::update<counter>()
            .set(col<&counter::value> = 9)
            .where(col<&counter::value> == 3)
            .run();
        CHECK_THROWS_AS(stream.begin(), roam::usage_error);
        other.commit();
    }
    CHECK(roam::select(roam::sum(col<&counter::value>)).one(db) == 12);
}

TEST_CASE("an interleaved stream belongs to its session's thread, and may die in another") {
    counters db;
    roam::transaction tx{db.db};
    using rows = decltype(by_key().stream(roam::interleaved));
    auto stream = std::make_unique<rows>(by_key().stream(roam::interleaved));
    CHECK(stream->begin()->value == 0);
    bool refused = false;
    std::thread{[&] {
        try {
            stream->begin();
        } catch (roam::wrong_context_error const&) {
            refused = true;
        }
        stream.reset();
    }}.join();
    CHECK(refused);
    CHECK(roam::select<counter>().count() == many);
    tx.commit();
    CHECK(db.sum() == sum_of_all);
}

TEST_CASE("an interleaved stream whose transaction the program ended by SQL fails nothing else") {
    counters db;
    roam::session s = db.db.lease();
    roam::transaction tx{s};
    {
        auto stream = by_key().stream(roam::interleaved);
        CHECK(stream.begin()->value == 0);
        s.execute("ROLLBACK");
        s.execute(roam::test::begin_sql());
    }
    CHECK(roam::select<counter>().count(s) == many);
    tx.commit();
}

TEST_CASE("an interleaved stream asks a server for its rows in portions") {
    ROAM_NEEDS_OF_DRIVER(portioned_rows);
    if (!on_postgresql())
        ROAM_SKIP("only PostgreSQL tells which cursors are open");
    roam::test::place where;
    auto const seen = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.max_sessions = 1, .watch = seen});
    roam::create_tables<counter>(db);
    roam::transaction tx{db};
    auto const open = [] {
        return roam::raw<std::int64_t>("SELECT count(*) FROM pg_cursors WHERE name <> ''").one();
    };
    roam::raw("INSERT INTO counter (value, text) SELECT n, n::text FROM generate_series(1, 600) n")
        .run();
    {
        auto stream = by_key().stream(roam::interleaved);
        stream.begin();
        CHECK(open() == 1);
    }
    CHECK(open() == 0);
    for ([[maybe_unused]] auto const& c : by_key().stream(roam::interleaved)) {
    }
    CHECK(open() == 0);
    tx.commit();
}

}  // namespace conformance::interleaved
