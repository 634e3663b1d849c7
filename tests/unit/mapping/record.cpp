// SPDX-License-Identifier: MIT
#include <roam/mapping/record.hpp>

#include <support/catch.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

using roam::table_of;
using roam::mapping::column;
using roam::mapping::column_list;
using roam::mapping::reference_action;
using roam::mapping::table;
using roam::mapping::type_kind;

namespace {

std::vector<std::string> names_of(table const& t) {
    std::vector<std::string> names;
    for (auto const& c : t.columns)
        names.emplace_back(c.name);
    return names;
}

std::vector<std::string> members_of(table const& t) {
    std::vector<std::string> members;
    for (auto const& c : t.columns)
        members.emplace_back(c.member);
    return members;
}

std::vector<std::string> names_of(table const& t, column_list const& list) {
    std::vector<std::string> names;
    for (auto c : list)
        names.emplace_back(t.columns[c].name);
    return names;
}

using words = std::vector<std::string>;

}  // namespace

namespace library {

struct author {
    std::int64_t id = 0;
    std::string name;
    std::optional<int> born;
};

struct book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::string title;
    int copies = 0;
};
ROAM_RECORD(book, table("books"), schema("shop"), column<&book::copies>("number of copies"),
            references<&book::author_id, author>(cascade), index<&book::title>(),
            check("copies >= 0", "not_negative"), default_value<&book::copies>("0"),
            length<&book::title>(80), reuse_keys())

static_assert(table_of<book>().name == "books");
static_assert(table_of<book>().columns[3].name == "number of copies");
static_assert(table_of<author>().name == "author");
static_assert(table_of<author>().generated_key() == &table_of<author>().columns[0]);

}  // namespace library

TEST_CASE("a plain struct is a table by conventions alone") {
    auto const& t = table_of<library::author>();
    CHECK(t.type == "library::author");
    CHECK(t.name == "author");
    CHECK(t.schema.empty());
    CHECK(names_of(t) == words{"id", "name", "born"});
    CHECK(members_of(t) == words{"id", "name", "born"});
    CHECK(t.columns[0].type.kind == type_kind::int64);
    CHECK(t.columns[0].primary_key);
    CHECK(t.columns[0].generated);
    CHECK_FALSE(t.columns[1].nullable);
    CHECK_FALSE(t.columns[1].primary_key);
    CHECK(t.columns[2].nullable);
    CHECK(t.columns[2].type.kind == type_kind::int32);
    CHECK(names_of(t, t.primary_key) == words{"id"});
    CHECK(t.foreign_keys.empty());
    CHECK(t.indexes.empty());
    CHECK(t.checks.empty());
    CHECK_FALSE(t.reuse_keys);
    CHECK(t.version_column() == nullptr);
}

TEST_CASE("ROAM_RECORD says once what differs from the conventions") {
    auto const& t = table_of<library::book>();
    CHECK(t.name == "books");
    CHECK(t.schema == "shop");
    CHECK(names_of(t) == words{"id", "author_id", "title", "number of copies"});
    CHECK(t.columns[3].member == "copies");
    CHECK(t.columns[3].default_sql == "0");
    CHECK(t.columns[2].type.length == 80);
    CHECK(t.reuse_keys);
    REQUIRE(t.indexes.size() == 1);
    CHECK(names_of(t, t.indexes[0].columns) == words{"title"});
    CHECK_FALSE(t.indexes[0].unique);
    REQUIRE(t.checks.size() == 1);
    CHECK(t.checks[0].sql == "copies >= 0");
    CHECK(t.checks[0].name == "not_negative");
    REQUIRE(t.foreign_keys.size() == 1);
    CHECK(&t.foreign_keys[0].target() == &table_of<library::author>());
    CHECK(names_of(t, t.foreign_keys[0].columns) == words{"author_id"});
    CHECK(t.foreign_keys[0].target_columns.size == 0);
    CHECK(t.foreign_keys[0].on_delete == reference_action::cascade);
    CHECK(t.foreign_keys[0].on_update == reference_action::none);
}

