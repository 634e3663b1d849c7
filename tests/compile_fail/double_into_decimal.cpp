// SPDX-License-Identifier: MIT
// expect: Roam: this column and this value have no type in common
#include <roam/mapping/decimal.hpp>
#include <roam/sql/column.hpp>

struct item {
    int id = 0;
    roam::decimal price;
};

auto const c = roam::col<&item::price> < 9.99;
