// SPDX-License-Identifier: MIT
// Statements as Firebird wants them.
#include <roam/error.hpp>
#include <roam/sql/statement.hpp>
#include <roam/sql/type_name.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sql = roam::sql;
using op = sql::operation;
using roam::mapping::type_kind;
using sql::expression;

namespace {

auto const firebird = sql::firebird_dialect();

expression col(std::string_view name) { return expression::column(name); }
expression par(type_kind type = type_kind::int64) { return expression::parameter(type); }
expression text() { return par(type_kind::text); }
expression long_text(std::string_view name) {
    auto c = col(name);
    c.is_long = true;
    return c;
}
expression ap(op o, std::vector<expression> operands) {
    return expression::apply(o, std::move(operands));
}

sql::select_statement notes(expression column = col("id")) {
    sql::select_statement s;
    s.columns = {{std::move(column), ""}};
    s.from.name = "note";
    return s;
}

std::string where(expression condition) {
    auto s = notes();
    s.where = {std::move(condition)};
    auto const all = sql::render(s, firebird);
    std::string const before = "SELECT \"ID\" FROM \"NOTE\" WHERE ";
    REQUIRE(all.starts_with(before));
    return all.substr(before.size());
}

std::string const varchar = "VARCHAR(8191) CHARACTER SET UTF8";

}  // namespace

TEST_CASE("a SELECT of Firebird always has a table, and booleans of its own") {
    sql::select_statement s;
    s.columns = {{expression::literal("1"), ""}};
    CHECK(sql::render(s, firebird) == "SELECT 1 FROM rdb$database");

    auto there = notes();
    there.exists_only = true;
    CHECK(sql::render(there, firebird) ==
          "SELECT EXISTS (SELECT 1 FROM \"NOTE\") FROM rdb$database");
    CHECK(where(ap(op::in, {col("id")})) == "FALSE");
}

TEST_CASE("a page of Firebird names its offset first, which is bound last") {
    auto s = notes();
    s.where = {ap(op::equal, {col("id"), par()})};
    s.limit = true;
    CHECK(sql::render(s, firebird) ==
          "SELECT \"ID\" FROM \"NOTE\" WHERE \"ID\" = ? FETCH FIRST ? ROWS ONLY");
    s.offset = true;
    CHECK(sql::render(s, firebird) ==
          "SELECT \"ID\" FROM \"NOTE\" WHERE \"ID\" = ? OFFSET ?3 ROWS FETCH FIRST ?2 ROWS ONLY");
    s.limit = false;
    CHECK(sql::render(s, firebird) == "SELECT \"ID\" FROM \"NOTE\" WHERE \"ID\" = ? OFFSET ? ROWS");
}

TEST_CASE("Firebird is told the type of a parameter that it would not find") {
    CHECK(where(ap(op::less, {col("copies"), par()})) == "\"COPIES\" < ?");
    CHECK(where(ap(op::less, {par(), par()})) == "CAST(? AS BIGINT) < CAST(? AS BIGINT)");
    CHECK(where(ap(op::equal, {col("a"), ap(op::add, {col("b"), par()})})) ==
          "\"A\" = \"B\" + CAST(? AS BIGINT)");
    CHECK(where(ap(op::equal, {expression::function("LOWER", {text()}), col("a")})) ==
          "LOWER(CAST(? AS " + varchar + ")) = \"A\"");
}

TEST_CASE("a text may be longer than the Firebird column that it is compared with") {
    CHECK(where(ap(op::equal, {col("name"), text()})) == "\"NAME\" = CAST(? AS " + varchar + ")");
    CHECK(where(ap(op::like, {col("name"), text()})) == "\"NAME\" LIKE CAST(? AS " + varchar + ")");
    CHECK(where(ap(op::equal, {long_text("body"), text()})) == "\"BODY\" = ?");
}

TEST_CASE("Firebird sorts and groups a long text as a VARCHAR") {
    auto s = notes(long_text("body"));
    s.order_by = {{long_text("body"), true}};
    CHECK(sql::render(s, firebird) ==
          "SELECT \"BODY\" FROM \"NOTE\" ORDER BY CAST(\"BODY\" AS VARCHAR(8191)) DESC");
    CHECK(sql::render(s, sql::postgresql_dialect()) ==
          "SELECT \"body\" FROM \"note\" ORDER BY \"body\" DESC");
    s.order_by.clear();
    s.distinct = true;
    CHECK(sql::render(s, firebird) ==
          "SELECT DISTINCT CAST(\"BODY\" AS VARCHAR(8191)) FROM \"NOTE\"");
    s.distinct = false;
    s.group_by = {long_text("body")};
    CHECK(sql::render(s, firebird) ==
          "SELECT CAST(\"BODY\" AS VARCHAR(8191)) FROM \"NOTE\" "
          "GROUP BY CAST(\"BODY\" AS VARCHAR(8191))");
    auto count = expression::function("COUNT", {long_text("body")});
    count.distinct = true;
    CHECK(sql::render(notes(count), firebird) ==
          "SELECT COUNT(DISTINCT CAST(\"BODY\" AS VARCHAR(8191))) FROM \"NOTE\"");
}

TEST_CASE("Firebird has MOD for a remainder, and an average of integers with a fraction") {
    CHECK(where(ap(op::equal, {ap(op::modulo, {col("a"), par()}), par()})) ==
          "MOD(\"A\", CAST(? AS BIGINT)) = ?");
    CHECK(sql::render(notes(expression::function("AVG", {col("copies")})), firebird) ==
          "SELECT AVG(CAST(\"COPIES\" AS DOUBLE PRECISION)) FROM \"NOTE\"");
}

