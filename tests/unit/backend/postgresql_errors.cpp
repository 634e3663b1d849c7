// SPDX-License-Identifier: MIT
// Which class of error each failure of the server becomes, and what its message may hold.
#include "backend/postgresql/error.hpp"
#include "postgresql_server.hpp"

#include <string>

using namespace roam;
using namespace roam::test::postgresql;
using backend::transaction_state;

namespace {

cell text(std::string_view value) { return cell::of_text(value); }

/// Lets the server raise that SQLSTATE.
void raise(backend::connection& on, std::string const& state) {
    on.execute("DO $$ BEGIN RAISE EXCEPTION 'made on purpose' USING ERRCODE = '" + state +
               "'; END $$");
}

std::string code_of(std::string const& state) {
    try {
        postgresql::throw_failure({state, "made on purpose", false}, {});
    } catch (error const& thrown) {
        return std::string{thrown.code()};
    }
}

}  // namespace

TEST_CASE("each SQLSTATE has its class of error") {
    struct {
        std::string state;
        std::string_view code;
    } const cases[] = {
        {"23505", unique_error{""}.code()},
        {"23503", foreign_key_error{""}.code()},
        {"23502", not_null_error{""}.code()},
        {"23514", check_error{""}.code()},
        {"44000", check_error{""}.code()},
        {"23P01", constraint_error{""}.code()},
        {"23000", constraint_error{""}.code()},
        {"40002", constraint_error{""}.code()},
        {"40001", serialization_error{""}.code()},
        {"40P01", deadlock_error{""}.code()},
        {"40000", transient_error{""}.code()},
        {"55P03", busy_error{""}.code()},
        {"57014", cancelled_error{""}.code()},
        {"42P01", missing_table_error{""}.code()},
        {"3F000", missing_table_error{""}.code()},
        {"42703", missing_column_error{""}.code()},
        {"42501", permission_error{""}.code()},
        {"25006", permission_error{""}.code()},
        {"25P02", transaction_failed_error{""}.code()},
        {"22003", conversion_error{""}.code()},
        {"22P02", conversion_error{""}.code()},
        {"53100", storage_error{""}.code()},
        {"53200", storage_error{""}.code()},
        {"58030", storage_error{""}.code()},
        {"XX001", storage_error{""}.code()},
        {"0A000", unsupported_error{""}.code()},
        {"42601", statement_error{""}.code()},
        {"42883", statement_error{""}.code()},
        {"21000", statement_error{""}.code()},
        {"54000", statement_error{""}.code()},
        {"55006", statement_error{""}.code()},
        {"08P01", statement_error{""}.code()},
        {"P0001", error{""}.code()},
        {"XX000", error{""}.code()},
    };
    for (auto const& [state, code] : cases) {
        CAPTURE(state);
        CHECK(code_of(state) == code);
    }
}

TEST_CASE("a state that ends the session is a lost connection, whatever libpq knows yet") {
    ROAM_NEEDS_POSTGRESQL();
    for (std::string const state : {"57P01", "57P02", "57P03", "08000", "08006"}) {
        auto const on = open();
        CAPTURE(state);
        auto const thrown = error_of<connection_lost_error>([&] { raise(*on, state); });
        CHECK(thrown.sqlstate() == state);
        CHECK_FALSE(thrown.connection_usable());
        CHECK_FALSE(on->usable());
        CHECK_THROWS_AS(on->execute("SELECT 1"), connection_lost_error);
    }
}

TEST_CASE("constraints that fail have their class, and the message names them") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute(
        "CREATE TEMP TABLE author (id int PRIMARY KEY);"
        "CREATE TEMP TABLE book (id int PRIMARY KEY, author int NOT NULL CONSTRAINT by_whom"
        " REFERENCES author, copies int CONSTRAINT enough CHECK (copies > 0));"
        "INSERT INTO author VALUES (1); INSERT INTO book VALUES (1, 1, 1)");
    auto const says = [](error const& thrown, std::string const& part) {
        CAPTURE(thrown.what());
        CHECK(std::string{thrown.what()}.find(part) != std::string::npos);
        CHECK(thrown.connection_usable());
        CHECK(thrown.transaction_usable());
    };
    says(error_of<unique_error>([&] { run(*on, "INSERT INTO book VALUES (1, 1, 1)"); }),
         "book_pkey");
    says(error_of<foreign_key_error>([&] { run(*on, "INSERT INTO book VALUES (2, 9, 1)"); }),
         "by_whom");
    says(error_of<foreign_key_error>([&] { run(*on, "DELETE FROM author"); }), "by_whom");
    says(error_of<check_error>([&] { run(*on, "INSERT INTO book VALUES (2, 1, 0)"); }), "enough");
    says(error_of<not_null_error>([&] { run(*on, "INSERT INTO book VALUES (2, NULL, 1)"); }),
         "\"author\"");
}

