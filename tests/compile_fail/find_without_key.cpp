// SPDX-License-Identifier: MIT
// expect: Roam: this record has no key
#include <roam/record/find.hpp>

struct line {
    int copies = 0;
};

auto const found = roam::find<line>(1);
