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
    CHECK_THROWS_WITH(sql::type_name({}, {sql::dialect_family::mysql, 0, 0}),
                      "Roam does not know the column types of MySQL in this version");
    CHECK_THROWS_AS(sql::type_name({}, {sql::dialect_family::generic, 0, 0}),
                    roam::unsupported_error);
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