// ---- Keys

namespace keys {

struct assigned {
    std::string code;
    int other = 0;
};
ROAM_RECORD(assigned, primary_key<&assigned::code>())

struct numbered {
    int number = 0;
    std::int64_t id = 0;
};
ROAM_RECORD(numbered, primary_key<&numbered::number>(generated))

struct composite {
    int line = 0;
    int id = 0;
    int order = 0;
};
ROAM_RECORD(composite, primary_key<&composite::order, &composite::line>())

struct textual {
    std::string id;
};

struct keyless {
    int a = 0;
};

struct optional_key {
    std::optional<int> id;
    int a = 0;
};

}  // namespace keys

TEST_CASE("a key is the program's own unless it is said to be generated") {
    auto const& assigned = table_of<keys::assigned>();
    CHECK(names_of(assigned, assigned.primary_key) == words{"code"});
    CHECK(assigned.generated_key() == nullptr);

    auto const& numbered = table_of<keys::numbered>();
    CHECK(names_of(numbered, numbered.primary_key) == words{"number"});
    CHECK(numbered.generated_key() == &numbered.columns[0]);
    CHECK_FALSE(numbered.columns[1].primary_key);
    CHECK_FALSE(numbered.columns[1].generated);
}

TEST_CASE("a composite key keeps the order in which its members are named") {
    auto const& t = table_of<keys::composite>();
    CHECK(names_of(t, t.primary_key) == words{"order", "line"});
    CHECK(t.columns[0].primary_key);
    CHECK_FALSE(t.columns[1].primary_key);
    CHECK(t.columns[2].primary_key);
    CHECK(t.generated_key() == nullptr);
}

TEST_CASE("an id that is no integer is a key that nobody generates") {
    auto const& t = table_of<keys::textual>();
    CHECK(names_of(t, t.primary_key) == words{"id"});
    CHECK(t.generated_key() == nullptr);
}

TEST_CASE("an optional integer id is a generated key") {
    auto const& t = table_of<keys::optional_key>();
    CHECK(t.generated_key() == &t.columns[0]);
    CHECK_FALSE(t.columns[1].primary_key);
}

TEST_CASE("a struct without id and without primary_key<> has no key") {
    CHECK(table_of<keys::keyless>().primary_key.size == 0);
}

// ---- References

namespace tree {

struct wife;
struct node {
    std::int64_t id = 0;
    std::optional<std::int64_t> parent;
};
ROAM_RECORD(node, references<&node::parent, node>(set_null, on_update(cascade)))

struct husband {
    std::int64_t id = 0;
    std::int64_t wife_id = 0;
};
ROAM_RECORD(husband, references<&husband::wife_id, wife>(restrict))

struct wife {
    std::int64_t id = 0;
    std::int64_t husband_id = 0;
};
ROAM_RECORD(wife, references<&wife::husband_id, husband>(on_update(set_default)))

struct shop_order {
    int shop = 0;
    int number = 0;
    std::string code;
};
ROAM_RECORD(shop_order, table("orders"), primary_key<&shop_order::shop, &shop_order::number>(),
            unique<&shop_order::code>())

struct order_line {
    std::int64_t id = 0;
    int order_number = 0;
    int order_shop = 0;
    std::string code;
};
ROAM_RECORD(order_line,
            references<members<&order_line::order_shop, &order_line::order_number>, shop_order>(
                cascade, on_update(restrict)),
            references<members<&order_line::code>, shop_order, members<&shop_order::code>>())

}  // namespace tree

TEST_CASE("a record may refer to itself, and two to each other before both are complete") {
    auto const& node = table_of<tree::node>();
    REQUIRE(node.foreign_keys.size() == 1);
    CHECK(&node.foreign_keys[0].target() == &node);
    CHECK(node.foreign_keys[0].on_delete == reference_action::set_null);
    CHECK(node.foreign_keys[0].on_update == reference_action::cascade);

    auto const& husband = table_of<tree::husband>();
    auto const& wife = table_of<tree::wife>();
    CHECK(&husband.foreign_keys[0].target() == &wife);
    CHECK(&wife.foreign_keys[0].target() == &husband);
    CHECK(husband.foreign_keys[0].on_delete == reference_action::restrict);
    CHECK(wife.foreign_keys[0].on_delete == reference_action::none);
    CHECK(wife.foreign_keys[0].on_update == reference_action::set_default);
}

