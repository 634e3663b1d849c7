// SPDX-License-Identifier: MIT
// Values in and out, rows, counts, and what a statement leaves behind.
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>

#include <sqlite3.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace roam::test;
using Catch::Matchers::Contains;

namespace {

// What SQLite itself says of a value that was bound.
std::string stored(roam::backend::connection& on, cell const& c) {
    return value(on, "select typeof(a) || ' ' || quote(a) from (select ? as a)", {c});
}

}  // namespace

TEST_CASE("each kind of cell is stored in its form") {
    auto const on = open(":memory:");
    std::array<std::byte, 16> uuid{};
    for (int i = 0; i < 16; ++i)
        uuid[static_cast<std::size_t>(i)] = static_cast<std::byte>(0xf0 - i * 15);
    auto const blob_kind = cell::of_bytes(uuid, cell_kind::uuid);

    CHECK(stored(*on, cell{}) == "null NULL");
    CHECK(stored(*on, cell::of(cell_kind::boolean, 1)) == "integer 1");
    CHECK(stored(*on, integer(-5)) == "integer -5");
    CHECK(stored(*on, cell::of_real(0.5)) == "real 0.5");
    CHECK(value(*on, "select ? > 1e308",
                {cell::of_real(std::numeric_limits<double>::infinity())}) == "1");
    CHECK(stored(*on, text("it's")) == "text 'it''s'");
    CHECK(stored(*on, cell::of_text("{\"a\": 1}", cell_kind::json)) == "text '{\"a\": 1}'");
    CHECK(stored(*on, cell::of_text("-12.50", cell_kind::decimal)) == "text '-12.50'");
    CHECK(stored(*on, cell::of_text("[1,2]", cell_kind::array)) == "text '[1,2]'");
    CHECK(stored(*on, bytes(std::string_view{"a\0b", 3})) == "blob X'610062'");
    CHECK(stored(*on, blob_kind) == "text 'f0e1d2c3-b4a5-9687-7869-5a4b3c2d1e0f'");
}

TEST_CASE("an empty text and empty bytes are not NULL, even without an address") {
    auto const on = open(":memory:");
    CHECK(stored(*on, text({})) == "text ''");
    CHECK(stored(*on, text("")) == "text ''");
    CHECK(stored(*on, cell::of_bytes({})) == "blob X''");
}

