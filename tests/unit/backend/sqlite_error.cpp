// SPDX-License-Identifier: MIT
// Which error is which class, and what its message may say.
#include "sqlite_fixture.hpp"

#include <support/catch.hpp>

#include <sqlite3.h>

#include <string>
#include <vector>

using namespace roam::test;
using Catch::Matchers::Contains;

namespace {

template <typename Error>
int native_code(roam::backend::connection& on, std::string_view sql,
                std::vector<cell> const& parameters = {}) {
    auto const e = caught<Error>([&] { run(on, sql, parameters); });
    return e ? e->native_code() : 0;
}

}  // namespace

TEST_CASE("each kind of constraint has its class") {
    auto const on = open(":memory:");
    on->execute(
        "create table parent(id integer primary key, code text unique);"
        "create table child(parent_id integer references parent on delete restrict,"
        " amount integer not null check (amount > 0));"
        "create table pair(a, b, primary key (a, b)) without rowid;"
        "create table strict_one(n integer) strict;"
        "create trigger no_seven before insert on child when new.amount = 7"
        " begin select raise(abort, 'seven is not liked'); end;"
        "insert into parent values (1, 'one'); insert into child values (1, 1);"
        "insert into pair values (1, 1)");
    using namespace roam;
    CHECK(native_code<unique_error>(*on, "insert into parent values (1, 'x')") ==
          SQLITE_CONSTRAINT_PRIMARYKEY);
    CHECK(native_code<unique_error>(*on, "insert into parent values (2, 'one')") ==
          SQLITE_CONSTRAINT_UNIQUE);
    CHECK(native_code<unique_error>(*on, "insert into pair values (1, 1)") ==
          SQLITE_CONSTRAINT_PRIMARYKEY);
    CHECK(native_code<foreign_key_error>(*on, "insert into child values (99, 1)") ==
          SQLITE_CONSTRAINT_FOREIGNKEY);
    CHECK(native_code<foreign_key_error>(*on, "delete from parent") != 0);
    CHECK(native_code<not_null_error>(*on, "insert into child values (1, null)") ==
          SQLITE_CONSTRAINT_NOTNULL);
    CHECK(native_code<check_error>(*on, "insert into child values (1, 0)") ==
          SQLITE_CONSTRAINT_CHECK);
    CHECK(native_code<constraint_error>(*on, "insert into child values (1, 7)") ==
          SQLITE_CONSTRAINT_TRIGGER);
    CHECK(native_code<conversion_error>(*on, "insert into strict_one values ('x')") != 0);
}

TEST_CASE("wrong SQL has its class, and the error carries the text") {
    auto const on = open(":memory:");
    on->execute("create table t(a)");
    CHECK_THROWS_AS(on->prepare("select * from nowhere"), roam::missing_table_error);
    CHECK_THROWS_AS(on->execute("drop table nowhere"), roam::missing_table_error);
    CHECK_THROWS_AS(on->prepare("select b from t"), roam::missing_column_error);
    CHECK_THROWS_AS(on->prepare("update t set b = 1"), roam::missing_column_error);
    CHECK_THROWS_AS(on->prepare("insert into t(b) values (1)"), roam::missing_column_error);
    auto const e = caught<roam::statement_error>([&] { on->prepare("selct 1"); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("syntax error"));
    CHECK(e->statement() == "selct 1");
    CHECK(e->native_code() == SQLITE_ERROR);
    CHECK(e->connection_usable());
    CHECK(e->transaction_usable());
}

TEST_CASE("no message has the value of a parameter") {
    auto const on = open(":memory:");
    on->execute(
        "create table t(a text unique check (length(a) < 20), b text not null);"
        "create virtual table f using fts5(body); insert into t values ('secret', 'x')");
    auto const message = [&](std::string_view sql, std::vector<cell> const& parameters) {
        auto const e = caught<roam::error>([&] { run(*on, sql, parameters); });
        return e ? std::string{e->what()} + std::string{e->statement()} : "no error: a secret";
    };
    CHECK_THAT(message("insert into t values (?, ?)", {text("secret"), text("y")}),
               !Contains("secret"));
    CHECK_THAT(message("insert into t values (?, ?)", {text("a secret of more than 20"), text("")}),
               !Contains("secret"));
    CHECK_THAT(message("insert into t values (?, ?)", {text("secret2"), cell{}}),
               !Contains("secret"));
    CHECK_THAT(message("insert into t values (?, ?)", {text("secret\xff"), text("")}),
               !Contains("secret"));
    CHECK_THAT(message("select json_extract('{}', ?)", {text("secret")}), !Contains("secret"));
    CHECK_THAT(message("select json_extract(?, '$')", {text("{secret")}), !Contains("secret"));
    CHECK_THAT(message("select * from f where f match ?", {text("\"secret")}), !Contains("secret"));
    CHECK_THAT(message("select * from f where f match ?", {text("secret:word")}),
               !Contains("secret"));
    CHECK_THAT(message("insert into f(f) values (?)", {text("secret")}), !Contains("secret"));
}

TEST_CASE("a value too big for the engine is a conversion_error") {
    auto const on = open(":memory:");
    sqlite3_limit(static_cast<sqlite3*>(on->native_handle()), SQLITE_LIMIT_LENGTH, 1000);
    std::string const big(2000, 'x');
    CHECK_THROWS_AS(value(*on, "select ?", {text(big)}), roam::conversion_error);
    CHECK_THROWS_AS(value(*on, "select ?", {bytes(big)}), roam::conversion_error);
    on->execute("create table t(id integer primary key)");
    CHECK_THROWS_AS(run(*on, "insert into t values (?)", {text("x")}), roam::conversion_error);
}

TEST_CASE(
    "a full disk is a storage_error, and in a transaction SQLite may have rolled all of it back") {
    folder const here;
    auto const on = open(here.file("x.db"));
    on->execute("create table t(a); PRAGMA max_page_count = 20");
    std::string const big(500'000, 'x');
    auto const insert = on->prepare("insert into t values (?)");
    auto e = caught<roam::storage_error>([&] { insert->run(std::vector{text(big)}); });
    REQUIRE(e);
    CHECK(e->native_code() == SQLITE_FULL);
    CHECK(e->transaction_usable());

    on->execute("BEGIN IMMEDIATE");
    insert->run(std::vector{text("small")});
    e = caught<roam::storage_error>([&] { insert->run(std::vector{text(big)}); });
    REQUIRE(e);
    bool const rolled_back =
        sqlite3_get_autocommit(static_cast<sqlite3*>(on->native_handle())) != 0;
    CHECK(e->transaction_usable() == !rolled_back);
    CHECK((on->transaction() == roam::backend::transaction_state::failed) == rolled_back);
    on->execute("ROLLBACK");
    CHECK(on->transaction() == roam::backend::transaction_state::none);
}

TEST_CASE("a damaged file is a storage_error") {
    folder const here;
    open(here.file("x.db"))
        ->execute(
            "create table t(a); insert into t values (zeroblob(100000));"
            "PRAGMA wal_checkpoint(truncate)");
    {
        auto* const file = std::fopen(here.file("x.db").c_str(), "r+");
        REQUIRE(file != nullptr);
        std::fseek(file, 4096, SEEK_SET);
        std::string const noise(4096, '\xa5');
        std::fwrite(noise.data(), 1, noise.size(), file);
        std::fclose(file);
    }
    auto const on = open(here.file("x.db"));
    CHECK_THROWS_AS(value(*on, "select a from t"), roam::storage_error);
}
