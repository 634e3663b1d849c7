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
