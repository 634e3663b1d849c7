// SPDX-License-Identifier: MIT
// Values there and back, result columns of every type, streams, and what a statement counts.
#include "mysql_server.hpp"

#include <limits>
#include <string>

namespace backend = roam::backend;
using namespace roam::test::mysql;
using backend::row_mode;
using roam::mapping::cell;
using roam::mapping::cell_kind;

namespace {

std::unique_ptr<backend::connection> with_numbers(int rows) {
    auto c = open();
    c->execute("CREATE TEMPORARY TABLE n (i bigint AUTO_INCREMENT PRIMARY KEY, t varchar(20))");
    run(*c, "INSERT INTO n (t) SELECT concat('row ', seq) FROM seq_1_to_" + std::to_string(rows));
    return c;
}

}  // namespace

TEST_CASE("parameters of every kind arrive as what they are") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    std::byte const bytes[] = {std::byte{0}, std::byte{255}};
    std::byte const uuid[16] = {std::byte{0x12}, std::byte{0x34}};
    auto const rows = rows_of(
        *c,
        "SELECT ?, CAST(? AS char), hex(?), ? + 0, CAST(? AS datetime(6)), CAST(? AS date), ?, ?",
        {integer(std::numeric_limits<std::int64_t>::min()), cell::of_text("żółw"),
         cell::of_bytes(bytes), cell::of_text("1.50", cell_kind::decimal),
         cell::of(cell_kind::timestamp, -1), cell::of(cell_kind::date, -1),
         cell::of_bytes(uuid, cell_kind::uuid), cell{}});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][0] == "integer -9223372036854775808");
    CHECK(rows[0][1] == "text 'żółw'");
    CHECK(rows[0][2] == "text '00FF'");
    CHECK(rows[0][3] == "decimal '1.50'");
    CHECK(rows[0][4] == "text '1969-12-31 23:59:59.999999'");
    CHECK(rows[0][5] == "date -1");
    CHECK(rows[0][6] == "text '12340000-0000-0000-0000-000000000000'");
    CHECK(rows[0][7] == "null");
    CHECK(one(*c, "SELECT ?", {cell::of_real(0.5)}) == "real 0.500000");
    CHECK(one(*c, "SELECT ?", {cell::of(cell_kind::boolean, 1)}) == "integer 1");
}

TEST_CASE("a numbered parameter takes its value in every place where it stands") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    auto const s = c->prepare("SELECT ?2, '?1', ?1 + ?2 -- ?9\n");
    CHECK(s->parameter_count() == 2);
    CHECK(rows_of(*s, {integer(3), integer(4)}) ==
          std::vector<shown_row>{{"integer 4", "text '?1'", "integer 7"}});
    CHECK_THROWS_AS(rows_of(*s, {integer(3)}), roam::usage_error);
}

TEST_CASE("a value that MySQL cannot take names its parameter, and nothing is sent") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    auto const s = c->prepare("SELECT ?, ?");
    double const nan = std::numeric_limits<double>::quiet_NaN();
    for (auto const& bad :
         {cell::of_real(nan), cell::of_real(std::numeric_limits<double>::infinity()),
          cell::of_text("caf\xe9"), cell::of_text(std::string_view{"a\0b", 3}),
          cell::of(cell_kind::date, 2932897), cell::of(cell_kind::timestamp, INT64_MAX)}) {
        cell const both[] = {integer(1), bad};
        auto const e = error_of<roam::conversion_error>([&] { s->start(both); });
        CHECK_THAT(e.what(), Catch::StartsWith("parameter 2 is "));
        CHECK(e.details().parameter == 2);
    }
    CHECK_THROWS_AS(rows_of(*s, {integer(1)}), roam::usage_error);
    CHECK(rows_of(*s, {integer(1), cell::of(cell_kind::unchecked_text, 0)}).size() == 1);
}

