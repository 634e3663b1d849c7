// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/sql/dialect.hpp>

#include <support/catch.hpp>

#include <string>
#include <thread>
#include <vector>

namespace sql = roam::sql;
using sql::capability;
using sql::dialect_family;

namespace {

std::string quoted(std::string_view name, sql::dialect const& d) {
    std::string out;
    sql::append_identifier(out, name, d);
    return out;
}

}  // namespace

TEST_CASE("equal dialects are one interned object, different ones are not") {
    auto const& a = sql::intern(sql::sqlite_dialect(3040001));
    auto const& b = sql::intern(sql::sqlite_dialect(3040001));
    auto const& c = sql::intern(sql::sqlite_dialect(3040001, 999));
    CHECK(&a == &b);
    CHECK(&a != &c);
    CHECK(c.max_parameters == 999);
    CHECK(&sql::intern(sql::postgresql_dialect()) != &a);
}

TEST_CASE("interning from many threads gives all of them the same object") {
    std::vector<sql::dialect const*> found(8);
    std::vector<std::thread> threads;
    for (auto& slot : found) {
        threads.emplace_back([&slot] {
            for (std::uint32_t n = 1; n <= 50; ++n) {
                slot = &sql::intern({dialect_family::generic, 0, n});
            }
        });
    }
    for (auto& t : threads)
        t.join();
    for (auto const* d : found)
        CHECK(d == found[0]);
}

TEST_CASE("what SQLite can do depends on its version") {
    auto const old = sql::sqlite_dialect(3034001);
    auto const now = sql::sqlite_dialect(3040001);
    CHECK_FALSE(old.can(capability::returning));
    CHECK_FALSE(old.can(capability::returning_update));
    CHECK(old.can(capability::named_conflict_target));
    CHECK_FALSE(sql::sqlite_dialect(3023000).can(capability::named_conflict_target));
    CHECK(now.can(capability::returning));
    CHECK(now.can(capability::returning_update));
    CHECK(now.can(capability::ordered_bulk_keys));
    for (auto lacking :
         {capability::schemas, capability::native_arrays, capability::native_boolean,
          capability::native_uuid, capability::native_json, capability::exact_decimal,
          capability::not_a_number, capability::add_constraint}) {
        INFO(sql::name_of(lacking));
        CHECK_FALSE(now.can(lacking));
    }
    CHECK(now.max_parameters == 32766);
}

TEST_CASE("MariaDB returns what it inserts, by its version; MySQL does not") {
    auto const mysql = sql::mysql_dialect();
    auto const mariadb = sql::mariadb_dialect();
    CHECK(mysql.family == dialect_family::mysql);
    CHECK(mariadb.family == dialect_family::mariadb);
    CHECK(mariadb.can(capability::returning));
    CHECK_FALSE(sql::mariadb_dialect(100432).can(capability::returning));
    CHECK_FALSE(mysql.can(capability::returning));
    for (auto const& d : {mysql, mariadb}) {
        for (auto lacking :
             {capability::returning_update, capability::named_conflict_target,
              capability::native_boolean, capability::native_arrays, capability::native_uuid,
              capability::not_a_number, capability::transactional_ddl}) {
            INFO(sql::name_of(lacking));
            CHECK_FALSE(d.can(lacking));
        }
        for (auto present :
             {capability::inserted_key, capability::ordered_bulk_keys, capability::multi_row_values,
              capability::native_json, capability::exact_decimal, capability::add_constraint,
              capability::schemas, capability::case_sensitive_like}) {
            INFO(sql::name_of(present));
            CHECK(d.can(present));
        }
        CHECK(d.max_parameters == 65535);
    }
}

TEST_CASE("PostgreSQL can do everything that has a name") {
    auto const d = sql::postgresql_dialect();
    for (std::uint32_t bit = 1; bit <= static_cast<std::uint32_t>(capability::schemas); bit <<= 1) {
        auto const what = static_cast<capability>(bit);
        INFO(sql::name_of(what));
        CHECK(d.can(what));
        CHECK(sql::name_of(what) != "unknown");
    }
    CHECK(d.max_parameters == 65535);
}

TEST_CASE("an identifier is always quoted and its quotes doubled") {
    auto const sqlite = sql::sqlite_dialect();
    auto const mysql = sql::dialect{dialect_family::mysql, 0, 0};
    struct example {
        std::string_view name;
        std::string_view standard;
        std::string_view mysql;
    };
    for (auto const& e : std::vector<example>{
             {"book", "\"book\"", "`book`"},
             {"select", "\"select\"", "`select`"},
             {"Mixed Case", "\"Mixed Case\"", "`Mixed Case`"},
             {"a\"b", "\"a\"\"b\"", "`a\"b`"},
             {"a`b", "\"a`b\"", "`a``b`"},
             {"\"", "\"\"\"\"", "`\"`"},
             {"b\xC3\xBC"
              "cher",
              "\"b\xC3\xBC"
              "cher\"",
              "`b\xC3\xBC"
              "cher`"},
             {"x; DROP TABLE y --", "\"x; DROP TABLE y --\"", "`x; DROP TABLE y --`"},
             {"back\\slash", "\"back\\slash\"", "`back\\slash`"},
         }) {
        CHECK(quoted(e.name, sqlite) == e.standard);
        CHECK(quoted(e.name, sql::postgresql_dialect()) == e.standard);
        CHECK(quoted(e.name, mysql) == e.mysql);
        CHECK(quoted(e.name, {dialect_family::mariadb, 0, 0}) == e.mysql);
        CHECK(quoted(e.name, {dialect_family::generic, 0, 0}) == e.standard);
    }
}

TEST_CASE("a name that is empty or holds a NUL byte is refused") {
    using namespace std::string_view_literals;
    auto const d = sql::sqlite_dialect();
    CHECK_THROWS_AS(quoted("", d), roam::usage_error);
    CHECK_THROWS_AS(quoted("a\0b"sv, d), roam::usage_error);
    CHECK_THROWS_WITH(quoted("a\0b"sv, d),
                      "the name of a table or column contains a NUL byte: 'a...'");
}

TEST_CASE("a table is named with its schema where it has one") {
    std::string out;
    sql::append_table_name(out, "shop", "book", sql::postgresql_dialect());
    CHECK(out == "\"shop\".\"book\"");
    out.clear();
    sql::append_table_name(out, "", "book", sql::postgresql_dialect());
    CHECK(out == "\"book\"");
}

TEST_CASE("placeholders are numbered on PostgreSQL only") {
    std::string out;
    sql::append_placeholder(out, 12, sql::postgresql_dialect());
    sql::append_placeholder(out, 12, sql::sqlite_dialect());
    CHECK(out == "$12?");
}

TEST_CASE("families have the names their users know") {
    CHECK(sql::name_of(dialect_family::sqlite) == "SQLite");
    CHECK(sql::name_of(dialect_family::postgresql) == "PostgreSQL");
    CHECK(sql::name_of(dialect_family::mysql) == "MySQL");
    CHECK(sql::name_of(dialect_family::mariadb) == "MariaDB");
    CHECK(sql::name_of(dialect_family::generic) == "generic SQL");
}
