// SPDX-License-Identifier: MIT
// expect: Roam: this record has no key
#include <roam/record/update.hpp>

struct line {
    int copies = 0;
};

void write(line& l) { roam::update(l); }
