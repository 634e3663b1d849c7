// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/sql/type_name.hpp>

#include <support/catch.hpp>

#include <string_view>
#include <vector>

namespace sql = roam::sql;
using roam::mapping::column_type;
using roam::mapping::type_kind;

TEST_CASE("each type has its column type on SQLite and on PostgreSQL") {
    struct example {
        column_type type;
        std::string_view sqlite;
        std::string_view postgresql;
    };
    auto const sqlite = sql::sqlite_dialect();
    auto const postgresql = sql::postgresql_dialect();
    for (auto const& e : std::vector<example>{
             {{.kind = type_kind::boolean}, "BOOLEAN", "boolean"},
             {{.kind = type_kind::int8}, "INTEGER", "smallint"},
             {{.kind = type_kind::int16}, "INTEGER", "smallint"},
             {{.kind = type_kind::int32}, "INTEGER", "integer"},
             {{.kind = type_kind::int64}, "INTEGER", "bigint"},
             {{.kind = type_kind::uint8}, "INTEGER", "smallint"},
             {{.kind = type_kind::uint16}, "INTEGER", "integer"},
             {{.kind = type_kind::uint32}, "INTEGER", "bigint"},
             {{.kind = type_kind::uint64}, "INTEGER", "bigint"},
             {{.kind = type_kind::float32}, "REAL", "real"},
             {{.kind = type_kind::float64}, "REAL", "double precision"},
             {{.kind = type_kind::text}, "TEXT", "text"},
             {{.kind = type_kind::text, .length = 80}, "VARCHAR(80)", "varchar(80)"},
             {{.kind = type_kind::blob}, "BLOB", "bytea"},
             {{.kind = type_kind::date}, "TEXT", "date"},
             {{.kind = type_kind::timestamp}, "TEXT", "timestamptz"},
             {{.kind = type_kind::local_timestamp}, "TEXT", "timestamp"},
             {{.kind = type_kind::duration}, "INTEGER", "bigint"},
             {{.kind = type_kind::uuid}, "TEXT", "uuid"},
             {{.kind = type_kind::json}, "TEXT", "jsonb"},
             {{.kind = type_kind::decimal}, "TEXT", "numeric"},
             {{.kind = type_kind::decimal, .length = 10}, "TEXT", "numeric(10)"},
             {{.kind = type_kind::decimal, .length = 10, .scale = 2}, "TEXT", "numeric(10,2)"},
             {{.kind = type_kind::array}, "TEXT", "bigint[]"},
             {{.kind = type_kind::array, .element = type_kind::uint8}, "TEXT", "smallint[]"},
             {{.kind = type_kind::array, .element = type_kind::float64},
              "TEXT",
              "double precision[]"},
             {{.kind = type_kind::array, .element = type_kind::boolean}, "TEXT", "boolean[]"},
         }) {
        INFO(sql::name_of(e.type.kind));
        CHECK(sql::type_name(e.type, sqlite) == e.sqlite);
        CHECK(sql::type_name(e.type, postgresql) == e.postgresql);
    }
}

TEST_CASE("an array of anything but numbers has no column type") {
    for (auto element : {type_kind::text, type_kind::array, type_kind::uuid}) {
        column_type const type{.kind = type_kind::array, .element = element};
        CHECK_THROWS_AS(sql::type_name(type, sql::postgresql_dialect()), roam::unsupported_error);
        CHECK_THROWS_AS(sql::type_name(type, sql::sqlite_dialect()), roam::unsupported_error);
    }
}

TEST_CASE("a dialect whose types are not known says so") {
    CHECK_THROWS_WITH(sql::type_name({}, {sql::dialect_family::generic, 0, 0}),
                      "Roam does not know the column types of generic SQL in this version");
}

