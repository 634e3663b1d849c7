// SPDX-License-Identifier: MIT
// expect: Roam: the joined records belong to another database
#include <roam/record/select.hpp>

struct book {
    int id = 0;
};
struct entry {
    int id = 0;
    int book = 0;
};
ROAM_RECORD(entry, database("audit"))

auto const s =
    roam::select<book>().join<entry>(roam::col<&entry::book> == roam::col<&book::id>).tree();
