// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;
using roam::mapping::column_set;
using roam::record_detail::insert_text;
using roam::record_detail::rows_per_insert;

TEST_CASE("a range is one INSERT of several rows that returns its keys") {
    CHECK(insert_text(roam::table_of<author>(), column_set::sent_by_insert,
                      column_set::read_after_insert, 2, sqlite) ==
          R"(INSERT INTO "author" ("name", "born") VALUES (?, ?), (?, ?) RETURNING "id")");
    CHECK(insert_text(roam::table_of<author>(), column_set::sent_by_insert,
                      column_set::read_after_insert, 2, postgresql) ==
          R"(INSERT INTO "author" ("name", "born") VALUES ($1, $2), ($3, $4) RETURNING "id")");
}

TEST_CASE("a statement of several rows stays below the limit of parameters") {
    for (std::size_t const columns : {1u, 7u, 150u, 999u, 32'766u}) {
        INFO(columns);
        CHECK(rows_per_insert(columns, sqlite) * columns <= sqlite.max_parameters);
        CHECK(rows_per_insert(columns, sqlite) >= 1);
    }
    CHECK(rows_per_insert(40'000, sqlite) == 1);
}

TEST_CASE("from arrays a range of any length has one text") {
    CHECK(roam::record_detail::insert_arrays_text(roam::table_of<author>(),
                                                  column_set::sent_by_insert,
                                                  column_set::read_after_insert, postgresql) ==
          R"(INSERT INTO "author" ("name", "born") SELECT "name", "born" FROM )"
          R"(unnest($1::text[], $2::integer[]) WITH ORDINALITY AS "rows" )"
          R"(("name", "born", "ordinality") ORDER BY "ordinality" RETURNING "id")");
}

TEST_CASE("records with an array member do not go as arrays, others do") {
    struct series {
        std::int64_t id = 0;
        std::vector<int> values;
    };
    CHECK_FALSE(roam::record_detail::arrays_possible<series, described<series>>());
    CHECK(roam::record_detail::arrays_possible<author, described<author>>());
}
