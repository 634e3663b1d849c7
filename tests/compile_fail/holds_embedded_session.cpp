// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session, lease, range or transaction
#include <roam/mapping/record.hpp>
#include <roam/session/session.hpp>

struct origin {
    roam::session const* loaded_by = nullptr;
};

struct book {
    int id = 0;
    origin from;
};
ROAM_RECORD(book, embedded<&book::from>())

auto const& t = roam::table_of<book>();
