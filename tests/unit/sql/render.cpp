// SPDX-License-Identifier: MIT
// Whole statements of <roam/sql/statement.hpp>; expressions are in render_expression.cpp.
#include <roam/error.hpp>
#include <roam/sql/statement.hpp>

#include <support/catch.hpp>

#include <sqlite3.h>

#include <string>
#include <string_view>
#include <vector>

namespace sql = roam::sql;
using op = sql::operation;
using roam::mapping::type_kind;
using sql::dialect_family;
using sql::expression;

namespace {

auto const sqlite = sql::sqlite_dialect();
auto const postgresql = sql::postgresql_dialect();
sql::dialect const mysql{dialect_family::mysql,
                         static_cast<std::uint32_t>(sql::capability::multi_row_values), 65535};
sql::dialect const generic{dialect_family::generic, 0, 0};

expression col(std::string_view name) { return expression::column(name); }
expression par() { return expression::parameter(type_kind::int64); }
expression equals(std::string_view name) {
    return expression::apply(op::equal, {col(name), par()});
}

sql::select_statement authors() {
    sql::select_statement s;
    s.columns = {{col("id"), ""}, {col("name"), ""}};
    s.from.name = "author";
    return s;
}

sql::insert_statement new_author() {
    sql::insert_statement s;
    s.table.name = "author";
    s.columns = {"name", "born"};
    s.types = {{.kind = type_kind::text, .length = 80}, {.kind = type_kind::int32}};
    return s;
}

sql::update_statement changed_author() {
    sql::update_statement s;
    s.table.name = "author";
    s.set = {{"name", par()}, {"born", par()}};
    s.where = {equals("id")};
    return s;
}

sql::delete_statement no_author() {
    sql::delete_statement s;
    s.table.name = "author";
    s.where = {equals("id")};
    return s;
}

// Whether SQLite itself takes the text, against a small schema.
std::string sqlite_says(std::string const& text) {
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    sqlite3_exec(db,
                 "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT UNIQUE, born INTEGER);"
                 "CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT);",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* statement = nullptr;
    int const rc =
        sqlite3_prepare_v2(db, text.data(), static_cast<int>(text.size()), &statement, nullptr);
    std::string const answer = rc == SQLITE_OK ? "ok" : sqlite3_errmsg(db);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

}  // namespace

TEST_CASE("a SELECT is written clause by clause") {
    auto s = authors();
    CHECK(sql::render(s, sqlite) == "SELECT \"id\", \"name\" FROM \"author\"");

    s.where = {expression::apply(op::less, {col("born"), par()})};
    s.order_by = {{col("name")}};
    s.limit = true;
    CHECK(sql::render(s, sqlite) ==
          "SELECT \"id\", \"name\" FROM \"author\" WHERE \"born\" < ? ORDER BY \"name\" LIMIT ?");
    CHECK(sql::render(s, postgresql) ==
          "SELECT \"id\", \"name\" FROM \"author\" WHERE \"born\" < $1 ORDER BY \"name\" LIMIT $2");
    CHECK(sql::render(s, mysql) ==
          "SELECT `id`, `name` FROM `author` WHERE `born` < ? ORDER BY `name` LIMIT ?");
    CHECK(sql::render(s, generic) == sql::render(s, sqlite));
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
}

TEST_CASE("a SELECT with everything in it") {
    sql::select_statement s;
    s.distinct = true;
    s.columns = {{expression::column("name", "a"), ""},
                 {expression::function("count", {expression::column("id", "b")}), "books"}};
    s.from = {"", "author", "a"};
    s.joins = {{sql::join_kind::left,
                {"", "book", "b"},
                expression::apply(op::equal, {expression::column("author_id", "b"),
                                              expression::column("id", "a")})},
               {sql::join_kind::inner,
                {"", "author", "other"},
                expression::apply(op::equal, {expression::column("born", "other"),
                                              expression::column("born", "a")})}};
    s.where = {
        expression::apply(op::logical_or,
                          {expression::apply(op::is_null, {expression::column("born", "a")}),
                           expression::apply(op::less, {expression::column("born", "a"), par()})}),
        expression::apply(op::like, {expression::column("name", "a"), par()})};
    s.group_by = {expression::column("name", "a"), expression::column("born", "a")};
    s.having = {expression::apply(
        op::greater, {expression::function("count", {expression::column("id", "b")}), par()})};
    s.order_by = {{expression::column("books"), true}, {expression::column("name", "a"), false}};
    s.limit = true;
    s.offset = true;
    CHECK(
        sql::render(s, sqlite) ==
        "SELECT DISTINCT \"a\".\"name\", count(\"b\".\"id\") AS \"books\" FROM \"author\" AS \"a\" "
        "LEFT JOIN \"book\" AS \"b\" ON \"b\".\"author_id\" = \"a\".\"id\" "
        "JOIN \"author\" AS \"other\" ON \"other\".\"born\" = \"a\".\"born\" "
        "WHERE (\"a\".\"born\" IS NULL OR \"a\".\"born\" < ?) AND \"a\".\"name\" LIKE ? "
        "GROUP BY \"a\".\"name\", \"a\".\"born\" HAVING count(\"b\".\"id\") > ? "
        "ORDER BY \"books\" DESC, \"a\".\"name\" LIMIT ? OFFSET ?");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
}

TEST_CASE("OFFSET without LIMIT says no limit in the way of its dialect") {
    auto s = authors();
    s.offset = true;
    CHECK(sql::render(s, sqlite) == "SELECT \"id\", \"name\" FROM \"author\" LIMIT -1 OFFSET ?");
    CHECK(sql::render(s, postgresql) == "SELECT \"id\", \"name\" FROM \"author\" OFFSET $1");
    CHECK(sql::render(s, mysql) ==
          "SELECT `id`, `name` FROM `author` LIMIT 18446744073709551615 OFFSET ?");
    CHECK_THROWS_AS(sql::render(s, generic), roam::unsupported_error);
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
}

TEST_CASE("the question whether a row exists reads no column") {
    auto s = authors();
    s.where = {equals("name")};
    s.exists_only = true;
    CHECK(sql::render(s, sqlite) == "SELECT EXISTS (SELECT 1 FROM \"author\" WHERE \"name\" = ?)");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
}

TEST_CASE("a schema qualifies the table, and a SELECT of nothing is refused") {
    auto s = authors();
    s.from.schema = "shop";
    CHECK(sql::render(s, postgresql) == "SELECT \"id\", \"name\" FROM \"shop\".\"author\"");
    s.columns.clear();
    CHECK_THROWS_AS(sql::render(s, postgresql), roam::usage_error);
    sql::select_statement without_table;
    without_table.columns = {{expression::literal("1"), ""}};
    CHECK(sql::render(without_table, sqlite) == "SELECT 1");
}

TEST_CASE("an INSERT sends its columns and reads back what is asked for") {
    auto s = new_author();
    CHECK(sql::render(s, sqlite) == "INSERT INTO \"author\" (\"name\", \"born\") VALUES (?, ?)");
    s.returning = {"id"};
    CHECK(sql::render(s, sqlite) ==
          "INSERT INTO \"author\" (\"name\", \"born\") VALUES (?, ?) RETURNING \"id\"");
    s.rows = 3;
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"name\", \"born\") VALUES ($1, $2), ($3, $4), ($5, $6) "
          "RETURNING \"id\"");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
    CHECK_THROWS_WITH(sql::render(s, mysql),
                      "MySQL has no INSERT ... RETURNING (capability returning)");
    CHECK_THROWS_AS(sql::render(s, sql::sqlite_dialect(3034000)), roam::unsupported_error);
    CHECK_THROWS_WITH(sql::render(s, generic),
                      "generic SQL has no VALUES with several rows (capability multi_row_values)");
}

TEST_CASE("an INSERT of defaults only has no columns") {
    sql::insert_statement s;
    s.table = {"shop", "author", ""};
    s.returning = {"id"};
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"shop\".\"author\" DEFAULT VALUES RETURNING \"id\"");
    s.table.schema.clear();
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
    s.returning.clear();
    CHECK(sql::render(s, mysql) == "INSERT INTO `author` () VALUES ()");
    s.rows = 2;
    CHECK_THROWS_AS(sql::render(s, sqlite), roam::usage_error);
}

