// SPDX-License-Identifier: MIT
// expect: Roam: .*at most 100 direct members
#include <roam/mapping/record.hpp>

#define TEN(p) int p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7, p##8, p##9;
struct wide {
    TEN(a)
    TEN(b)
    TEN(c)
    TEN(d)
    TEN(e)
    TEN(f)
    TEN(g)
    TEN(h)
    TEN(i)
    TEN(j)
    int one_more;
};

auto const& t = roam::table_of<wide>();
