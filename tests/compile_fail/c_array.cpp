// SPDX-License-Identifier: MIT
// expect: Roam: a record cannot hold a C array; use roam::fixed_string<N>
#include <roam/mapping/record.hpp>

struct book {
    int id = 0;
    char code[4] = {};
};

auto const& t = roam::table_of<book>();