TEST_CASE("a kept key overrides the sequence on PostgreSQL") {
    auto s = new_author();
    s.columns = {"id", "name"};
    s.overriding_system_value = true;
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"id\", \"name\") OVERRIDING SYSTEM VALUE VALUES ($1, $2)");
    CHECK(sql::render(s, sqlite) == "INSERT INTO \"author\" (\"id\", \"name\") VALUES (?, ?)");
}

TEST_CASE("rows from arrays are inserted in the order of the arrays") {
    auto s = new_author();
    s.from_arrays = true;
    s.returning = {"id"};
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"name\", \"born\") SELECT \"name\", \"born\" FROM "
          "unnest($1::text[], $2::integer[]) WITH ORDINALITY AS \"rows\" (\"name\", \"born\", "
          "\"ordinality\") ORDER BY \"ordinality\" RETURNING \"id\"");
    CHECK_THROWS_AS(sql::render(s, sqlite), roam::unsupported_error);

    s.columns = {"name", "ordinality"};
    s.overriding_system_value = true;
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"name\", \"ordinality\") OVERRIDING SYSTEM VALUE SELECT "
          "\"name\", \"ordinality\" FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS "
          "\"rows\" (\"name\", \"ordinality\", \"ordinality_\") ORDER BY \"ordinality_\" "
          "RETURNING \"id\"");

    s.types.pop_back();
    CHECK_THROWS_AS(sql::render(s, postgresql), roam::usage_error);
    s.types = {{.kind = type_kind::text}, {.kind = type_kind::array}};
    CHECK_THROWS_AS(sql::render(s, postgresql), roam::unsupported_error);
}

