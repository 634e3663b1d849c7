// SPDX-License-Identifier: MIT
// Expressions of <roam/sql/statement.hpp>: which text, which parentheses, which parameters.
#include <roam/error.hpp>
#include <roam/sql/statement.hpp>

#include <support/catch.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sql = roam::sql;
using op = sql::operation;
using roam::mapping::type_kind;
using sql::dialect_family;

namespace {

using expression = sql::expression;

auto const sqlite = sql::sqlite_dialect();
auto const postgresql = sql::postgresql_dialect();
sql::dialect const mysql{dialect_family::mysql, 0, 0};

expression col(std::string_view name) { return expression::column(name); }
expression par(type_kind type = type_kind::int64) { return expression::parameter(type); }
expression lit(std::string_view text) { return expression::literal(text); }

template <class... E>
expression ap(op what, E... operands) {
    return expression::apply(what, std::vector<expression>{operands...});
}

expression raw(std::string_view text, std::vector<expression> parameters = {}) {
    expression e;
    e.what = expression::kind::raw;
    e.text = text;
    e.children = std::move(parameters);
    return e;
}

expression star() {
    expression e;
    e.what = expression::kind::star;
    return e;
}

expression subquery(sql::select_statement query) {
    expression e;
    e.what = expression::kind::subquery;
    e.query = std::make_shared<sql::select_statement const>(std::move(query));
    return e;
}

sql::select_statement select_from(std::string_view table, expression what) {
    sql::select_statement s;
    s.columns.push_back({std::move(what), ""});
    s.from.name = table;
    return s;
}

// The text of an expression alone: that of the WHERE it is in.
std::string text_of(expression const& e, sql::dialect const& d = sqlite) {
    auto s = select_from("t", star());
    s.where.push_back(e);
    std::string const text = sql::render(s, d);
    std::string const before = d.family == dialect_family::mysql ? "SELECT * FROM `t` WHERE "
                                                                 : "SELECT * FROM \"t\" WHERE ";
    REQUIRE(text.substr(0, before.size()) == before);
    return text.substr(before.size());
}

}  // namespace

TEST_CASE("each operation has its text") {
    auto const a = col("a");
    auto const b = col("b");
    struct example {
        expression e;
        std::string_view text;
    };
    for (auto const& e : std::vector<example>{
             {ap(op::equal, a, par()), "\"a\" = ?"},
             {ap(op::not_equal, a, par()), "\"a\" <> ?"},
             {ap(op::less, a, par()), "\"a\" < ?"},
             {ap(op::less_equal, a, par()), "\"a\" <= ?"},
             {ap(op::greater, a, par()), "\"a\" > ?"},
             {ap(op::greater_equal, a, par()), "\"a\" >= ?"},
             {ap(op::logical_and, a, b), "\"a\" AND \"b\""},
             {ap(op::logical_or, a, b), "\"a\" OR \"b\""},
             {ap(op::logical_not, a), "NOT \"a\""},
             {ap(op::add, a, b), "\"a\" + \"b\""},
             {ap(op::subtract, a, b), "\"a\" - \"b\""},
             {ap(op::multiply, a, b), "\"a\" * \"b\""},
             {ap(op::divide, a, b), "\"a\" / \"b\""},
             {ap(op::modulo, a, b), "\"a\" % \"b\""},
             {ap(op::negate, a), "-\"a\""},
             {ap(op::concatenate, a, b), "\"a\" || \"b\""},
             {ap(op::like, a, par()), "\"a\" LIKE ?"},
             {ap(op::not_like, a, par()), "\"a\" NOT LIKE ?"},
             {ap(op::in, a, par(), par()), "\"a\" IN (?, ?)"},
             {ap(op::not_in, a, par()), "\"a\" NOT IN (?)"},
             {ap(op::between, a, par(), par()), "\"a\" BETWEEN ? AND ?"},
             {ap(op::not_between, a, par(), par()), "\"a\" NOT BETWEEN ? AND ?"},
             {ap(op::is_null, a), "\"a\" IS NULL"},
             {ap(op::is_not_null, a), "\"a\" IS NOT NULL"},
             {expression::column("title", "book"), "\"book\".\"title\""},
             {expression::column("we\"ird", "or\"der"), "\"or\"\"der\".\"we\"\"ird\""},
             {expression::function("lower", {a}), "lower(\"a\")"},
             {expression::function("coalesce", {a, par()}), "coalesce(\"a\", ?)"},
             {expression::function("count", {star()}), "count(*)"},
             {expression::function("now", {}), "now()"},
             {lit("TRUE"), "TRUE"},
         }) {
        CHECK(text_of(e.e) == e.text);
    }
}

