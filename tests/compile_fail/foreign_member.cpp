// SPDX-License-Identifier: MIT
// expect: Roam: this member pointer belongs to another struct
#include <roam/mapping/record.hpp>

struct author {
    int id = 0;
    int born = 0;
};
struct book {
    int id = 0;
    int copies = 0;
};
ROAM_RECORD(book, index<&author::born>())

auto const& t = roam::table_of<book>();
