// SPDX-License-Identifier: MIT
// expect: Roam: the database computes this column
#include <roam/record/update.hpp>

struct book {
    int id = 0;
    int pages = 0;
    int words = 0;
};
ROAM_RECORD(book, computed<&book::words>())

void write(book& b) { roam::update<&book::pages, &book::words>(b); }
