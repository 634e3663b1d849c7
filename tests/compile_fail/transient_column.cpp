// SPDX-License-Identifier: MIT
// expect: Roam: a transient member has no column
#include <roam/sql/column.hpp>

struct book {
    int id = 0;
    int cached = 0;
};
ROAM_RECORD(book, transient<&book::cached>())

auto const c = roam::col<&book::cached>.tree();
