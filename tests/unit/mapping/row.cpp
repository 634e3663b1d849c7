// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/error.hpp>
#include <roam/mapping/row.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace roam::test;
using roam::mapping::cell;
using roam::mapping::cell_kind;
using roam::mapping::column_count;
using roam::mapping::column_set;

namespace stock {

struct place {
    std::string hall;
    int shelf = 0;
};

struct goods {
    std::int64_t id = 0;
    std::string name;
    place where;
    std::optional<int> weight;
    int version = 0;
    std::string created;
    std::string note;
    std::chrono::sys_time<std::chrono::nanoseconds> checked{};
};
ROAM_RECORD(goods, table("stock"), embedded<&goods::where>(), version<&goods::version>(),
            computed<&goods::created>(), transient<&goods::note>())

struct delivery {
    int id = 0;
    std::string from;
    std::optional<std::chrono::year_month_day> due;
};

}  // namespace stock

namespace {

using stock::goods;

goods sample() {
    goods g;
    g.id = 7;
    g.name = "nail";
    g.where = {"east", 12};
    g.weight = 3;
    g.version = 4;
    g.created = "monday";
    g.note = "of the program only";
    return g;
}

// What each cell of the set holds, as text.
template <column_set Set>
std::vector<std::string> stored_columns(goods const& g) {
    roam::mapping::scratch memory;
    std::vector<cell> cells(column_count<goods, Set>);
    roam::mapping::store_columns<Set>(g, cells.data(), memory);
    std::vector<std::string> texts;
    for (auto const& c : cells) {
        texts.push_back(c.is_null()                      ? "NULL"
                        : c.kind == cell_kind::text      ? std::string{c.as_text()}
                        : c.kind == cell_kind::timestamp ? "time"
                                                         : std::to_string(c.integer));
    }
    return texts;
}

using words = std::vector<std::string>;

// A row of all columns that loads without complaint.
std::vector<cell> good_row() {
    return {integer_cell(1),
            text_cell("bolt"),
            text_cell("west"),
            integer_cell(2),
            {},
            integer_cell(5),
            text_cell("now"),
            integer_cell(0, cell_kind::timestamp)};
}

std::string complaint_about(std::vector<cell> const& row) {
    goods g;
    try {
        roam::mapping::load_columns<column_set::all>(row.data(), g);
    } catch (roam::conversion_error const& e) {
        return e.what();
    }
    return "loaded";
}

}  // namespace

TEST_CASE("each set of columns is stored in the order of the table") {
    goods const g = sample();
    CHECK(stored_columns<column_set::all>(g) ==
          words{"7", "nail", "east", "12", "3", "4", "monday", "time"});
    CHECK(stored_columns<column_set::sent_by_insert>(g) ==
          words{"nail", "east", "12", "3", "4", "time"});
    CHECK(stored_columns<column_set::sent_with_key>(g) ==
          words{"7", "nail", "east", "12", "3", "4", "time"});
    CHECK(stored_columns<column_set::sent_by_update>(g) ==
          words{"nail", "east", "12", "3", "time"});
    CHECK(stored_columns<column_set::key>(g) == words{"7"});
    CHECK(stored_columns<column_set::version>(g) == words{"4"});
    CHECK(stored_columns<column_set::read_after_insert>(g) == words{"7", "monday"});
    CHECK(stored_columns<column_set::read_after_keyed_insert>(g) == words{"monday"});
    CHECK(stored_columns<column_set::read_after_upsert>(g) == words{"7", "4", "monday"});
}

TEST_CASE("a row fills the record's columns and leaves its transient members alone") {
    goods g = sample();
    roam::mapping::load_columns<column_set::all>(good_row().data(), g);
    CHECK(g.id == 1);
    CHECK(g.name == "bolt");
    CHECK(g.where.hall == "west");
    CHECK(g.where.shelf == 2);
    CHECK_FALSE(g.weight.has_value());
    CHECK(g.version == 5);
    CHECK(g.created == "now");
    CHECK(g.note == "of the program only");
}

TEST_CASE("reading back a set touches no other column") {
    goods g = sample();
    cell const row[] = {integer_cell(99), text_cell("tuesday")};
    roam::mapping::load_columns<column_set::read_after_insert>(row, g);
    CHECK(g.id == 99);
    CHECK(g.created == "tuesday");
    CHECK(g.name == "nail");
    CHECK(g.version == 4);
}

TEST_CASE("a stored record lends its memory") {
    goods const g = sample();
    roam::mapping::scratch memory;
    cell cells[column_count<goods, column_set::all>];
    roam::mapping::store_columns<column_set::all>(g, cells, memory);
    CHECK(cells[1].text == g.name.data());
    CHECK(cells[2].text == g.where.hall.data());
}

TEST_CASE("a value that does not fit names the table's column and the struct's member") {
    auto row = good_row();
    row[1] = cell{};
    CHECK(complaint_about(row) ==
          "stock.name: the column is NULL and stock::goods::name is not a std::optional");

    row = good_row();
    row[3] = text_cell("two");
    CHECK(complaint_about(row) ==
          "stock.where_shelf: the column holds text, which stock::goods::where.shelf cannot take");

    row = good_row();
    row[4] = integer_cell(std::int64_t{1} << 40);
    CHECK(complaint_about(row) ==
          "stock.weight: the column's integer is out of range for stock::goods::weight");

    row = good_row();
    row[7] = text_cell("noon");
    CHECK(complaint_about(row) ==
          "stock.checked: the column's text does not spell a value of stock::goods::checked");

    CHECK(complaint_about(good_row()) == "loaded");
}

TEST_CASE("a value that cannot be stored names the table's column and the struct's member") {
    roam::mapping::scratch memory;
    cell cells[column_count<stock::delivery, column_set::all>];
    stock::delivery const never{.from = "x",
                                .due = std::chrono::year{2023} / std::chrono::February / 29};
    CHECK_THROWS_WITH(roam::mapping::store_columns<column_set::all>(never, cells, memory),
                      Catch::StartsWith("delivery.due (stock::delivery::due): "));
    CHECK_THROWS_AS(roam::mapping::store_columns<column_set::all>(never, cells, memory),
                    roam::conversion_error);
}

TEST_CASE("a message about a value never shows the value") {
    auto row = good_row();
    row[3] = text_cell("a secret");
    row[7] = text_cell("a secret");
    CHECK_THAT(complaint_about(row), !Catch::Contains("secret"));
}

TEST_CASE("a record is rounded as its row will be, embedded structs and all") {
    goods g = sample();
    g.checked += std::chrono::nanoseconds{1'999};
    roam::mapping::normalize_columns(g);
    CHECK(g.checked.time_since_epoch() == std::chrono::microseconds{1});
    CHECK(g.name == "nail");
}
