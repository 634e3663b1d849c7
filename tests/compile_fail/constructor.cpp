// SPDX-License-Identifier: MIT
// expect: Roam: a record is a plain aggregate
#include <roam/mapping/record.hpp>

struct book {
    explicit book(int number) : id(number) {}
    int id;
};

auto const& t = roam::table_of<book>();
