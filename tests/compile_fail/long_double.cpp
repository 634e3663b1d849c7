// SPDX-License-Identifier: MIT
// expect: Roam: long double has no column type
#include <roam/mapping/record.hpp>

struct book {
    int id = 0;
    long double weight = 0;
};

auto const& t = roam::table_of<book>();
