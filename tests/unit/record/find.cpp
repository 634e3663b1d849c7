// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;
using roam::record_detail::exists_verb;
using roam::record_detail::find_verb;

TEST_CASE("find selects every column by the key, whatever the version") {
    CHECK(find_verb<book, described<book>>::text(sqlite) ==
          R"(SELECT "id", "author_id", "title", "copies" FROM "books" WHERE "id" = ?)");
    CHECK(find_verb<page, described<page>>::text(postgresql) ==
          R"(SELECT "name", "number", "text", "words", "revision" FROM "wiki"."page" )"
          R"(WHERE "name" = $1 AND "number" = $2)");
}

TEST_CASE("exists asks for no column") {
    CHECK(exists_verb<book, described<book>>::text(sqlite) ==
          R"(SELECT EXISTS (SELECT 1 FROM "books" WHERE "id" = ?))");
    CHECK(exists_verb<book, described<book>>::text(postgresql) ==
          R"(SELECT EXISTS (SELECT 1 FROM "books" WHERE "id" = $1))");
}

TEST_CASE("many keys are one array, or a list of placeholders") {
    auto const& t = roam::table_of<author>();
    CHECK(roam::record_detail::find_by_array_text(t, postgresql) ==
          R"(SELECT "id", "name", "born" FROM "author" WHERE "id" = ANY($1))");
    CHECK(roam::record_detail::find_by_list_text(t, 3, mariadb) ==
          "SELECT `id`, `name`, `born` FROM `author` WHERE `id` IN (?, ?, ?)");
}
