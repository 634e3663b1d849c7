// SPDX-License-Identifier: MIT
// expect: Roam: update\(\) counts the version up by itself
#include <roam/record/update.hpp>

struct book {
    int id = 0;
    int revision = 0;
};
ROAM_RECORD(book, version<&book::revision>())

void write(book& b) { roam::update<&book::revision>(b); }
