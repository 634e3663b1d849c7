// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session, lease, range or transaction
#include <roam/roam.hpp>

#include <utility>

struct author {
    int id = 0;
};
using author_stream = decltype(roam::select<author>().stream(std::declval<roam::session&>()));

struct book {
    int id = 0;
    author_stream* others = nullptr;
};

auto const& t = roam::table_of<book>();