TEST_CASE("parentheses stand where the meaning needs them") {
    auto const a = col("a");
    auto const b = col("b");
    auto const c = col("c");
    auto const equal = ap(op::equal, a, b);
    auto const either = ap(op::logical_or, a, b);
    auto const both = ap(op::logical_and, a, b);
    struct example {
        expression e;
        std::string_view text;
    };
    for (auto const& e : std::vector<example>{
             {ap(op::logical_and, both, c), "\"a\" AND \"b\" AND \"c\""},
             {ap(op::logical_and, c, both), "\"c\" AND \"a\" AND \"b\""},
             {ap(op::logical_or, either, c), "\"a\" OR \"b\" OR \"c\""},
             {ap(op::logical_and, either, c), "(\"a\" OR \"b\") AND \"c\""},
             {ap(op::logical_or, both, c), "(\"a\" AND \"b\") OR \"c\""},
             {ap(op::logical_and, equal, ap(op::less, c, par())), "\"a\" = \"b\" AND \"c\" < ?"},
             {ap(op::logical_and, ap(op::between, a, par(), par()), b),
              "\"a\" BETWEEN ? AND ? AND \"b\""},
             {ap(op::logical_not, equal), "NOT (\"a\" = \"b\")"},
             {ap(op::logical_not, either), "NOT (\"a\" OR \"b\")"},
             {ap(op::logical_not, ap(op::logical_not, a)), "NOT (NOT \"a\")"},
             {ap(op::logical_and, ap(op::logical_not, equal), c), "NOT (\"a\" = \"b\") AND \"c\""},
             {ap(op::equal, equal, c), "(\"a\" = \"b\") = \"c\""},
             {ap(op::equal, c, equal), "\"c\" = (\"a\" = \"b\")"},
             {ap(op::equal, ap(op::logical_not, a), c), "(NOT \"a\") = \"c\""},
             {ap(op::is_null, equal), "(\"a\" = \"b\") IS NULL"},
             {ap(op::is_null, ap(op::add, a, b)), "\"a\" + \"b\" IS NULL"},
             {ap(op::add, equal, c), "(\"a\" = \"b\") + \"c\""},
             {ap(op::less, ap(op::add, a, b), ap(op::multiply, b, c)),
              "\"a\" + \"b\" < \"b\" * \"c\""},
             {ap(op::multiply, ap(op::add, a, b), c), "(\"a\" + \"b\") * \"c\""},
             {ap(op::add, ap(op::multiply, a, b), c), "\"a\" * \"b\" + \"c\""},
             {ap(op::subtract, ap(op::subtract, a, b), c), "\"a\" - \"b\" - \"c\""},
             {ap(op::subtract, a, ap(op::subtract, b, c)), "\"a\" - (\"b\" - \"c\")"},
             {ap(op::add, a, ap(op::add, b, c)), "\"a\" + (\"b\" + \"c\")"},
             {ap(op::divide, a, ap(op::multiply, b, c)), "\"a\" / (\"b\" * \"c\")"},
             {ap(op::negate, ap(op::negate, a)), "-(-\"a\")"},
             {ap(op::negate, lit("-1")), "-(-1)"},
             {ap(op::negate, ap(op::add, a, b)), "-(\"a\" + \"b\")"},
             {ap(op::subtract, a, ap(op::negate, b)), "\"a\" - -\"b\""},
             {ap(op::concatenate, ap(op::concatenate, a, b), c), "\"a\" || \"b\" || \"c\""},
             {ap(op::concatenate, a, ap(op::add, b, c)), "\"a\" || (\"b\" + \"c\")"},
             {ap(op::concatenate, ap(op::negate, a), b), "(-\"a\") || \"b\""},
             {ap(op::add, ap(op::concatenate, a, b), c), "(\"a\" || \"b\") + \"c\""},
             {ap(op::like, ap(op::concatenate, a, b), par()), "\"a\" || \"b\" LIKE ?"},
             {ap(op::in, ap(op::in, a, par()), par()), "(\"a\" IN (?)) IN (?)"},
             {ap(op::between, a, equal, par()), "\"a\" BETWEEN (\"a\" = \"b\") AND ?"},
             {ap(op::logical_and, raw("x OR y"), a), "(x OR y) AND \"a\""},
             {ap(op::logical_or, a, raw("x AND y")), "\"a\" OR (x AND y)"},
             {ap(op::logical_not, raw("x")), "NOT (x)"},
             {ap(op::equal, raw("x"), a), "(x) = \"a\""},
             {raw("x OR y"), "x OR y"},
         }) {
        CHECK(text_of(e.e) == e.text);
    }
}

