// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;

namespace {
template <class T>
std::string update_sql(roam::sql::dialect const& d) {
    return roam::record_detail::update_verb<T, described<T>>::text(d);
}
template <class T, auto... Members>
std::string update_some_sql(roam::sql::dialect const& d) {
    return roam::record_detail::update_some_verb<T, described<T>, Members...>::text(d);
}
}  // namespace

TEST_CASE("update sets every column but the key, where the key is the record's") {
    CHECK(update_sql<book>(sqlite) ==
          R"(UPDATE "books" SET "author_id" = ?, "title" = ?, "copies" = ? WHERE "id" = ?)");
    CHECK(update_sql<book>(postgresql) ==
          R"(UPDATE "books" SET "author_id" = $1, "title" = $2, "copies" = $3 WHERE "id" = $4)");
}

TEST_CASE("update of named members sets those") {
    CHECK(update_some_sql<book, &book::copies>(sqlite) ==
          R"(UPDATE "books" SET "copies" = ? WHERE "id" = ?)");
    CHECK(update_some_sql<book, &book::copies, &book::title>(postgresql) ==
          R"(UPDATE "books" SET "copies" = $1, "title" = $2 WHERE "id" = $3)");
}

TEST_CASE("update counts the version up, asks for it, and reads computed columns back") {
    CHECK(update_sql<page>(sqlite) ==
          R"(UPDATE "wiki"."page" SET "text" = ?, "revision" = "revision" + 1 )"
          R"(WHERE "name" = ? AND "number" = ? AND "revision" = ? RETURNING "words")");
    CHECK(update_some_sql<page, &page::text>(postgresql) ==
          R"(UPDATE "wiki"."page" SET "text" = $1, "revision" = "revision" + 1 )"
          R"(WHERE "name" = $2 AND "number" = $3 AND "revision" = $4 RETURNING "words")");
}

TEST_CASE("without UPDATE ... RETURNING computed columns are read by a second statement") {
    CHECK(update_some_sql<page, &page::text>(mariadb) ==
          "UPDATE `wiki`.`page` SET `text` = ?, `revision` = `revision` + 1 WHERE `name` = ? AND "
          "`number` = ? AND `revision` = ?");
    CHECK(roam::record_detail::computed_verb<page, described<page>>::text(mariadb) ==
          "SELECT `words` FROM `wiki`.`page` WHERE `name` = ? AND `number` = ?");
}

TEST_CASE("update of a record that is all key is a mapping_error") {
    CHECK_THROWS_AS(update_sql<membership>(sqlite), roam::mapping_error);
}
