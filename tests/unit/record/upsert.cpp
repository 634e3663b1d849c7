// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;

namespace {
template <class T, auto... Members>
std::string upsert_sql(roam::sql::dialect const& d) {
    return roam::record_detail::upsert_verb<T, described<T>, Members...>::text(d);
}
}  // namespace

TEST_CASE("upsert names its target: the key, or a declared unique") {
    CHECK(upsert_sql<book>(sqlite) ==
          R"(INSERT INTO "books" ("id", "author_id", "title", "copies") VALUES (?, ?, ?, ?) )"
          R"(ON CONFLICT ("id") DO UPDATE SET "author_id" = excluded."author_id", )"
          R"("title" = excluded."title", "copies" = excluded."copies" RETURNING "id")");
    CHECK(upsert_sql<book, &book::title>(postgresql) ==
          R"(INSERT INTO "books" ("author_id", "title", "copies") VALUES ($1, $2, $3) )"
          R"(ON CONFLICT ("title") DO UPDATE SET "author_id" = excluded."author_id", )"
          R"("copies" = excluded."copies" RETURNING "id")");
}

TEST_CASE("upsert by a generated key overrides what PostgreSQL would make") {
    CHECK(upsert_sql<author>(postgresql) ==
          R"(INSERT INTO "author" ("id", "name", "born") OVERRIDING SYSTEM VALUE )"
          R"(VALUES ($1, $2, $3) ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", )"
          R"("born" = excluded."born" RETURNING "id")");
}

TEST_CASE("upsert of a record that is all key sets the key to itself, so that the row counts") {
    CHECK(upsert_sql<membership>(sqlite) ==
          R"(INSERT INTO "membership" ("person", "club") VALUES (?, ?) )"
          R"(ON CONFLICT ("person", "club") DO UPDATE SET "person" = excluded."person")");
}

TEST_CASE("upsert on members that no unique constraint covers is a mapping_error") {
    CHECK_THROWS_AS((upsert_sql<book, &book::copies>(sqlite)), roam::mapping_error);
}

TEST_CASE("upsert where only one unique constraint can be violated is ON DUPLICATE KEY") {
    CHECK(upsert_sql<author>(mariadb) ==
          "INSERT INTO `author` (`id`, `name`, `born`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
          "`name` = VALUES(`name`), `born` = VALUES(`born`) RETURNING `id`");
    CHECK(upsert_sql<book, &book::title>(mariadb) ==
          "INSERT INTO `books` (`author_id`, `title`, `copies`) VALUES (?, ?, ?) ON DUPLICATE KEY "
          "UPDATE `author_id` = VALUES(`author_id`), `copies` = VALUES(`copies`) RETURNING `id`");
    CHECK(upsert_sql<membership>(mysql) ==
          "INSERT INTO `membership` (`person`, `club`) VALUES (?, ?) ON DUPLICATE KEY UPDATE "
          "`person` = VALUES(`person`)");
}

TEST_CASE("upsert by the key of a table with another unique constraint is refused on MySQL (D11)") {
    CHECK_THROWS_WITH(upsert_sql<book>(mariadb),
                      "upsert into books: the table has another unique constraint, and MySQL's ON "
                      "DUPLICATE KEY would update the row of whichever is violated");
}