TEST_CASE("a chain of one is its only member, an empty one is a constant") {
    auto const a = col("a");
    auto const none = std::vector<expression>{};
    CHECK(text_of(ap(op::logical_and, a)) == "\"a\"");
    CHECK(text_of(ap(op::equal, ap(op::logical_or, ap(op::less, a, a)), a)) ==
          "(\"a\" < \"a\") = \"a\"");
    CHECK(text_of(expression::apply(op::logical_and, none)) == "1 = 1");
    CHECK(text_of(expression::apply(op::logical_or, none)) == "1 = 0");
    CHECK(text_of(expression::apply(op::logical_or, none), postgresql) == "FALSE");
    CHECK(text_of(ap(op::logical_not, expression::apply(op::logical_or, none))) == "NOT (1 = 0)");
}

TEST_CASE("membership in nothing is false, and not being in nothing is true") {
    CHECK(text_of(ap(op::in, col("a"))) == "1 = 0");
    CHECK(text_of(ap(op::not_in, col("a"))) == "1 = 1");
    CHECK(text_of(ap(op::in, col("a")), postgresql) == "FALSE");
    CHECK(text_of(ap(op::not_in, col("a")), postgresql) == "TRUE");
    // A parameter on the left side is bound all the same, so it must be there.
    CHECK(text_of(ap(op::in, ap(op::add, col("a"), par()))) == "(\"a\" + ? IS NULL AND 1 = 0)");
    CHECK(text_of(ap(op::not_in, par()), postgresql) == "($1::bigint IS NULL OR TRUE)");
}

TEST_CASE("PostgreSQL numbers parameters in the order of the text") {
    auto s = select_from("t", expression::function("coalesce", {col("a"), par()}));
    s.where = {ap(op::equal, col("b"), par()),
               ap(op::in, col("c"), subquery([] {
                      auto inner = select_from("u", col("d"));
                      inner.where.push_back(ap(op::less, col("e"), par()));
                      inner.limit = true;
                      return inner;
                  }()))};
    s.having.push_back(ap(op::greater, expression::function("count", {star()}), par()));
    s.limit = true;
    s.offset = true;
    CHECK(sql::render(s, postgresql) ==
          "SELECT coalesce(\"a\", $1) FROM \"t\" WHERE \"b\" = $2 AND \"c\" IN (SELECT \"d\" FROM "
          "\"u\" WHERE \"e\" < $3 LIMIT $4) HAVING count(*) > $5 LIMIT $6 OFFSET $7");
}

