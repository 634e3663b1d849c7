// SPDX-License-Identifier: MIT
// expect: Roam: .*cannot be const
#include <roam/record/update.hpp>

struct book {
    int id = 0;
    int revision = 0;
};
ROAM_RECORD(book, version<&book::revision>())

void write(book const& b) { roam::update(b); }
