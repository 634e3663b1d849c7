// SPDX-License-Identifier: MIT
// CREATE TABLE as MySQL and MariaDB want it.
#include "made_table.hpp"
#include <roam/error.hpp>
#include <roam/schema/ddl.hpp>

#include <support/catch.hpp>

#include <string>
#include <vector>

namespace mapping = roam::mapping;
namespace schema = roam::schema;
namespace sql = roam::sql;
using mapping::type_kind;
using roam::test::author_table;
using roam::test::create;
using roam::test::made_table;

namespace {

auto const mysql = sql::mysql_dialect();
auto const mariadb = sql::mariadb_dialect();

mapping::table const& egg_table();
mapping::table const& chicken_table() {
    static auto& made = (*new made_table{"chicken"})
                            .key("id")
                            .column("hatched_from", {type_kind::int64})
                            .reference({1}, &egg_table);
    made.last().nullable = true;
    return *made;
}
mapping::table const& egg_table() {
    static auto& made = (*new made_table{"egg"})
                            .key("id")
                            .column("laid_by", {type_kind::int64})
                            .reference({1}, &chicken_table);
    made.last().nullable = true;
    return *made;
}

}  // namespace

TEST_CASE("D28: a table on MySQL has its indexes, its engine and its collation inside") {
    made_table t{"book"};
    t.key("id")
        .column("author_id", {type_kind::int64})
        .column("title", {type_kind::text})
        .column("text", {type_kind::text})
        .reference({1}, &author_table, mapping::reference_action::cascade)
        .index({2})
        .index({1, 2}, true)
        .check("author_id > 0");
    t.last().default_sql = "'none'";
    std::string const body =
        "CREATE TABLE IF NOT EXISTS `book` (\n"
        "    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
        "    `author_id` bigint NOT NULL,\n"
        "    `title` varchar(255) NOT NULL,\n"
        "    `text` longtext NOT NULL DEFAULT ('none'),\n"
        "    CONSTRAINT `uq_book_author_id_title` UNIQUE (`author_id`, `title`),\n"
        "    INDEX `ix_book_title` (`title`),\n"
        "    CONSTRAINT `ck_book_1` CHECK (author_id > 0),\n"
        "    CONSTRAINT `fk_book_author_id` FOREIGN KEY (`author_id`) REFERENCES `author` (`id`) "
        "ON "
        "DELETE CASCADE\n"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=";
    CHECK(create({&*t}, mariadb) == std::vector{body + "utf8mb4_nopad_bin"});
    CHECK(create({&*t}, mysql) == std::vector{body + "utf8mb4_0900_bin"});
}

TEST_CASE("a circle of references is closed by ALTER TABLE on MariaDB, IF NOT EXISTS") {
    std::vector const tables{&chicken_table(), &egg_table()};
    CHECK(create(tables, mariadb).back() ==
          "ALTER TABLE `egg` ADD CONSTRAINT `fk_egg_laid_by` FOREIGN KEY IF NOT EXISTS "
          "(`laid_by`) REFERENCES `chicken` (`id`)");
    CHECK(create(tables, mysql, {.if_not_exists = false}).back() ==
          "ALTER TABLE `egg` ADD CONSTRAINT `fk_egg_laid_by` FOREIGN KEY (`laid_by`) REFERENCES "
          "`chicken` (`id`)");
    CHECK_THROWS_AS(create(tables, mysql), roam::mapping_error);
    CHECK(schema::drop_statements(tables, mariadb) ==
          std::vector<std::string>{
              "ALTER TABLE IF EXISTS `egg` DROP CONSTRAINT IF EXISTS `fk_egg_laid_by`",
              "DROP TABLE IF EXISTS `chicken`", "DROP TABLE IF EXISTS `egg`"});
}
