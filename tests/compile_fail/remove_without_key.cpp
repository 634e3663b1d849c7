// SPDX-License-Identifier: MIT
// expect: Roam: this record has no key
#include <roam/record/remove.hpp>

struct line {
    int copies = 0;
};

void forget(line const& l) { roam::remove(l); }
