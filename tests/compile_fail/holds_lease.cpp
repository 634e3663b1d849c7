// SPDX-License-Identifier: MIT
// expect: Roam: a record never holds a session, lease, range or transaction
#include <roam/mapping/record.hpp>
#include <roam/session/session.hpp>

#include <optional>

struct book {
    int id = 0;
    std::optional<roam::session> lease;
};
ROAM_RECORD(book, transient<&book::lease>())

auto const& t = roam::table_of<book>();