TEST_CASE("PostgreSQL is told the type of parameters that stand alone") {
    auto const text = par(type_kind::text);
    CHECK(text_of(ap(op::equal, par(), par()), postgresql) == "$1::bigint = $2::bigint");
    CHECK(text_of(ap(op::equal, col("a"), par()), postgresql) == "\"a\" = $1");
    CHECK(text_of(ap(op::equal, par(), col("a")), postgresql) == "$1 = \"a\"");
    CHECK(text_of(ap(op::is_null, text), postgresql) == "$1::text IS NULL");
    CHECK(text_of(ap(op::negate, par()), postgresql) == "-$1::bigint");
    CHECK(text_of(ap(op::concatenate, text, text), postgresql) == "$1::text || $2::text");
    CHECK(text_of(ap(op::in, par(), par(), par()), postgresql) ==
          "$1::bigint IN ($2::bigint, $3::bigint)");
    CHECK(text_of(expression::function("abs", {par(type_kind::float64)}), postgresql) ==
          "abs($1::double precision)");
    CHECK(text_of(expression::function("coalesce", {par(), lit("NULL")}), postgresql) ==
          "coalesce($1::bigint, NULL)");
    CHECK(text_of(expression::function("round", {col("a"), par()}), postgresql) ==
          "round(\"a\", $1)");
    CHECK(text_of(ap(op::is_null, par(type_kind::array)), postgresql) == "$1 IS NULL");
    CHECK(text_of(ap(op::equal, par(), par()), sqlite) == "? = ?");

    auto s = select_from("t", par(type_kind::uuid));
    CHECK(sql::render(s, postgresql) == "SELECT $1::uuid FROM \"t\"");
}

TEST_CASE("COUNT takes DISTINCT, and only a function's name is one") {
    auto e = expression::function("count", {col("a")});
    e.distinct = true;
    CHECK(text_of(e) == "count(DISTINCT \"a\")");
    CHECK(text_of(expression::function("pg_catalog.lower", {col("a")})) ==
          "pg_catalog.lower(\"a\")");
    CHECK_THROWS_AS(text_of(expression::function("", {})), roam::usage_error);
    CHECK_THROWS_AS(text_of(expression::function("f(); --", {})), roam::usage_error);
}

TEST_CASE("the whole quotient of integers is DIV on MySQL, whose / makes a fraction") {
    CHECK(text_of(ap(op::divide_whole, col("a"), par()), mysql) == "`a` DIV ?");
    CHECK(text_of(ap(op::divide, col("a"), par()), mysql) == "`a` / ?");
    CHECK(text_of(ap(op::divide_whole, col("a"), ap(op::divide_whole, col("b"), col("c"))),
                  sqlite) == "\"a\" / (\"b\" / \"c\")");
}

TEST_CASE("MySQL concatenates by a function, since || is OR there") {
    CHECK(text_of(ap(op::concatenate, col("a"), ap(op::add, col("b"), par())), mysql) ==
          "CONCAT(`a`, `b` + ?)");
}

TEST_CASE("subqueries stand in parentheses, EXISTS before them") {
    auto inner = select_from("u", col("d"));
    CHECK(text_of(ap(op::equal, col("a"), subquery(inner))) == "\"a\" = (SELECT \"d\" FROM \"u\")");
    CHECK(text_of(ap(op::not_in, col("a"), subquery(inner))) ==
          "\"a\" NOT IN (SELECT \"d\" FROM \"u\")");
    inner.exists_only = true;
    CHECK(text_of(ap(op::logical_not, subquery(inner))) == "NOT EXISTS (SELECT 1 FROM \"u\")");
    expression nothing;
    nothing.what = expression::kind::subquery;
    CHECK_THROWS_AS(text_of(nothing), roam::usage_error);
}

TEST_CASE("an operation with the wrong number of operands is refused") {
    for (auto const& e : std::vector<expression>{
             ap(op::equal, col("a")), ap(op::equal, col("a"), col("b"), col("c")),
             ap(op::logical_not, col("a"), col("b")), ap(op::add, col("a")),
             ap(op::between, col("a"), col("b")), expression::apply(op::in, {}),
             expression::apply(op::is_null, {}), ap(op::concatenate, col("a"))}) {
        CHECK_THROWS_AS(text_of(e), roam::usage_error);
    }
}