TEST_CASE("columns of every type become the cell that is nearest") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    struct example {
        std::string_view type;
        std::string_view value;
        std::string_view cell;
    };
    for (auto const& e : {
             example{"tinyint", "-128", "integer -128"},
             example{"tinyint unsigned", "255", "integer 255"},
             example{"smallint", "-32768", "integer -32768"},
             example{"smallint unsigned", "65535", "integer 65535"},
             example{"mediumint", "-8388608", "integer -8388608"},
             example{"mediumint unsigned", "16777215", "integer 16777215"},
             example{"int", "-2147483648", "integer -2147483648"},
             example{"int unsigned", "4294967295", "integer 4294967295"},
             example{"bigint", "9223372036854775807", "integer 9223372036854775807"},
             example{"bigint unsigned", "9223372036854775807", "integer 9223372036854775807"},
             example{"bigint unsigned", "18446744073709551615", "decimal '18446744073709551615'"},
             example{"year", "2024", "integer 2024"},
             example{"bit(12)", "b'101000000001'", "integer 2561"},
             example{"boolean", "TRUE", "integer 1"},
             example{"float", "0.5", "real 0.500000"},
             example{"double", "-0.25", "real -0.250000"},
             example{"decimal(40,20)", "12345678901234567890.12345678901234567890",
                     "decimal '12345678901234567890.12345678901234567890'"},
             example{"varchar(5)", "'ab '", "text 'ab '"},
             example{"longtext", "repeat('x', 300)", ""},
             example{"enum('calm','cross')", "'cross'", "text 'cross'"},
             example{"varbinary(5)", "x'0000'", "blob 2 bytes"},
             example{"binary(3)", "'a'", "blob 3 bytes"},
             example{"longblob", "''", "blob 0 bytes"},
             example{"json", "'[1]'", "text '[1]'"},
             example{"date", "'1970-01-02'", "date 1"},
             example{"datetime", "'1970-01-01'", "text '1970-01-01 00:00:00.000000'"},
             example{"datetime", "'1970-01-01 00:00:01'", "text '1970-01-01 00:00:01.000000'"},
             example{"datetime(6)", "'1969-12-31 23:59:59.999999'",
                     "text '1969-12-31 23:59:59.999999'"},
             example{"timestamp", "'2000-01-01'", "timestamp 946684800000000"},
             example{"time", "'-838:59:59'", "text '-838:59:59.000000'"},
             example{"time(6)", "'01:02:03.000004'", "text '01:02:03.000004'"},
             example{"time", "'00:00:00'", "text '00:00:00.000000'"},
             example{"int", "NULL", "null"},
         }) {
        INFO(e.type << " " << e.value);
        c->execute("CREATE OR REPLACE TEMPORARY TABLE one_column (c " + std::string{e.type} +
                   " NULL)");
        run(*c, "INSERT INTO one_column VALUES (" + std::string{e.value} + ")");
        auto const found = one(*c, "SELECT c FROM one_column");
        CHECK(found == (e.cell.empty() ? "text '" + std::string(300, 'x') + "'" : e.cell));
    }
}

TEST_CASE("a day that is none arrives as text, which no date can be read from") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    c->execute("SET sql_mode = ''; CREATE TEMPORARY TABLE old (d date, t datetime)");
    run(*c, "INSERT INTO old VALUES ('0000-00-00', '2024-02-00 10:00:00')");
    CHECK(rows_of(*c, "SELECT * FROM old") ==
          std::vector<shown_row>{{"text '0000-00-00'", "text '2024-02-00'"}});
}

TEST_CASE("text and bytes of every length of the protocol's prefix come back") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    for (std::size_t const size : {0u, 1u, 250u, 251u, 65535u, 65536u, 70000u}) {
        INFO(size);
        std::string const text(size, 'x');
        CHECK(one(*c, "SELECT ?", {cell::of_text(text)}) == "text '" + text + "'");
    }
    std::string const long_text(5'000'000, 'y');
    CHECK(one(*c, "SELECT length(?)", {cell::of_text(long_text)}) == "integer 5000000");
    CHECK(one(*c, "SELECT ?", {cell::of_text(long_text)}).size() == long_text.size() + 7);
}

TEST_CASE("rows that match are counted, also where nothing changes") {
    ROAM_NEEDS_MYSQL();
    auto const c = with_numbers(3);
    CHECK(run(*c, "UPDATE n SET t = 'same'") == 3);
    CHECK(run(*c, "UPDATE n SET t = 'same'") == 3);
    CHECK(run(*c, "UPDATE n SET t = 'x' WHERE i = 99") == 0);
    CHECK(run(*c, "SELECT * FROM n") == 0);
    CHECK(run(*c, "DELETE FROM n WHERE i > 1") == 2);
    CHECK(run(*c, "DELETE FROM n RETURNING i, t") == 1);
}

TEST_CASE("the key of an inserted row is told, with RETURNING as a row") {
    ROAM_NEEDS_MYSQL();
    auto const c = with_numbers(1);
    auto const plain = c->prepare("INSERT INTO n (t) VALUES (?)");
    CHECK(plain->column_count() == 0);
    cell const a[] = {cell::of_text("a")};
    plain->start(a);
    CHECK(plain->inserted_key() == 2);
    CHECK(plain->affected_rows() == 1);
    auto const returning = c->prepare("INSERT INTO n (t) VALUES (?), (?) RETURNING i, t");
    CHECK(returning->column_count() == 2);
    CHECK(rows_of(*returning, {cell::of_text("b"), cell::of_text("c")}) ==
          std::vector<shown_row>{{"integer 3", "text 'b'"}, {"integer 4", "text 'c'"}});
    CHECK(returning->column_name(1) == "t");
}

