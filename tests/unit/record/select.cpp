// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;
using roam::col;
using roam::select;

TEST_CASE("select of a record names every column") {
    CHECK(select<book>().sql(sqlite) ==
          R"(SELECT "id", "author_id", "title", "copies" FROM "books")");
    CHECK(select<page>().sql(postgresql) ==
          R"(SELECT "name", "number", "text", "words", "revision" FROM "wiki"."page")");
}

TEST_CASE("the clauses come in the order of SQL, whatever the order of the calls") {
    auto const query = select<book>()
                           .limit(5)
                           .order_by(col<&book::title>.desc(), col<&book::id>)
                           .where(col<&book::copies> < 3 && col<&book::title>.like("The %"))
                           .offset(10);
    CHECK(query.sql(sqlite) ==
          R"(SELECT "id", "author_id", "title", "copies" FROM "books" )"
          R"(WHERE "copies" < ? AND "title" LIKE ? ORDER BY "title" DESC, "id" LIMIT ? OFFSET ?)");
    CHECK(
        query.sql(postgresql) ==
        R"(SELECT "id", "author_id", "title", "copies" FROM "books" )"
        R"(WHERE "copies" < $1 AND "title" LIKE $2 ORDER BY "title" DESC, "id" LIMIT $3 OFFSET $4)");
}

TEST_CASE("offset alone is written with the dialect's own 'no limit'") {
    CHECK(select(col<&book::id>).offset(3).sql(sqlite) ==
          R"(SELECT "id" FROM "books" LIMIT -1 OFFSET ?)");
    CHECK(select(col<&book::id>).offset(3).sql(postgresql) ==
          R"(SELECT "id" FROM "books" OFFSET $1)");
}

TEST_CASE("or inside and stands in parentheses") {
    auto const a = col<&book::copies> == 1;
    auto const b = col<&book::copies> == 2;
    CHECK(
        select(col<&book::id>).where((a || b) && !a).sql(sqlite) ==
        R"(SELECT "id" FROM "books" WHERE ("copies" = ? OR "copies" = ?) AND NOT ("copies" = ?))");
    CHECK(select(col<&book::id>).where(a || b).where(b).sql(sqlite) ==
          R"(SELECT "id" FROM "books" WHERE ("copies" = ? OR "copies" = ?) AND "copies" = ?)");
}

TEST_CASE("lists, ranges and NULL") {
    CHECK(select(col<&author::id>).where(col<&author::id>.in({1, 2, 3})).sql(postgresql) ==
          R"(SELECT "id" FROM "author" WHERE "id" IN ($1, $2, $3))");
    CHECK(select(col<&author::id>).where(col<&author::id>.in(std::vector<int>{})).sql(postgresql) ==
          R"(SELECT "id" FROM "author" WHERE FALSE)");
    CHECK(select(col<&author::id>).where(col<&author::id>.not_in(std::vector<int>{})).sql(sqlite) ==
          R"(SELECT "id" FROM "author" WHERE 1 = 1)");
    CHECK(select(col<&author::id>).where(col<&author::born>.between(1, 2)).sql(sqlite) ==
          R"(SELECT "id" FROM "author" WHERE "born" BETWEEN ? AND ?)");
    CHECK(select(col<&author::id>).where(col<&author::born> == std::nullopt).sql(sqlite) ==
          R"(SELECT "id" FROM "author" WHERE "born" IS NULL)");
    CHECK(select(col<&author::id>).where(col<&author::born> != std::optional{5}).sql(sqlite) ==
          R"(SELECT "id" FROM "author" WHERE "born" <> ?)");
}

TEST_CASE("aggregates, groups and distinct") {
    CHECK(select(col<&book::author_id>, roam::count(), roam::sum(col<&book::copies>))
              .group_by(col<&book::author_id>)
              .having(roam::count() > 1)
              .sql(sqlite) ==
          R"(SELECT "author_id", COUNT(*), SUM("copies") FROM "books" GROUP BY "author_id" )"
          R"(HAVING COUNT(*) > ?)");
    CHECK(select(roam::count_distinct(col<&book::title>)).sql(postgresql) ==
          R"(SELECT COUNT(DISTINCT "title") FROM "books")");
    CHECK(select(col<&book::title>).distinct().sql(sqlite) ==
          R"(SELECT DISTINCT "title" FROM "books")");
}

TEST_CASE("a join names the table of each column") {
    CHECK(select(col<&author::name>, col<&book::title>)
              .from<book>()
              .join<author>(col<&book::author_id> == col<&author::id>)
              .where(col<&author::born> > 1900)
              .sql(postgresql) ==
          R"(SELECT "author"."name", "books"."title" FROM "books" )"
          R"(JOIN "author" ON "books"."author_id" = "author"."id" WHERE "author"."born" > $1)");
}

TEST_CASE("a condition made at run time reads like one that was written") {
    roam::condition filter;
    CHECK(select(col<&book::id>).where(filter).sql(sqlite) ==
          R"(SELECT "id" FROM "books" WHERE 1 = 1)");
    filter = filter && col<&book::copies> > 1;
    filter = filter && col<&book::title> != "x";
    CHECK(select(col<&book::id>).where(filter).sql(sqlite) ==
          R"(SELECT "id" FROM "books" WHERE "copies" > ? AND "title" <> ?)");
}

TEST_CASE("the text is static when it follows from the type, and not when a value decides it") {
    auto const all = select<book>();
    CHECK(decltype(all)::is_static);
    auto const by_title = all.where(col<&book::title> == "x").limit(1);
    CHECK(decltype(by_title)::is_static);
    auto const by_list = all.where(col<&book::id>.in({1, 2}));
    CHECK_FALSE(decltype(by_list)::is_static);
    auto const by_optional = select<author>().where(col<&author::born> == std::optional{1});
    CHECK_FALSE(decltype(by_optional)::is_static);
    auto const by_condition = all.where(roam::condition{});
    CHECK_FALSE(decltype(by_condition)::is_static);
}

TEST_CASE(
    "a value that the column's type cannot hold is bound in its own, and PostgreSQL is told") {
    CHECK(select(col<&book::id>).where(col<&book::copies> < 3).sql(postgresql) ==
          R"(SELECT "id" FROM "books" WHERE "copies" < $1)");
    CHECK(select(col<&book::id>).where(col<&book::copies> < 2.5).sql(postgresql) ==
          R"(SELECT "id" FROM "books" WHERE "copies" < $1::double precision)");
    CHECK(select(col<&book::id>).where(col<&book::copies> < 5'000'000'000).sql(postgresql) ==
          R"(SELECT "id" FROM "books" WHERE "copies" < $1::bigint)");
    CHECK(select(col<&book::id>).where(col<&book::copies>.in({1L, 2L})).sql(postgresql) ==
          R"(SELECT "id" FROM "books" WHERE "copies" IN ($1::bigint, $2::bigint))");
    CHECK(select(col<&book::id>).where(col<&book::copies> < 5'000'000'000).sql(sqlite) ==
          R"(SELECT "id" FROM "books" WHERE "copies" < ?)");
}