TEST_CASE("in raw SQL a '?' is a parameter unless it is doubled, quoted or commented out") {
    struct example {
        std::string_view text;
        int parameters;
        std::string_view sqlite;
        std::string_view postgresql;
    };
    for (auto const& e : std::vector<example>{
             {"a = ? AND b = ?", 2, "a = ? AND b = ?", "a = $1 AND b = $2"},
             {"a = '?' AND b = ?", 1, "a = '?' AND b = ?", "a = '?' AND b = $1"},
             {"a = 'it''s ?' AND ?", 1, "a = 'it''s ?' AND ?", "a = 'it''s ?' AND $1"},
             {"\"a?\"\"?\" = ?", 1, "\"a?\"\"?\" = ?", "\"a?\"\"?\" = $1"},
             {"a ?? 'key' AND ?", 1, "a ? 'key' AND ?", "a ? 'key' AND $1"},
             {"a ??| b", 0, "a ?| b", "a ?| b"},
             {"? -- really?\n AND ?", 2, "? -- really?\n AND ?", "$1 -- really?\n AND $2"},
             {"? /* why? */ + ?", 2, "? /* why? */ + ?", "$1 /* why? */ + $2"},
             {"a - ?", 1, "a - ?", "a - $1"},
             {"a / ?", 1, "a / ?", "a / $1"},
             {"f(?, (?))", 2, "f(?, (?))", "f($1, ($2))"},
             {"x -- end", 0, "x -- end\n", "x -- end\n"},
             {"'\\' || ?", 1, "'\\' || ?", "'\\' || $1"},
             {"b\xC3\xBC"
              "cher = ?",
              1,
              "b\xC3\xBC"
              "cher = ?",
              "b\xC3\xBC"
              "cher = $1"},
             {"", 0, "", ""},
         }) {
        INFO(e.text);
        auto const tree =
            raw(e.text, std::vector<expression>(static_cast<std::size_t>(e.parameters), par()));
        CHECK(text_of(tree, sqlite) == e.sqlite);
        CHECK(text_of(tree, postgresql) == e.postgresql);
    }
}

TEST_CASE("raw SQL is read with the quotes of its dialect") {
    CHECK(text_of(raw("[a?] = ?", {par()}), sqlite) == "[a?] = ?");
    CHECK(text_of(raw("a[?] = ?", {par(), par()}), postgresql) == "a[$1] = $2");
    CHECK(text_of(raw("`a?` = ?", {par()}), sqlite) == "`a?` = ?");
    CHECK(text_of(raw("`a?` = '\\'?' # ?\n + ?", {par()}), mysql) == "`a?` = '\\'?' # ?\n + ?");
    CHECK(text_of(raw("E'\\'?' || e'a''\\'?' || ?", {par()}), postgresql) ==
          "E'\\'?' || e'a''\\'?' || $1");
    CHECK(text_of(raw("name'\\' || ?", {par()}), postgresql) == "name'\\' || $1");
    CHECK(text_of(raw("$$?$$ || $t$?$$$t$ || ?", {par()}), postgresql) ==
          "$$?$$ || $t$?$$$t$ || $1");
    CHECK(text_of(raw("a$b = ? AND $$", {par()}), sqlite) == "a$b = ? AND $$");
    CHECK(text_of(raw("/* a /* ? */ ? */ ?", {par()}), postgresql) == "/* a /* ? */ ? */ $1");
    CHECK(text_of(raw("/* a /* ? */ ?", {par()}), sqlite) == "/* a /* ? */ ?");
}

TEST_CASE("raw SQL that would swallow what follows it is refused") {
    using namespace std::string_view_literals;
    for (auto text : {"a = 'b"sv, "\"a"sv, "[a"sv, "/* a"sv, "(a"sv, "a)"sv, "1) OR (1"sv,
                      "'a\0b'"sv, "a\0b"sv, "/*/"sv}) {
        CHECK_THROWS_AS(text_of(raw(text), sqlite), roam::usage_error);
    }
    for (auto text : {"E'a\\'"sv, "$$a"sv, "$t$a$$"sv, "/* /* */"sv}) {
        CHECK_THROWS_AS(text_of(raw(text), postgresql), roam::usage_error);
    }
}

TEST_CASE("raw SQL with another number of parameters is refused") {
    CHECK_THROWS_WITH(text_of(raw("a = ? AND b = '?'", {par(), par()})),
                      Catch::Contains("has 1 '?' outside quotes and comments, but 2 parameters"));
    CHECK_THROWS_WITH(text_of(raw("a = ?")),
                      Catch::Contains("has 1 '?' outside quotes and comments, but 0 parameters"));
    CHECK_THROWS_WITH(text_of(raw("a = ?1", {par()})), Catch::Contains("numbers a placeholder"));
}
