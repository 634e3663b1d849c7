// SPDX-License-Identifier: MIT
// The names that <roam/schema/ddl.hpp> makes and cuts, and the descriptions that it refuses.
#include "made_table.hpp"
#include <roam/error.hpp>
#include <roam/schema/ddl.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mapping = roam::mapping;
namespace schema = roam::schema;
namespace sql = roam::sql;
using mapping::type_kind;
using roam::test::author_table;
using roam::test::create;
using roam::test::made_table;

namespace {

auto const sqlite = sql::sqlite_dialect();
auto const postgresql = sql::postgresql_dialect();

}  // namespace

TEST_CASE("a long constraint name is cut to 63 bytes and stays distinct") {
    std::string const table(40, 't');
    std::string const column(40, 'c');
    std::vector<std::string_view> parts{column};
    auto const name = schema::constraint_name("fk", table, parts);
    CHECK(name.size() == 63);
    CHECK(name.substr(0, 44) == "fk_" + table + "_");
    auto const other = column.substr(0, 39) + "d";
    parts[0] = other;
    CHECK(schema::constraint_name("fk", table, parts) != name);
    parts[0] = "id";
    CHECK(schema::constraint_name("fk", "book", parts) == "fk_book_id");

    // 54 bytes would end in the middle of a two-byte character.
    std::string const umlauts = [] {
        std::string text;
        for (int i = 0; i < 40; ++i)
            text += "\xC3\xA4";
        return text;
    }();
    auto const cut = schema::constraint_name("fk", umlauts, {});
    CHECK(cut.size() == 62);
    CHECK(cut.substr(0, 53) == "fk_" + umlauts.substr(0, 50));
}

TEST_CASE("what PostgreSQL would cut is refused there") {
    std::string const name(64, 'n');
    made_table long_table{name};
    long_table.key("id");
    CHECK_THROWS_AS(create({&*long_table}, postgresql), roam::mapping_error);
    CHECK(create({&*long_table}, sqlite).size() == 1);
    made_table long_column{"t"};
    long_column.key("id").column(name, {type_kind::text});
    CHECK_THROWS_WITH(create({&*long_column}, postgresql),
                      "the record 't' cannot be the table 't': PostgreSQL cuts names to 63 bytes, "
                      "which '" +
                          name + "' exceeds");
    made_table long_index{"t"};
    long_index.key("id").index({0}, false, name);
    CHECK_THROWS_AS(create({&*long_index}, postgresql), roam::mapping_error);
}

TEST_CASE("two indexes of one name are refused, since the second would silently not be made") {
    made_table a{"a"};
    a.key("id").column("b_c", {type_kind::text}).index({1});
    made_table b{"a_b"};
    b.key("id").column("c", {type_kind::text}).index({1});
    CHECK_THROWS_WITH(create({&*a, &*b}, sqlite),
                      "an index of 'a' and one of 'a_b' are both named 'ix_a_b_c'; give one of "
                      "them a name");
    (*b).schema = "elsewhere";
    CHECK_NOTHROW(create({&*a, &*b}, sqlite));
}

TEST_CASE("two descriptions of one table are a conflict unless they are equal") {
    made_table same{"author"};
    same.key("id").column("name", {type_kind::text});
    CHECK(create({&author_table(), &*same}, sqlite).size() == 1);
    made_table other{"author"};
    other.key("id");
    CHECK_THROWS_AS(create({&author_table(), &*other}, sqlite), roam::mapping_conflict_error);
    std::vector<mapping::table const*> const tables{&author_table(), &*other};
    CHECK_THROWS_AS(schema::drop_statements(tables, sqlite), roam::mapping_conflict_error);
}

TEST_CASE("a description that cannot be a table is refused") {
    made_table empty{"empty"};
    CHECK_THROWS_WITH(create({&*empty}, sqlite),
                      "the record 'empty' cannot be the table 'empty': it has no columns");

    made_table text_key{"t"};
    text_key.key("id", {type_kind::text});
    CHECK_THROWS_AS(create({&*text_key}, sqlite), roam::mapping_error);

    made_table two_keys{"t"};
    two_keys.key("a").key("b");
    CHECK_THROWS_AS(create({&*two_keys}, sqlite), roam::mapping_error);

    made_table too_many{"t"};
    too_many.key("id").column("a", {type_kind::int64}).reference({0, 1}, &author_table);
    CHECK_THROWS_WITH(create({&*too_many}, sqlite),
                      "the record 't' cannot be the table 't': its reference to 'author' has 2 "
                      "columns for a key of 1");

    made_table no_target{"t"};
    no_target.key("id").reference({0}, nullptr);
    CHECK_THROWS_AS(create({&*no_target}, sqlite), roam::mapping_error);

    made_table no_columns{"t"};
    no_columns.key("id").index({});
    CHECK_THROWS_AS(create({&*no_columns}, sqlite), roam::mapping_error);

    CHECK_THROWS_AS(create({&author_table()}, {sql::dialect_family::generic, 0, 0}),
                    roam::unsupported_error);
    CHECK(create({}, sqlite).empty());
    CHECK(schema::drop_statements({}, sqlite).empty());
}
