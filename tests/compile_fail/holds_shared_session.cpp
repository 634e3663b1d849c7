// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session, lease, range or transaction
#include <roam/mapping/record.hpp>
#include <roam/session/session.hpp>

#include <memory>

struct book {
    int id = 0;
    std::shared_ptr<roam::session> loaded_by;
};

auto const& t = roam::table_of<book>();
