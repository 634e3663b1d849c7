// SPDX-License-Identifier: MIT
// expect: Roam: only a plain struct can be embedded
#include <roam/mapping/record.hpp>

struct book {
    int id = 0;
    int copies = 0;
};
ROAM_RECORD(book, embedded<&book::copies>())

auto const& t = roam::table_of<book>();
