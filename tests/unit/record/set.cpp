// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;
using roam::col;

TEST_CASE("update of many rows") {
    auto const query =
        roam::update<book>()
            .set(col<&book::copies> = col<&book::copies> - 1, col<&book::title> = "x")
            .where(col<&book::copies> > 0)
            .where(col<&book::author_id> == 7);
    CHECK(query.sql(sqlite) == R"(UPDATE "books" SET "copies" = "copies" - ?, "title" = ? )"
                               R"(WHERE "copies" > ? AND "author_id" = ?)");
    CHECK(query.sql(postgresql) == R"(UPDATE "books" SET "copies" = "copies" - $1, "title" = $2 )"
                                   R"(WHERE "copies" > $3 AND "author_id" = $4)");
}

TEST_CASE("remove of many rows") {
    CHECK(roam::remove<book>().where(col<&book::copies> == 0).sql(sqlite) ==
          R"(DELETE FROM "books" WHERE "copies" = ?)");
    CHECK(roam::remove<page>().every_row().sql(postgresql) == R"(DELETE FROM "wiki"."page")");
}

TEST_CASE("without a condition the text is refused, unless every row is meant") {
    CHECK_THROWS_AS(roam::remove<book>().sql(sqlite), roam::usage_error);
    CHECK_THROWS_AS(roam::update<book>().set(col<&book::copies> = 0).sql(sqlite),
                    roam::usage_error);
    CHECK(roam::update<book>().set(col<&book::copies> = 0).every_row().sql(sqlite) ==
          R"(UPDATE "books" SET "copies" = ?)");
}
