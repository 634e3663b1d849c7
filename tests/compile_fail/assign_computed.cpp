// SPDX-License-Identifier: MIT
// expect: Roam: the database computes this column
#include <roam/sql/column.hpp>

struct book {
    int id = 0;
    int pages = 0;
};
ROAM_RECORD(book, computed<&book::pages>())

auto const c = roam::col<&book::pages> = 5;
