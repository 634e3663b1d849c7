// SPDX-License-Identifier: MIT
// Ranges whose keys nobody wants, on PostgreSQL by COPY: what COPY does not do INSERT does.
#include "conformance/fixture.hpp"
#include <roam/mapping/decimal.hpp>
#include <roam/session/limit.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace conformance::bulk_copy {

using namespace roam;
using namespace std::chrono_literals;

struct sample {
    std::int64_t id = 0;
    double value = 0;
    std::string text;
    friend bool operator==(sample const&, sample const&) = default;
};

struct priced {
    std::int64_t id = 0;
    decimal price;
    friend bool operator==(priced const&, priced const&) = default;
};
ROAM_RECORD(priced, precision<&priced::price>(30, 10))

std::vector<sample> samples(std::size_t count) {
    std::vector<sample> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        all[i].value = static_cast<double>(i);
        all[i].text = std::to_string(i);
    }
    return all;
}

/// A database of its own on the server, whose statements are watched, and the table `sample`.
struct bench {
    explicit bench(std::string const& ddl =
                       "CREATE TABLE sample (id bigserial PRIMARY KEY, "
                       "value float8, text text)") {
        if (!ddl.empty())
            db.lease().execute(ddl);
        seen->take();
    }
    std::size_t copies() {
        std::size_t count = 0;
        for (auto const& sql : seen->take())
            count += sql.starts_with("COPY");
        return count;
    }
    template <class T = sample>
    std::vector<T> rows() const {
        auto found = select<T>().order_by(col<&T::id>).all(db);
        for (T& each : found)
            each.id = 0;
        return found;
    }

    test::place where;
    std::shared_ptr<test::recorder> seen = std::make_shared<test::recorder>();
    database db = where.open({.max_sessions = 1, .watch = seen});
};

struct tally {
    std::int64_t id = 0;
    std::int64_t number = 0;
};

TEST_CASE("a range without keys is copied in the types that the columns have at that moment") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    bench b{"CREATE TABLE tally (id bigserial PRIMARY KEY, number bigint)"};
    std::vector<tally> all(1500);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].number = static_cast<std::int64_t>(i);
    // A double is as long as a bigint: taken for one its bytes would be another number.
    for (char const* type : {"bigint", "float8", "integer"}) {
        INFO(type);
        b.db.lease().execute("DELETE FROM tally; ALTER TABLE tally ALTER number TYPE " +
                             std::string{type});
        b.seen->take();
        insert(all, without_keys, b.db);
        CHECK(b.copies() == 1);
        CHECK(raw<std::int64_t>("SELECT CAST(sum(number) AS bigint) FROM tally").one(b.db) ==
              1500 * 1499 / 2);
    }
}

// What Roam has found out of a type holds for all of its tables, so each case has a type.
struct worded {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(worded const&, worded const&) = default;
};
struct named {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(named const&, named const&) = default;
};
struct viewed {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(viewed const&, viewed const&) = default;
};

template <class T>
void check_done_by_insert(std::string const& ddl) {
    INFO(ddl);
    bench b{ddl};
    std::vector<T> all(1500);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].text = std::to_string(i);
    insert(all, without_keys, b.db);
    CHECK((b.rows<T>() == all));
    auto const sent = b.seen->take();
    CHECK(std::count(sent.begin(), sent.end(), "ROLLBACK") == 1);
    transaction tx{b.db};
    insert(all, without_keys, tx);
    tx.commit();
    CHECK(select<T>().count(b.db) == 3000);
    CHECK(b.copies() == 0);  // it is known by now
}

TEST_CASE("a range is done again by INSERT where COPY is not possible, and no row is there twice") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    check_done_by_insert<worded>(
        "CREATE DOMAIN word AS text; "
        "CREATE TABLE worded (id bigserial PRIMARY KEY, text word)");
    check_done_by_insert<named>("CREATE TABLE named (id bigserial PRIMARY KEY, text name)");
    check_done_by_insert<viewed>(
        "CREATE TABLE behind (id bigserial PRIMARY KEY, text text); "
        "CREATE VIEW viewed AS SELECT * FROM behind");
}

TEST_CASE("decimals, whose binary form is not written, go by INSERT with every digit") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    bench b{"CREATE TABLE priced (id bigserial PRIMARY KEY, price numeric(30, 10))"};
    std::vector<priced> const all(
        1200, priced{.price = decimal::from_string("12345678901234567890.0123456789")});
    insert(all, without_keys, b.db);
    CHECK((b.rows<priced>() == all));
    b.seen->take();
    insert(all, without_keys, b.db);
    CHECK(b.copies() == 0);  // it is known by now
    CHECK(select<priced>().count(b.db) == 2400);
}

TEST_CASE("a value of the wrong size in a COPY is named by its row, and the transaction goes on") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    struct counted {
        std::int64_t id = 0;
        std::int64_t number = 0;
    };
    bench b{"CREATE TABLE counted (id bigserial PRIMARY KEY, number int)"};
    std::vector<counted> all(1100);
    all[1041].number = std::numeric_limits<std::int64_t>::max();
    transaction tx{b.db};
    insert(counted{}, tx);
    try {
        insert(all, without_keys, tx);
        FAIL("nothing was thrown");
    } catch (conversion_error const& e) {
        CHECK(std::string{e.what()}.find("row 1042") != std::string::npos);
    }
    tx.commit();
    CHECK(select<counted>().count(b.db) == 1);
}

TEST_CASE("a COPY keeps to a time limit and a stop, and the session is whole afterwards") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    bench b;
    b.db.lease().execute(
        "CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_sleep(30); RETURN NEW; END'; "
        "CREATE TRIGGER doze BEFORE INSERT ON sample FOR EACH ROW EXECUTE FUNCTION doze()");
    auto const all = samples(1000);
    auto const start = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(insert(all, without_keys, limit(b.db, 100ms)), timeout_error);
    std::stop_source stop;
    std::jthread const later{[&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    }};
    CHECK_THROWS_AS(insert(all, without_keys, limit(b.db, stop.get_token())), cancelled_error);
    CHECK(std::chrono::steady_clock::now() - start < 25s);
    b.db.lease().execute("DROP TRIGGER doze ON sample");
    insert(all, without_keys, b.db);
    CHECK(select<sample>().count(b.db) == 1000);
    CHECK(b.db.counts().opened == 1);
}

TEST_CASE(
    "a server session that ends within a COPY is a lost connection, and nothing was inserted") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    bench b;
    b.db.lease().execute(
        "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.value = 900 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NEW; END'; "
        "CREATE TRIGGER leave BEFORE INSERT ON sample FOR EACH ROW EXECUTE FUNCTION leave()");
    CHECK_THROWS_AS(insert(samples(1000), without_keys, b.db), connection_lost_error);
    CHECK(select<sample>().count(b.db) == 0);
}

TEST_CASE("rows with long text are copied in parts, and still all or none") {
    ROAM_NEEDS(bench{""}.db, copied_rows);
    bench b;
    auto all = samples(1000);
    for (auto& each : all)
        each.text.assign(5000, 'x');
    insert(all, without_keys, b.db);
    CHECK(b.copies() == 5);
    CHECK((b.rows() == all));
    b.db.lease().execute("DELETE FROM sample; ALTER TABLE sample ADD CHECK (value < 999)");
    CHECK_THROWS_AS(insert(all, without_keys, b.db), check_error);
    CHECK(select<sample>().count(b.db) == 0);
}

}  // namespace conformance::bulk_copy
