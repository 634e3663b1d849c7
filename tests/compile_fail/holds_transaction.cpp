// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session
#include <roam/mapping/record.hpp>
#include <roam/session/transaction.hpp>

struct book {
    int id = 0;
    roam::transaction* inside = nullptr;
};

auto const& t = roam::table_of<book>();