TEST_CASE("dates and times are text of one width, so that the order of text is the order of time") {
    auto const on = open(":memory:");
    auto const date = [&](std::int64_t days) {
        return stored(*on, cell::of(cell_kind::date, days));
    };
    auto const time = [&](std::int64_t us) {
        return stored(*on, cell::of(cell_kind::timestamp, us));
    };
    CHECK(date(0) == "text '1970-01-01'");
    CHECK(date(-1) == "text '1969-12-31'");
    CHECK(date(19'782) == "text '2024-02-29'");
    CHECK(date(-719'528) == "text '0000-01-01'");
    CHECK(date(2'932'896) == "text '9999-12-31'");
    CHECK(time(0) == "text '1970-01-01 00:00:00.000000'");
    CHECK(time(-1) == "text '1969-12-31 23:59:59.999999'");
    CHECK(time(1'709'210'096'000'007) == "text '2024-02-29 12:34:56.000007'");
    CHECK(stored(*on, cell::of(cell_kind::local_timestamp, 253'402'300'799'999'999)) ==
          "text '9999-12-31 23:59:59.999999'");
    CHECK(time(-62'167'219'200'000'000) == "text '0000-01-01 00:00:00.000000'");
    CHECK_THROWS_AS(date(2'932'897), roam::conversion_error);
    CHECK_THROWS_AS(date(-719'529), roam::conversion_error);
    CHECK_THROWS_AS(time(253'402'300'800'000'000), roam::conversion_error);
    CHECK_THROWS_AS(time(std::numeric_limits<std::int64_t>::min()), roam::conversion_error);
}

TEST_CASE("several formatted parameters of one statement keep their own text, run after run") {
    auto const on = open(":memory:");
    auto const both = on->prepare("select ? || ' ' || ? || ' ' || ? || ' ' || ?");
    for (std::int64_t i = 0; i < 3; ++i) {
        cell row;
        both->start(std::vector{cell::of(cell_kind::date, i), text("and"),
                                cell::of(cell_kind::timestamp, i), cell::of(cell_kind::date, -i)});
        REQUIRE(both->fetch(&row));
        auto const n = std::to_string(i);
        CHECK(row.as_text() == "1970-01-0" + std::to_string(i + 1) +
                                   " and 1970-01-01 00:00:00.00000" + n + " " +
                                   (i == 0 ? "1970-01-01" : "1969-12-" + std::to_string(32 - i)));
        both->finish();
    }
}

TEST_CASE("a NaN is a conversion_error that names the parameter") {
    auto const on = open(":memory:");
    auto const e = caught<roam::conversion_error>(
        [&] { value(*on, "select ?, ?", {integer(1), cell::of_real(std::nan(""))}); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("parameter 2") && Contains("NaN"));
    CHECK(e->statement() == "select ?, ?");
}

TEST_CASE("text with a NUL byte or that is not UTF-8 is refused, bytes are kept whole") {
    auto const on = open(":memory:");
    on->execute("create table t(a)");
    auto const insert = on->prepare("insert into t values (?)");
    auto const refused = [&](std::string_view value, std::string const& why) {
        auto const e =
            caught<roam::conversion_error>([&] { insert->run(std::vector{text(value)}); });
        return e && std::string{e->what()}.find(why) != std::string::npos &&
               std::string{e->what()}.find("secret") == std::string::npos;
    };
    CHECK(refused(std::string_view{"secret\0b", 8}, "NUL"));
    CHECK(refused("secret \xff", "UTF-8"));
    CHECK(refused("secret \xed\xa0\x80", "UTF-8"));
    CHECK(value(*on, "select count(*) from t") == "0");

    std::string const raw{"a\0\xff", 3};
    insert->run(std::vector{bytes(raw)});
    insert->run(std::vector{cell::of_text("\xff", cell_kind::unchecked_text)});
    CHECK(value(*on, "select a from t where typeof(a) = 'blob'") == raw);
    CHECK(value(*on, "select a from t where typeof(a) = 'text'") == "\xff");
}

TEST_CASE("64-bit integers pass through a key column and back") {
    auto const on = open(":memory:");
    on->execute("create table t(id integer primary key)");
    for (std::int64_t const key :
         {std::int64_t{5'000'000'000}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
        run(*on, "insert into t values (?)", {integer(key)});
        CHECK(value(*on, "select id from t where id = ?", {integer(key)}) == std::to_string(key));
    }
}

TEST_CASE("columns come as the kind that is stored, whatever the table declares") {
    auto const on = open(":memory:");
    on->execute(
        "create table t(a uuid, b timestamp, c json, d foo, e integer);"
        "insert into t values ('x', 1.5, x'00ff', null, 9)");
    auto const select = on->prepare("select * from t");
    REQUIRE(select->column_count() == 5);
    CHECK(select->column_name(2) == "c");
    std::array<cell, 5> row;
    select->start({});
    REQUIRE(select->fetch(row.data()));
    CHECK(row[0].kind == cell_kind::text);
    CHECK(row[1].kind == cell_kind::real);
    CHECK(row[1].real == 1.5);
    CHECK(row[2].kind == cell_kind::blob);
    CHECK(row[2].size == 2);
    CHECK(row[3].is_null());
    CHECK(row[4].integer == 9);
    CHECK_FALSE(select->fetch(row.data()));
    CHECK_FALSE(select->fetch(row.data()));
}

TEST_CASE("INSERT ... RETURNING columns of unknown types runs once") {
    auto const on = open(":memory:");
    on->execute("create table t(id integer primary key, ts timestamp, u uuid)");
    auto const insert = on->prepare("insert into t(ts, u) values (?, ?) returning ts, u");
    CHECK(insert->column_count() == 2);
    CHECK(insert->run(std::vector{text("now"), text("me")}) == 1);
    CHECK(value(*on, "select count(*) from t") == "1");
}

TEST_CASE(
    "a RETURNING statement that is finished after its first row has written all of its rows") {
    auto const on = open(":memory:");
    on->execute("create table t(a)");
    auto const insert = on->prepare("insert into t values (1), (2), (3) returning a");
    cell row;
    insert->start({});
    REQUIRE(insert->fetch(&row));
    insert->finish();
    CHECK(on->transaction() == roam::backend::transaction_state::none);
    CHECK(value(*on, "select count(*) from t") == "3");
}

TEST_CASE("affected rows are the matched ones, and none for anything but a change of rows") {
    auto const on = open(":memory:");
    CHECK(run(*on, "create table t(a, b)") == 0);
    CHECK(run(*on, "insert into t values (1, 1), (2, 2), (3, 3)") == 3);
    CHECK(run(*on, "update t set b = b where a < 3") == 2);
    CHECK(run(*on, "create index i on t(a)") == 0);
    CHECK(run(*on, "select * from t") == 0);
    CHECK(run(*on, "update t set b = 0 where a = 99") == 0);
    CHECK(run(*on, "delete from t where a = 1 returning a") == 1);
    CHECK(run(*on, "with n(x) as (values (2), (3)) delete from t where a in (select x from n)") ==
          2);
    CHECK(run(*on, "with n(x) as (values (1)) select * from n") == 0);
    CHECK(run(*on, "/* why */ -- not\n insert into t values (1, 1)") == 1);
    CHECK(run(*on, "replace into t values (4, 4)") == 1);
    CHECK(run(*on, "explain insert into t values (1, 1)") == 0);
}

TEST_CASE("an error of the first row comes out of start, and the statement can run again") {
    auto const on = open(":memory:");
    on->execute("create table t(a unique)");
    auto const insert = on->prepare("insert into t values (?)");
    insert->run(std::vector{integer(1)});
    CHECK_THROWS_AS(insert->start(std::vector{integer(1)}), roam::unique_error);
    CHECK_FALSE(insert->fetch(nullptr));
    CHECK(insert->run(std::vector{integer(2)}) == 1);
}

TEST_CASE("the wrong number of parameters is a usage_error") {
    auto const on = open(":memory:");
    auto const select = on->prepare("select ?, ?");
    CHECK(select->parameter_count() == 2);
    CHECK_THROWS_AS(select->start(std::vector{integer(1)}), roam::usage_error);
    CHECK_THROWS_AS(select->start({}), roam::usage_error);
    CHECK_THROWS_AS(on->execute("select ?"), roam::usage_error);
}

TEST_CASE("exactly one statement can be prepared") {
    auto const on = open(":memory:");
    CHECK_THROWS_AS(on->prepare("select 1; select 2"), roam::usage_error);
    CHECK_THROWS_AS(on->prepare(""), roam::usage_error);
    CHECK_THROWS_AS(on->prepare(" ; -- nothing\n /* at all */ "), roam::usage_error);
    CHECK_THROWS_AS(on->prepare(std::string_view{"select 1\0; drop", 15}), roam::usage_error);
    CHECK(value(*on, " ;select 1; -- the end\n ; /* */ ") == "1");
}

TEST_CASE("a script runs all of its statements and stops at the first error") {
    auto const on = open(":memory:");
    on->execute(
        "create table t(a); insert into t values (1); select * from t; -- rows are dropped\n"
        "insert into t values (2);");
    CHECK(value(*on, "select count(*) from t") == "2");
    CHECK_THROWS_AS(on->execute("insert into t values (3); insert into nowhere values (1);"
                                "insert into t values (4)"),
                    roam::missing_table_error);
    CHECK(value(*on, "select count(*) from t") == "3");
    on->execute("");
    on->execute(" -- nothing\n");
}

TEST_CASE("a SELECT that has come to its end holds no read transaction, finished or not") {
    folder const here;
    auto const on = open(here.file("x.db"));
    auto* const db = static_cast<sqlite3*>(on->native_handle());
    on->execute("create table t(a); insert into t values (1)");
    auto const select = on->prepare("select a from t");
    cell row;
    select->start({});
    REQUIRE(select->fetch(&row));
    CHECK(sqlite3_txn_state(db, "main") == SQLITE_TXN_READ);
    CHECK_FALSE(select->fetch(&row));
    CHECK(sqlite3_txn_state(db, "main") == SQLITE_TXN_NONE);

    select->start({});
    REQUIRE(select->fetch(&row));
    select->finish();
    CHECK(sqlite3_txn_state(db, "main") == SQLITE_TXN_NONE);
    on->execute("drop table t");
}

TEST_CASE("D20: nothing bound refers to a parameter's memory after finish or after an error") {
    auto const on = open(":memory:");
    on->execute("create table t(a unique, b)");
    auto const insert = on->prepare("insert into t values (?, ?)");
    auto* const handle = sqlite3_next_stmt(static_cast<sqlite3*>(on->native_handle()), nullptr);
    auto const expanded = [&] {
        std::unique_ptr<char, void (*)(void*)> const shown{sqlite3_expanded_sql(handle),
                                                           sqlite3_free};
        return std::string{shown.get()};
    };
    auto const with = [&](std::string_view a) {
        auto const memory = std::make_unique<std::string>(a);
        std::vector const parameters{text(*memory), bytes(*memory)};
        insert->start(parameters);
        insert->fetch(nullptr);
        insert->finish();
    };
    with("a text that is longer than any small string");
    CHECK(expanded() == "insert into t values (NULL, NULL)");
    CHECK_THROWS_AS(with("a text that is longer than any small string"), roam::unique_error);
    CHECK(expanded() == "insert into t values (NULL, NULL)");
    CHECK_THROWS_AS(with("not UTF-8, and of some length: \xff"), roam::conversion_error);
    CHECK(expanded() == "insert into t values (NULL, NULL)");
}

TEST_CASE(
    "a statement is compiled anew when the schema changes, and refuses rows of another width") {
    auto const on = open(":memory:");
    on->execute("create table t(a); insert into t values (1)");
    auto const one = on->prepare("select a from t");
    auto const all = on->prepare("select * from t");
    on->execute("alter table t add column b");
    cell row;
    one->start({});
    CHECK(one->fetch(&row));
    one->finish();
    CHECK_THROWS_AS(all->start({}), roam::statement_invalidated_error);
    CHECK(all->column_count() == 2);
    on->execute("drop table t");
    CHECK_THROWS_AS(one->start({}), roam::missing_table_error);
}

TEST_CASE("text of a UTF-16 database is read as UTF-8") {
    auto const on = open(":memory:");
    folder const here;
    {
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open(here.file("x.db").c_str(), &db) == SQLITE_OK);
        sqlite3_exec(db, "pragma encoding='UTF-16le'; create table t(a)", nullptr, nullptr,
                     nullptr);
        sqlite3_close(db);
    }
    auto const file = open(here.file("x.db"));
    run(*file, "insert into t values (?)", {text("\u20ac uro")});
    CHECK(value(*file, "select a from t") == "\u20ac uro");
    CHECK(value(*file, "select length(a) from t") == "5");
}
