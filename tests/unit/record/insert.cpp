// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;

namespace {
using roam::record_detail::key_use;

template <class T, key_use Keys = key_use::read>
std::string insert_sql(roam::sql::dialect const& d) {
    return roam::record_detail::insert_verb<T, described<T>, Keys>::text(d);
}
}  // namespace

TEST_CASE("insert sends every column but the generated key, which comes back") {
    CHECK(insert_sql<author>(sqlite) == R"(INSERT INTO "author" ("name", "born") VALUES (?, ?))");
    CHECK(insert_sql<author>(postgresql) ==
          R"(INSERT INTO "author" ("name", "born") VALUES ($1, $2) RETURNING "id")");
}

TEST_CASE("insert with keep_key overrides what PostgreSQL would make") {
    CHECK(insert_sql<author, key_use::sent>(sqlite) ==
          R"(INSERT INTO "author" ("id", "name", "born") VALUES (?, ?, ?))");
    CHECK(
        insert_sql<author, key_use::sent>(postgresql) ==
        R"(INSERT INTO "author" ("id", "name", "born") OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3))");
}

TEST_CASE("insert asks for what the database computes, and names the schema") {
    CHECK(insert_sql<page>(sqlite) ==
          R"(INSERT INTO "wiki"."page" ("name", "number", "text", "revision") )"
          R"(VALUES (?, ?, ?, ?) RETURNING "words")");
    CHECK(insert_sql<page>(postgresql) ==
          R"(INSERT INTO "wiki"."page" ("name", "number", "text", "revision") )"
          R"(VALUES ($1, $2, $3, $4) RETURNING "words")");
}

TEST_CASE("without RETURNING a computed column cannot be read back, which is said") {
    CHECK_THROWS_AS(insert_sql<page>(old_sqlite), roam::unsupported_error);
    CHECK(insert_sql<author>(old_sqlite) ==
          R"(INSERT INTO "author" ("name", "born") VALUES (?, ?))");
}
