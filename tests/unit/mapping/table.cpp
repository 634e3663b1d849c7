// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/mapping/table.hpp>

#include <support/catch.hpp>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mapping = roam::mapping;
using mapping::type_kind;

namespace {

mapping::column_list list_of(std::initializer_list<std::uint16_t> columns) {
    mapping::column_list list;
    for (auto c : columns)
        list.add(c);
    return list;
}

mapping::table const& writer_table();

mapping::column column_named(std::string_view name, mapping::column_type type) {
    mapping::column c;
    c.name = name;
    c.member = name;
    c.type = type;
    return c;
}

// A description whose parts can be changed one at a time.
struct description {
    std::vector<mapping::column> columns{
        column_named("id", {type_kind::int64}),
        column_named("title", {.kind = type_kind::text, .length = 80}),
        column_named("writer_id", {type_kind::int64}),
    };
    std::vector<mapping::foreign_key> keys{{list_of({2}), &writer_table, {}}};
    std::vector<mapping::index> indexes{{list_of({1}), false, {}}};
    std::vector<mapping::check> checks{{"title <> ''", {}}};
    mapping::table value;

    description() {
        columns[0].primary_key = true;
        columns[0].generated = true;
        value.type = "test::novel";
        value.name = "novel";
    }

    mapping::table const& table() {
        value.columns = columns;
        value.primary_key = list_of({0});
        value.foreign_keys = keys;
        value.indexes = indexes;
        value.checks = checks;
        return value;
    }
};

mapping::table const& writer_table() {
    static mapping::column const columns[] = {column_named("id", {type_kind::int64})};
    static mapping::table const t = [] {
        mapping::table made;
        made.type = "test::writer";
        made.name = "writer";
        made.columns = columns;
        made.primary_key = list_of({0});
        return made;
    }();
    return t;
}

std::string message_of(mapping::table const& t) {
    try {
        mapping::register_description(t);
    } catch (roam::mapping_conflict_error const& e) {
        return e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("equal descriptions have equal hashes, wherever they are stored") {
    description a;
    description b;
    CHECK(mapping::hash_of(a.table()) == mapping::hash_of(b.table()));
    CHECK(mapping::hash_of(a.table()) == mapping::hash_of(a.table()));
}

TEST_CASE("the hash leaves out what does not reach the database") {
    description a;
    description b;
    b.value.type = "elsewhere::novel";
    b.columns[1].member = "name";
    CHECK(mapping::hash_of(a.table()) == mapping::hash_of(b.table()));
}

TEST_CASE("everything that reaches the database changes the hash") {
    struct change {
        char const* what;
        std::function<void(description&)> apply;
    };
    std::vector<change> const changes{
        {"name", [](description& d) { d.value.name = "novels"; }},
        {"schema", [](description& d) { d.value.schema = "shop"; }},
        {"reuse_keys", [](description& d) { d.value.reuse_keys = true; }},
        {"column name", [](description& d) { d.columns[1].name = "name"; }},
        {"column kind", [](description& d) { d.columns[2].type.kind = type_kind::int32; }},
        {"element", [](description& d) { d.columns[1].type.element = type_kind::int8; }},
        {"length", [](description& d) { d.columns[1].type.length = 81; }},
        {"scale", [](description& d) { d.columns[1].type.scale = 1; }},
        {"nullable", [](description& d) { d.columns[1].nullable = true; }},
        {"generated", [](description& d) { d.columns[0].generated = false; }},
        {"computed", [](description& d) { d.columns[1].computed = true; }},
        {"version", [](description& d) { d.columns[2].version = true; }},
        {"unique", [](description& d) { d.columns[1].unique = true; }},
        {"default", [](description& d) { d.columns[1].default_sql = "''"; }},
        {"order of columns", [](description& d) { std::swap(d.columns[1], d.columns[2]); }},
        {"fewer columns", [](description& d) { d.columns.pop_back(); }},
        {"no reference", [](description& d) { d.keys.clear(); }},
        {"action",
         [](description& d) { d.keys[0].on_delete = mapping::reference_action::cascade; }},
        {"index columns", [](description& d) { d.indexes[0].columns.add(2); }},
        {"unique index", [](description& d) { d.indexes[0].unique = true; }},
        {"index name", [](description& d) { d.indexes[0].name = "by_title"; }},
        {"check", [](description& d) { d.checks[0].sql = "title <> '-'"; }},
        {"text moved from one field to the next",
         [](description& d) {
             d.checks[0].sql = "title <> '";
             d.checks[0].name = "'";
         }},
    };
    description original;
    auto const hash = mapping::hash_of(original.table());
    for (auto const& c : changes) {
        INFO(c.what);
        description d;
        c.apply(d);
        CHECK(mapping::hash_of(d.table()) != hash);
    }
}

TEST_CASE("a reference with its target's key spelled out is the same reference") {
    description a;
    description b;
    b.keys[0].target_columns = list_of({0});
    CHECK(mapping::hash_of(a.table()) == mapping::hash_of(b.table()));
}

TEST_CASE("the same description may be registered any number of times, by many threads") {
    description d;
    d.value.type = "test::registered_often";
    auto const& t = d.table();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&t] {
            for (int n = 0; n < 100; ++n)
                mapping::register_description(t);
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(message_of(t).empty());
}

TEST_CASE("one record described as two tables is a conflict that names both and the cure") {
    description a;
    a.value.type = "test::in_two_units";
    mapping::register_description(a.table());

    description b;
    b.value.type = "test::in_two_units";
    b.value.schema = "shop";
    b.value.name = "novels";
    CHECK(message_of(b.table()) ==
          "two translation units describe the record 'test::in_two_units' differently: as table "
          "'novel' and as table 'shop.novels'; put ROAM_RECORD beside the struct, in the header "
          "that defines it, so that every file which sees the struct sees its description");
    CHECK(message_of(a.table()).empty());
}

TEST_CASE("one record with other columns, or other members behind them, is a conflict") {
    description a;
    a.value.type = "test::with_other_columns";
    mapping::register_description(a.table());

    description b;
    b.value.type = "test::with_other_columns";
    b.columns[1].member = "subtitle";
    CHECK_THAT(message_of(b.table()), Catch::Contains("with other columns or constraints"));
}

TEST_CASE("records that only one translation unit can see never conflict") {
    for (std::string_view type :
         {"{anonymous}::novel", "(anonymous namespace)::novel", "test_case()::novel"}) {
        description a;
        a.value.type = type;
        mapping::register_description(a.table());
        description b;
        b.value.type = type;
        b.value.name = "novels";
        CHECK(message_of(b.table()).empty());
    }
}
