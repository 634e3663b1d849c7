// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session, lease, range or transaction
#include <roam/mapping/record.hpp>
#include <roam/session/session.hpp>

struct book {
    int id = 0;
    roam::session& loaded_by;
};

auto const& t = roam::table_of<book>();
