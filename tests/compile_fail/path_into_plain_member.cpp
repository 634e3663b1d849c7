// SPDX-License-Identifier: MIT
// expect: Roam: this member is not embedded
#include <roam/sql/column.hpp>

struct size {
    int width = 0;
};
struct book {
    int id = 0;
    size cover;
};
ROAM_RECORD(book, transient<&book::cover>())

auto const c = roam::col<&book::cover, &size::width>.tree();