TEST_CASE("an UPDATE of Firebird takes the type of a parameter from the column that it sets") {
    sql::update_statement s;
    s.table.name = "note";
    s.set = {{"body", text()}, {"copies", ap(op::add, {col("copies"), par()})}};
    s.where = {ap(op::equal, {col("id"), par()})};
    s.returning = {"id"};
    CHECK(sql::render(s, firebird) ==
          "UPDATE \"NOTE\" SET \"BODY\" = ?, \"COPIES\" = \"COPIES\" + CAST(? AS BIGINT) "
          "WHERE \"ID\" = ? RETURNING \"ID\"");
}

TEST_CASE("an upsert is a MERGE on Firebird, with the types of the columns") {
    sql::insert_statement s;
    s.table.name = "note";
    s.columns = {"id", "body"};
    s.update_on_conflict = true;
    s.conflict.target = {"id"};
    std::string const head =
        "MERGE INTO \"NOTE\" USING (SELECT CAST(? AS TYPE OF COLUMN \"NOTE\".\"ID\") AS \"ID\", "
        "CAST(? AS TYPE OF COLUMN \"NOTE\".\"BODY\") AS \"BODY\" FROM rdb$database) AS \"NEW\" "
        "ON \"NOTE\".\"ID\" = \"NEW\".\"ID\" ";
    std::string const tail =
        "WHEN NOT MATCHED THEN INSERT (\"ID\", \"BODY\") VALUES (\"NEW\".\"ID\", \"NEW\".\"BODY\")";
    CHECK(sql::render(s, firebird) == head + tail);
    s.conflict.update = {"body"};
    s.conflict.count_up = {"version"};
    s.returning = {"id", "version"};
    CHECK(sql::render(s, firebird) ==
          head +
              "WHEN MATCHED THEN UPDATE SET \"BODY\" = \"NEW\".\"BODY\", "
              "\"VERSION\" = \"NOTE\".\"VERSION\" + 1 " +
              tail + " RETURNING \"NOTE\".\"ID\", \"NOTE\".\"VERSION\"");
    s.conflict.target.clear();
    CHECK_THROWS_AS(sql::render(s, firebird), roam::unsupported_error);
    s.conflict.target = {"id"};
    s.rows = 2;
    CHECK_THROWS_AS(sql::render(s, firebird), roam::unsupported_error);
}

TEST_CASE("an INSERT of Firebird has one row") {
    sql::insert_statement s;
    s.table.name = "note";
    s.columns = {"body"};
    s.returning = {"id"};
    CHECK(sql::render(s, firebird) ==
          "INSERT INTO \"NOTE\" (\"BODY\") VALUES (?) RETURNING \"ID\"");
    s.rows = 2;
    CHECK_THROWS_AS(sql::render(s, firebird), roam::unsupported_error);
}

TEST_CASE("a column type of Firebird keeps each digit and each character") {
    struct example {
        roam::mapping::column_type type;
        std::string_view name;
        std::string_view indexed;
    };
    for (example const& e : {
             example{{.kind = type_kind::boolean}, "BOOLEAN", "BOOLEAN"},
             {{.kind = type_kind::uint8}, "SMALLINT", "SMALLINT"},
             {{.kind = type_kind::int32}, "INTEGER", "INTEGER"},
             {{.kind = type_kind::uint64}, "BIGINT", "BIGINT"},
             {{.kind = type_kind::float32}, "FLOAT", "FLOAT"},
             {{.kind = type_kind::float64}, "DOUBLE PRECISION", "DOUBLE PRECISION"},
             {{.kind = type_kind::text},
              "BLOB SUB_TYPE TEXT CHARACTER SET UTF8",
              "VARCHAR(255) CHARACTER SET UTF8"},
             {{.kind = type_kind::text, .length = 9},
              "VARCHAR(9) CHARACTER SET UTF8",
              "VARCHAR(9) CHARACTER SET UTF8"},
             {{.kind = type_kind::blob},
              "BLOB SUB_TYPE BINARY",
              "VARCHAR(255) CHARACTER SET OCTETS"},
             {{.kind = type_kind::date}, "DATE", "DATE"},
             {{.kind = type_kind::timestamp},
              "VARCHAR(26) CHARACTER SET ASCII",
              "VARCHAR(26) CHARACTER SET ASCII"},
             {{.kind = type_kind::uuid},
              "CHAR(16) CHARACTER SET OCTETS",
              "CHAR(16) CHARACTER SET OCTETS"},
             {{.kind = type_kind::decimal, .length = 18, .scale = 4},
              "NUMERIC(18, 4)",
              "NUMERIC(18, 4)"},
             {{.kind = type_kind::decimal, .length = 19, .scale = 4},
              "VARCHAR(255) CHARACTER SET ASCII",
              "VARCHAR(255) CHARACTER SET ASCII"},
         }) {
        INFO(sql::name_of(e.type.kind));
        CHECK(sql::type_name(e.type, firebird) == e.name);
        CHECK(sql::indexed_type_name(e.type, firebird) == e.indexed);
    }
    CHECK_THROWS_WITH(sql::type_name({.kind = type_kind::text, .length = 8192}, firebird),
                      "a text column of Firebird has at most 8191 characters, not 8192; without a "
                      "length it has no limit");
}