TEST_CASE("a stream brings row by row, and occupies the connection until it ends") {
    ROAM_NEEDS_MYSQL();
    auto const c = with_numbers(5000);
    auto const s = c->prepare("SELECT i, t FROM n ORDER BY i", row_mode::streamed);
    cell row[2];
    s->start({});
    for (int i = 1; i <= 3; ++i) {
        REQUIRE(s->fetch(row));
        CHECK(shown(row[0]) == "integer " + std::to_string(i));
    }
    CHECK_THROWS_AS(c->execute("SELECT 1"), roam::session_busy_error);
    CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::session_busy_error);
    s->finish();
    CHECK(one(*c, "SELECT count(*) FROM n") == "integer 5000");
    CHECK(rows_of(*s).size() == 5000);
    CHECK(one(*c, "SELECT 7") == "integer 7");
}

TEST_CASE("between two rows of an interleaved read other statements run") {
    ROAM_NEEDS_MYSQL();
    auto const c = with_numbers(1000);
    c->execute("START TRANSACTION");
    auto const s = c->prepare("SELECT i FROM n ORDER BY i", row_mode::interleaved);
    cell row[1];
    s->start({});
    int rows = 0;
    for (; s->fetch(row); ++rows) {
        if (rows % 100 == 0)
            CHECK(run(*c, "UPDATE n SET t = 'seen' WHERE i = ?", {row[0]}) == 1);
    }
    CHECK(rows == 1000);
    s->start({});
    CHECK(s->fetch(row));
    s->finish();  // not at the end
    CHECK(one(*c, "SELECT count(*) FROM n WHERE t = 'seen'") == "integer 10");
    c->commit();
}

TEST_CASE("a table that changes under a prepared statement has it prepared again") {
    ROAM_NEEDS_MYSQL();
    auto const c = with_numbers(1);
    auto const all = c->prepare("SELECT * FROM n");
    auto const names = c->prepare("SELECT t FROM n");
    CHECK(rows_of(*all)[0].size() == 2);
    c->execute("ALTER TABLE n ADD COLUMN more int");
    CHECK(rows_of(*names) == std::vector<shown_row>{{"text 'row 1'"}});
    auto const e = error_of<roam::statement_invalidated_error>([&] { all->start({}); });
    CHECK(e.transaction_usable());
    CHECK(rows_of(*all)[0] == shown_row{"integer 1", "text 'row 1'", "null"});
}

TEST_CASE("a column whose type changes is read as its new type") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    c->execute("CREATE TEMPORARY TABLE t (c int); INSERT INTO t VALUES (5)");
    auto const s = c->prepare("SELECT c FROM t");
    CHECK(rows_of(*s) == std::vector<shown_row>{{"integer 5"}});
    c->execute("ALTER TABLE t MODIFY c varchar(5)");
    CHECK(rows_of(*s) == std::vector<shown_row>{{"text '5'"}});
}

TEST_CASE("a reset undoes what the session was told, and statements go on") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    auto const s =
        c->prepare("SELECT @mine, @@time_zone, @@sql_mode LIKE 'STRICT_ALL%', database()");
    auto const fresh = rows_of(*s);
    c->execute(
        "SET @mine = 7, time_zone = '-05:00', sql_mode = ''; USE information_schema;"
        "START TRANSACTION");
    CHECK(rows_of(*s) != fresh);
    c->reset_state();
    CHECK(c->transaction() == backend::transaction_state::none);
    CHECK(rows_of(*s) == fresh);
    CHECK(fresh[0][1] == "text '+00:00'");
}

TEST_CASE("a script runs several statements, a prepared text one") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    c->execute("CREATE TEMPORARY TABLE s (a int); INSERT INTO s VALUES (1); SELECT 'x;y';");
    CHECK_THROWS_AS(c->execute("INSERT INTO s VALUES (2); SELEKT; INSERT INTO s VALUES (3)"),
                    roam::statement_error);
    CHECK(one(*c, "SELECT sum(a) FROM s") == "decimal '3'");
    auto const e = error_of<roam::usage_error>([&] { c->prepare("SELECT 1; SELECT 2"); });
    CHECK_THAT(e.what(), Catch::Contains("one statement"));
    CHECK_THROWS_AS(c->prepare(std::string_view{"SELECT 1\0", 9}), roam::usage_error);
    CHECK(one(*c, "SELECT 1;") == "integer 1");
}

TEST_CASE("the rows of a procedure are thrown away, and the connection stays in order") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    c->execute("DROP PROCEDURE IF EXISTS two_results");
    c->execute("CREATE PROCEDURE two_results() BEGIN SELECT 1; SELECT 2, 3; END");
    for (int i = 0; i < 3; ++i) {
        run(*c, "CALL two_results()");
        CHECK(one(*c, "SELECT 5") == "integer 5");
    }
    c->execute("DROP PROCEDURE two_results");
}
