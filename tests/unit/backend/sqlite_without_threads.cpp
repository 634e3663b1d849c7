// SPDX-License-Identifier: MIT
// A SQLite that was compiled with SQLITE_THREADSAFE=0, as far as Roam can see it: this program's
// functions stand before the library's. Built so, version 3.40.1 was seen to answer these.
#include "one_thread.hpp"
#include <roam/roam.hpp>
#include <roam/threads.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>

#include <sqlite3.h>

extern "C" {
[[gnu::visibility("default")]] int sqlite3_threadsafe() { return 0; }
[[gnu::visibility("default")]] sqlite3_mutex* sqlite3_db_mutex(sqlite3*) {
    return reinterpret_cast<sqlite3_mutex*>(8);
}
}

using namespace roam::test;
using roam::sqlite::threading_mode;

TEST_CASE("a SQLite compiled without threads serves the first thread, and no other") {
    auto const before = roam::sqlite::threading_report();
    CHECK(before.built == threading_mode::single_thread);
    CHECK(before.in_force == threading_mode::single_thread);

    place const where;
    auto const db = where.open({.max_sessions = 4});
    CHECK(db.max_sessions() == 1);
    roam::create_tables<thing>(db);
    CHECK(roam::insert(thing{.count = 1}, db).id == 1);
    CHECK(roam::sqlite::threading_report().in_force == threading_mode::single_thread);

    CHECK(
        is_refused_elsewhere("SQLITE_THREADSAFE=0", [&] { roam::insert(thing{.count = 2}, db); }));
    CHECK(
        is_refused_elsewhere("SQLITE_THREADSAFE=0", [&] { roam::database{where.url()}.lease(); }));
    auto parcel = db.lease().detach();
    CHECK(is_refused_elsewhere("SQLITE_THREADSAFE=0", [&] {
        auto mine = parcel.attach();
        roam::insert(thing{.count = 3}, mine);
    }));
    {
        auto mine = parcel.attach();
        CHECK(roam::select<thing>().count(mine) == 1);
    }

    CHECK_THROWS_AS(roam::database{where.url() + "?threading=serialized"}.lease(),
                    roam::unsupported_error);
}