TEST_CASE("a composite reference pairs its members in order, with the key or with named columns") {
    auto const& t = table_of<tree::order_line>();
    REQUIRE(t.foreign_keys.size() == 2);
    auto const& to_key = t.foreign_keys[0];
    CHECK(names_of(t, to_key.columns) == words{"order_shop", "order_number"});
    CHECK(to_key.target_columns.size == 0);
    CHECK(to_key.on_delete == reference_action::cascade);
    CHECK(to_key.on_update == reference_action::restrict);
    auto const& to_code = t.foreign_keys[1];
    CHECK(names_of(t, to_code.columns) == words{"code"});
    CHECK(names_of(to_code.target(), to_code.target_columns) == words{"code"});
    CHECK(to_code.on_delete == reference_action::none);
}

// ---- Constraints, computed columns, versions, sizes

namespace rules {

struct account {
    std::int64_t id = 0;
    std::string owner;
    std::string bank;
    std::string number;
    std::int32_t revision = 0;
    double total = 0;
    std::string created;
    std::string cache;
    int hits = 0;
};
ROAM_RECORD(account, unique<&account::owner>(),
            unique<&account::bank, &account::number>("one_per_bank"),
            index<&account::number, &account::owner>("by_number"), version<&account::revision>(),
            computed<&account::total, &account::created>(),
            transient<&account::cache, &account::hits>(), check("total >= 0"), check("owner <> ''"))

}  // namespace rules

TEST_CASE("unique<> of one member marks its column, of several only makes the constraint") {
    auto const& t = table_of<rules::account>();
    REQUIRE(t.indexes.size() == 3);
    CHECK(t.indexes[0].unique);
    CHECK(t.indexes[0].name.empty());
    CHECK(names_of(t, t.indexes[0].columns) == words{"owner"});
    CHECK(t.indexes[1].unique);
    CHECK(t.indexes[1].name == "one_per_bank");
    CHECK(names_of(t, t.indexes[1].columns) == words{"bank", "number"});
    CHECK_FALSE(t.indexes[2].unique);
    CHECK(t.indexes[2].name == "by_number");
    CHECK(names_of(t, t.indexes[2].columns) == words{"number", "owner"});
    CHECK(t.columns[1].unique);
    CHECK_FALSE(t.columns[2].unique);
    CHECK_FALSE(t.columns[3].unique);
}

TEST_CASE("computed columns, the version and checks are where they were said to be") {
    auto const& t = table_of<rules::account>();
    CHECK(t.version_column() == &t.columns[4]);
    CHECK(t.columns[5].computed);
    CHECK(t.columns[6].computed);
    CHECK_FALSE(t.columns[0].computed);
    REQUIRE(t.checks.size() == 2);
    CHECK(t.checks[0].sql == "total >= 0");
    CHECK(t.checks[0].name.empty());
    CHECK(t.checks[1].sql == "owner <> ''");
}

TEST_CASE("transient members are no columns") {
    CHECK(names_of(table_of<rules::account>()) ==
          words{"id", "owner", "bank", "number", "revision", "total", "created"});
}

// ---- Embedded structs

namespace parts {

struct point {
    double x = 0;
    double y = 0;
};
ROAM_RECORD(point, embeddable())

struct address {
    std::string street;
    std::optional<std::string> city;
    point where;
};
ROAM_RECORD(address, column<&address::street>("road"))

struct customer {
    std::int64_t id = 0;
    address home;
    address work;
    address invoices;
    int rank = 0;
};
ROAM_RECORD(customer, embedded<&customer::home>(), embedded<&customer::work>("office_"),
            embedded<&customer::invoices>(""), index<&customer::rank>())

struct plain_pair {
    int id = 0;
    int second = 0;
};
struct only_a_pair {
    plain_pair both;
    int id = 0;
};
ROAM_RECORD(only_a_pair, embedded<&only_a_pair::both>())

}  // namespace parts

