// SPDX-License-Identifier: MIT
// expect: Roam: an embedded struct is several columns
#include <roam/sql/column.hpp>

struct size {
    int width = 0;
};
struct book {
    int id = 0;
    size cover;
};
ROAM_RECORD(book, embedded<&book::cover>())

auto const c = roam::col<&book::cover>.tree();