TEST_CASE("a conflict on named columns updates or does nothing") {
    auto s = new_author();
    s.update_on_conflict = true;
    s.conflict = {{"name"}, {"born", "name"}};
    s.returning = {"id"};
    CHECK(sql::render(s, sqlite) ==
          "INSERT INTO \"author\" (\"name\", \"born\") VALUES (?, ?) ON CONFLICT (\"name\") DO "
          "UPDATE SET \"born\" = excluded.\"born\", \"name\" = excluded.\"name\" RETURNING \"id\"");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
    s.returning.clear();
    CHECK_THROWS_AS(sql::render(s, mysql), roam::unsupported_error);
    CHECK_THROWS_AS(sql::render(s, generic), roam::unsupported_error);

    s.conflict = {{"id", "name"}, {}};
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"name\", \"born\") VALUES ($1, $2) ON CONFLICT (\"id\", "
          "\"name\") DO NOTHING");
    s.conflict = {{}, {}};
    CHECK(sql::render(s, postgresql) ==
          "INSERT INTO \"author\" (\"name\", \"born\") VALUES ($1, $2) ON CONFLICT DO NOTHING");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
    CHECK_THROWS_AS(sql::render(s, mysql), roam::unsupported_error);

    s.conflict = {{}, {"born"}};
    CHECK_THROWS_AS(sql::render(s, postgresql), roam::unsupported_error);
    CHECK(sql::render(s, mysql) ==
          "INSERT INTO `author` (`name`, `born`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `born` = "
          "VALUES(`born`)");
    s.conflict = {{}, {"born"}, {"revision"}};
    CHECK(sql::render(s, mysql) ==
          "INSERT INTO `author` (`name`, `born`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `born` = "
          "VALUES(`born`), `revision` = `revision` + 1");
}

TEST_CASE("an INSERT that cannot work is refused") {
    auto s = new_author();
    s.rows = 0;
    CHECK_THROWS_WITH(sql::render(s, sqlite), "the INSERT into 'author' has no rows");
    s = new_author();
    s.table.alias = "a";
    CHECK_THROWS_AS(sql::render(s, sqlite), roam::usage_error);
    s = new_author();
    s.columns[0] = "";
    CHECK_THROWS_AS(sql::render(s, sqlite), roam::usage_error);
}