TEST_CASE("embedded structs are columns with a prefix, however deep, and follow each other") {
    auto const& t = table_of<parts::customer>();
    CHECK(names_of(t) == words{"id", "home_street", "home_city", "home_where_x", "home_where_y",
                               "office_street", "office_city", "office_where_x", "office_where_y",
                               "street", "city", "where_x", "where_y", "rank"});
    CHECK(t.columns[1].member == "home.street");
    CHECK(t.columns[3].member == "home.where.x");
    CHECK(t.columns[12].member == "invoices.where.y");
    CHECK(t.columns[2].nullable);
    CHECK(t.columns[13].type.kind == type_kind::int32);
    CHECK(names_of(t, t.indexes[0].columns) == words{"rank"});
    CHECK(names_of(t, t.primary_key) == words{"id"});
}

TEST_CASE("an embedded struct may come first, and its own id is not the record's key") {
    auto const& t = table_of<parts::only_a_pair>();
    CHECK(names_of(t) == words{"both_id", "both_second", "id"});
    CHECK(names_of(t, t.primary_key) == words{"id"});
    CHECK(t.generated_key() == &t.columns[2]);
}

// ---- A description written by hand

namespace by_hand {

struct note {
    std::int64_t id = 0;
    std::string text;
};
constexpr auto roam_describe(note const*) {
    return roam::mapping::describe<note>(roam::mapping::table_as("notes"),
                                         roam::mapping::column_as<&note::text>("body"));
}

// The words of ROAM_RECORD mean Roam's, whatever the namespace around calls by the same name.
struct length {};
int index(int);
struct row {
    std::int64_t id = 0;
    std::string name;
};
ROAM_RECORD(row, length<&row::name>(5), index<&row::name>())

struct nothing_said {
    std::int64_t id = 0;
};
ROAM_RECORD(nothing_said)

}  // namespace by_hand

TEST_CASE("the function that ROAM_RECORD writes can be written by hand") {
    auto const& t = table_of<by_hand::note>();
    CHECK(t.name == "notes");
    CHECK(names_of(t) == words{"id", "body"});
}

TEST_CASE("names of the surrounding namespace do not get into ROAM_RECORD") {
    auto const& t = table_of<by_hand::row>();
    CHECK(t.columns[1].type.length == 5);
    CHECK(t.indexes.size() == 1);
    CHECK(table_of<by_hand::nothing_said>().name == "nothing_said");
}

TEST_CASE("whether a record is described is part of its table's identity") {
    using conventional = roam::mapping::conventional<library::book>;
    auto const& t = table_of<library::book, conventional>();
    CHECK(&t != &table_of<library::book>());
    CHECK(t.name == "book");
    CHECK(t.columns[3].name == "copies");
    STATIC_REQUIRE(roam::mapping::has_description<library::book>);
    STATIC_REQUIRE_FALSE(roam::mapping::has_description<library::author>);
}

TEST_CASE("a struct can be a record when it is an aggregate that is no value") {
    struct derived_from_text : std::string {};
    class with_constructor {
    public:
        with_constructor() {}
        int id = 0;
    };
    STATIC_REQUIRE(roam::record<library::book>);
    STATIC_REQUIRE_FALSE(roam::record<with_constructor>);
    STATIC_REQUIRE_FALSE(roam::record<int>);
    STATIC_REQUIRE_FALSE(roam::record<std::string>);
    STATIC_REQUIRE_FALSE(roam::record<std::array<char, 4>>);
    STATIC_REQUIRE_FALSE(roam::record<std::vector<library::book>>);
    STATIC_REQUIRE_FALSE(roam::record<std::array<library::book, 2>>);
    STATIC_REQUIRE_FALSE(roam::record<roam::unchecked_text>);
}
