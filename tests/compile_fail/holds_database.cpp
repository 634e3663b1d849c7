// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session
#include <roam/mapping/record.hpp>
#include <roam/session/database.hpp>

struct book {
    int id = 0;
    roam::database home;
};
ROAM_RECORD(book, transient<&book::home>())

auto const& t = roam::table_of<book>();