TEST_CASE("no message holds a value that was written or looked for") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute(
        "CREATE TEMP TABLE t (email text UNIQUE, n int, d date, s varchar(3));"
        "CREATE TYPE pg_temp.mood AS ENUM ('calm')");
    std::string const secret = "ann@example.org";
    run(*on, "INSERT INTO t (email) VALUES ($1)", {text(secret)});
    struct {
        std::string sql, value;
    } const cases[] = {
        {"INSERT INTO t (email) VALUES ($1)", secret},
        {"INSERT INTO t (n) VALUES ($1)", "47\"11\"x"},
        {"INSERT INTO t (n) VALUES ($1)", "99999999999"},
        {"INSERT INTO t (d) VALUES ($1)", "2024-02-30"},
        {"INSERT INTO t (s) VALUES ($1)", "toolong"},
        {"SELECT $1::pg_temp.mood", "ann@example.org"},
        {"SELECT $1::jsonb", "{ann@example.org"},
        {"SELECT $1::inet", "ann@example.org"},
        {"SELECT $1::timestamptz", "ann@example.org"},
    };
    for (auto const& [sql, value] : cases) {
        CAPTURE(sql, value);
        auto const thrown = error_of<error>([&] { run(*on, sql, {text(value)}); });
        CAPTURE(thrown.what());
        CHECK(std::string{thrown.what()}.find(value) == std::string::npos);
        CHECK(std::string{thrown.what()}.find("4711") == std::string::npos);
        CHECK(thrown.statement() == sql);
        CHECK(thrown.what() != std::string{});
    }
}

TEST_CASE("an unknown table or column, bad syntax and missing rights are told apart") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto const thrown =
        error_of<missing_table_error>([&] { on->prepare("SELECT * FROM nowhere"); });
    CHECK(thrown.sqlstate() == "42P01");
    CHECK(thrown.statement() == "SELECT * FROM nowhere");
    CHECK_THROWS_AS(on->prepare("SELECT nothing FROM pg_class"), missing_column_error);
    CHECK_THROWS_AS(on->prepare("SELEKT 1"), statement_error);
    CHECK_THROWS_AS(on->prepare("SELECT * FROM nowhere.at_all"), missing_table_error);
    CHECK_THROWS_AS(on->execute("BEGIN READ ONLY; CREATE TABLE t (x int)"), permission_error);
    on->execute("ROLLBACK");
    CHECK(on->prepare("SELECT 1")->column_count() == 1);
}

TEST_CASE("an error inside a transaction says that only its rollback is possible") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    auto const first = error_of<conversion_error>([&] { run(*on, "SELECT 1/0"); });
    CHECK_FALSE(first.transaction_usable());
    CHECK(first.connection_usable());
    CHECK(on->transaction() == transaction_state::failed);
    auto const second = error_of<transaction_failed_error>([&] { run(*on, "SELECT 1"); });
    CHECK_FALSE(second.transaction_usable());
    on->execute("ROLLBACK");
    CHECK(on->transaction() == transaction_state::none);
}

TEST_CASE("COMMIT in a failed transaction is a transaction_failed_error, not a silent rollback") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("CREATE TEMP TABLE t (x int)");
    on->execute("BEGIN; INSERT INTO t VALUES (1)");
    CHECK_THROWS(run(*on, "SELECT 1/0"));
    CHECK_THROWS_AS(on->commit(), transaction_failed_error);
    CHECK(on->transaction() == transaction_state::none);
    CHECK(one_integer(*on, "SELECT count(*) FROM t") == 0);
}

TEST_CASE("a deferred constraint that fails at COMMIT has its class, and the session goes on") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("CREATE TEMP TABLE t (x int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    on->execute("BEGIN; INSERT INTO t VALUES (1), (1)");
    CHECK_THROWS_AS(on->commit(), unique_error);
    CHECK(on->transaction() == transaction_state::none);
    on->execute("BEGIN; INSERT INTO t VALUES (1)");
    on->commit();
    CHECK(one_integer(*on, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("a deadlock and a serialization failure are transient errors of their own") {
    ROAM_NEEDS_POSTGRESQL();
    auto const one_side = open();
    auto const other_side = open();
    one_side->execute(
        "DROP TABLE IF EXISTS roam_conflict; CREATE TABLE roam_conflict (x int);"
        "INSERT INTO roam_conflict VALUES (1)");
    for (auto* on : {one_side.get(), other_side.get()}) {
        on->execute("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT * FROM roam_conflict");
    }
    one_side->execute("UPDATE roam_conflict SET x = 2");
    one_side->commit();
    auto const thrown = error_of<serialization_error>(
        [&] { other_side->execute("UPDATE roam_conflict SET x = 3"); });
    CHECK_FALSE(thrown.transaction_usable());
    other_side->execute("ROLLBACK");
    one_side->execute("DROP TABLE roam_conflict");
    CHECK_THROWS_AS(raise(*one_side, "40P01"), deadlock_error);
}
