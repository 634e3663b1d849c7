// SPDX-License-Identifier: MIT
// expect: Roam: version<> needs an integer member
#include <roam/mapping/record.hpp>

#include <string>

struct book {
    int id = 0;
    std::string revision;
};
ROAM_RECORD(book, version<&book::revision>())

auto const& t = roam::table_of<book>();
