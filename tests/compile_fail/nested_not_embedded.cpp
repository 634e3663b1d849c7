// SPDX-License-Identifier: MIT
// expect: Roam: a member's type has no column type.*say embedded
#include <roam/mapping/record.hpp>

struct size {
    int width = 0;
    int height = 0;
};
struct book {
    int id = 0;
    size cover;
};

auto const& t = roam::table_of<book>();