TEST_CASE("each type has its column type on MySQL and on MariaDB") {
    auto const mysql = sql::mysql_dialect();
    auto const mariadb = sql::mariadb_dialect();
    struct example {
        column_type type;
        std::string_view name;
    };
    for (auto const& e : std::vector<example>{
             {{.kind = type_kind::boolean}, "boolean"},
             {{.kind = type_kind::int8}, "smallint"},
             {{.kind = type_kind::int16}, "smallint"},
             {{.kind = type_kind::int32}, "int"},
             {{.kind = type_kind::int64}, "bigint"},
             {{.kind = type_kind::uint8}, "smallint"},
             {{.kind = type_kind::uint16}, "int"},
             {{.kind = type_kind::uint32}, "bigint"},
             {{.kind = type_kind::uint64}, "bigint"},
             {{.kind = type_kind::float32}, "float"},
             {{.kind = type_kind::float64}, "double"},
             {{.kind = type_kind::text}, "longtext"},
             {{.kind = type_kind::text, .length = 80}, "varchar(80)"},
             {{.kind = type_kind::text, .length = 16383}, "varchar(16383)"},
             {{.kind = type_kind::blob}, "longblob"},
             {{.kind = type_kind::date}, "date"},
             {{.kind = type_kind::timestamp}, "datetime(6)"},
             {{.kind = type_kind::local_timestamp}, "datetime(6)"},
             {{.kind = type_kind::duration}, "bigint"},
             {{.kind = type_kind::uuid}, "char(36)"},
             {{.kind = type_kind::json}, "json"},
             {{.kind = type_kind::decimal}, "decimal(65,25)"},
             {{.kind = type_kind::decimal, .length = 10}, "decimal(10,0)"},
             {{.kind = type_kind::decimal, .length = 10, .scale = 2}, "decimal(10,2)"},
             {{.kind = type_kind::array}, "json"},
         }) {
        INFO(sql::name_of(e.type.kind));
        CHECK(sql::type_name(e.type, mysql) == e.name);
        CHECK(sql::type_name(e.type, mariadb) == e.name);
    }
    CHECK_THROWS_WITH(sql::type_name({.kind = type_kind::text, .length = 16384}, mysql),
                      "a text column of MySQL has at most 16383 characters, not 16384; without a "
                      "length it has no limit");
}

TEST_CASE("what MySQL has in a key or an index gets a limit there, and nowhere else") {
    column_type const text{.kind = type_kind::text};
    column_type const blob{.kind = type_kind::blob};
    for (auto const& d : {sql::mysql_dialect(), sql::mariadb_dialect()}) {
        CHECK(sql::indexed_type_name(text, d) == "varchar(255)");
        CHECK(sql::indexed_type_name(blob, d) == "varbinary(255)");
        CHECK(sql::indexed_type_name({.kind = type_kind::text, .length = 80}, d) == "varchar(80)");
        CHECK(sql::indexed_type_name({.kind = type_kind::int64}, d) == "bigint");
    }
    CHECK(sql::indexed_type_name(text, sql::postgresql_dialect()) == "text");
    CHECK(sql::indexed_type_name(blob, sql::sqlite_dialect()) == "BLOB");
}

TEST_CASE("the array type of many values leaves limits to the column they go to") {
    auto const d = sql::postgresql_dialect();
    CHECK(sql::array_type_name({.kind = type_kind::text, .length = 3}, d) == "text[]");
    CHECK(sql::array_type_name({.kind = type_kind::decimal, .length = 5, .scale = 2}, d) ==
          "numeric[]");
    CHECK(sql::array_type_name({.kind = type_kind::timestamp}, d) == "timestamptz[]");
    CHECK(sql::array_type_name({.kind = type_kind::uint32}, d) == "bigint[]");
    CHECK_THROWS_AS(sql::array_type_name({.kind = type_kind::array}, d), roam::unsupported_error);
    CHECK_THROWS_AS(sql::array_type_name({.kind = type_kind::text}, sql::sqlite_dialect()),
                    roam::unsupported_error);
}