TEST_CASE("an UPDATE sets columns of the rows that match") {
    auto s = changed_author();
    CHECK(sql::render(s, sqlite) ==
          "UPDATE \"author\" SET \"name\" = ?, \"born\" = ? WHERE \"id\" = ?");
    s.set.push_back(
        {"version", expression::apply(op::add, {col("version"), expression::literal("1")})});
    s.where.push_back(equals("version"));
    s.returning = {"version", "changed_at"};
    CHECK(sql::render(s, postgresql) ==
          "UPDATE \"author\" SET \"name\" = $1, \"born\" = $2, \"version\" = \"version\" + 1 "
          "WHERE \"id\" = $3 AND \"version\" = $4 RETURNING \"version\", \"changed_at\"");
    CHECK_THROWS_WITH(sql::render(s, mysql),
                      "MySQL has no UPDATE ... RETURNING (capability returning_update)");
    s = changed_author();
    s.table = {"shop", "author", "a"};
    CHECK(sql::render(s, postgresql) ==
          "UPDATE \"shop\".\"author\" AS \"a\" SET \"name\" = $1, \"born\" = $2 WHERE \"id\" = $3");
    s.set.clear();
    CHECK_THROWS_WITH(sql::render(s, sqlite), "the UPDATE of 'author' sets no column");
}

TEST_CASE("a DELETE removes the rows that match") {
    auto s = no_author();
    CHECK(sql::render(s, sqlite) == "DELETE FROM \"author\" WHERE \"id\" = ?");
    s.returning = {"id"};
    CHECK(sql::render(s, postgresql) ==
          "DELETE FROM \"author\" WHERE \"id\" = $1 RETURNING \"id\"");
    CHECK(sqlite_says(sql::render(s, sqlite)) == "ok");
    CHECK_THROWS_AS(sql::render(s, mysql), roam::unsupported_error);
}

TEST_CASE("UPDATE and DELETE of every row must be asked for") {
    auto update = changed_author();
    update.where.clear();
    CHECK_THROWS_WITH(sql::render(update, sqlite),
                      "an UPDATE without WHERE would touch every row of 'author'; if that is "
                      "meant, ask for every row");
    update.every_row = true;
    CHECK(sql::render(update, sqlite) == "UPDATE \"author\" SET \"name\" = ?, \"born\" = ?");

    auto remove = no_author();
    remove.where.clear();
    CHECK_THROWS_AS(sql::render(remove, postgresql), roam::usage_error);
    remove.every_row = true;
    CHECK(sql::render(remove, postgresql) == "DELETE FROM \"author\"");
    CHECK(sqlite_says(sql::render(update, sqlite)) == "ok");
    CHECK(sqlite_says(sql::render(remove, sqlite)) == "ok");
}

TEST_CASE("more parameters than the engine takes are refused before it is asked") {
    auto s = new_author();
    s.rows = 16383;
    CHECK_NOTHROW(sql::render(s, sqlite));
    s.rows = 16384;
    CHECK_THROWS_WITH(sql::render(s, sqlite),
                      "the statement has 32768 parameters; SQLite takes 32766 at most");
}

TEST_CASE("names that are reserved, strange or quoted come out as themselves") {
    sql::select_statement s;
    s.columns = {{col("select"), ""}, {col("a\"b"), "\xF0\x9F\x93\x96"}, {col("x.y"), ""}};
    s.from.name = "order";
    CHECK(sql::render(s, sqlite) ==
          "SELECT \"select\", \"a\"\"b\" AS \"\xF0\x9F\x93\x96\", \"x.y\" FROM \"order\"");
    using namespace std::string_view_literals;
    s.columns = {{expression::column("a\0b"sv), ""}};
    CHECK_THROWS_AS(sql::render(s, sqlite), roam::usage_error);
}

TEST_CASE("a whole statement in raw SQL gets the placeholders of its dialect") {
    sql::raw_statement const s{"SELECT '?' FROM t WHERE a = ? AND b ?? ?", 2};
    CHECK(sql::render(s, sqlite) == "SELECT '?' FROM t WHERE a = ? AND b ? ?");
    CHECK(sql::render(s, postgresql) == "SELECT '?' FROM t WHERE a = $1 AND b ? $2");
    CHECK_THROWS_AS(sql::render(sql::raw_statement{"SELECT ?", 2}, sqlite), roam::usage_error);
}
