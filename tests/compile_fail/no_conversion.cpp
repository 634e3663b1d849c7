// SPDX-License-Identifier: MIT
// expect: Roam: a member's type has no column type; include the header
#include <roam/mapping/record.hpp>

class isbn {
public:
    explicit isbn(int);
};
struct book {
    int id = 0;
    isbn number;
};

auto const& t = roam::table_of<book>();
