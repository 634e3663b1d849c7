// SPDX-License-Identifier: MIT
// The end of a process, and a fork in its middle.
#include "fixture.hpp"

#include <support/child.hpp>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace roam::test;

namespace {

roam::database a_database() { return roam::database{"sqlite::memory:"}; }

/// Says at the very end of the process whether its session was still refused or usable.
struct static_session {
    explicit static_session(roam::database const& db) : session(db.lease()) {}
    roam::session session;
};

}  // namespace

TEST_CASE("hidden: a static database is the first thing made", "[.]") {
    static auto const db = a_database();
    roam::create_tables<note>(db);
    static static_session const held{db};
    roam::set_default_database(db);
    roam::insert(note{.text = "x"});
}

TEST_CASE("hidden: a static database is made after SOCI's own statics", "[.]") {
    soci::session first{*soci::factory_sqlite3(), ":memory:"};
    static auto const db = a_database();
    roam::create_tables<note>(db);
    static static_session const held{db};
}

TEST_CASE("hidden: the default database was asked for before there was one", "[.]") {
    CHECK_THROWS_AS(roam::insert(note{}), roam::no_session_error);
    roam::clear_default_database();
    roam::set_default_database(a_database());
    roam::create_tables<note>(a_database());
}

TEST_CASE("hidden: a static scope and a static transaction are never ended by hand", "[.]") {
    static auto const db = a_database();
    roam::create_tables<note>(db);
    static roam::session_scope const here{db};
    static roam::transaction const tx{db};
    roam::insert(note{.text = "x"});
}

TEST_CASE("static databases, sessions, scopes and defaults end with the process, in any order") {
    CHECK(run_alone("hidden: a static database is the first thing made") == 0);
    CHECK(run_alone("hidden: a static database is made after SOCI's own statics") == 0);
    CHECK(run_alone("hidden: the default database was asked for before there was one") == 0);
    CHECK(run_alone("hidden: a static scope and a static transaction are never ended by hand") ==
          0);
}

TEST_CASE("P20: a forked child opens connections of its own and leaves those of its parent") {
    notes n{2};
    {
        auto const a = n.db.lease();
        auto const b = n.db.lease();
    }
    auto const first = n.db.lease().id();
    int const status = in_a_child([&] {
        auto s = n.db.lease();
        if (s.id() == first) {
            return 1;
        }
        roam::insert(note{.text = "the child's"}, s);
        return roam::select<note>().count(s) == 1 ? 0 : 2;
    });
    CHECK(status == 0);
    CHECK(n.db.lease().id() == first);
    CHECK(roam::select<note>().count(n.db) == 1);
}

TEST_CASE("a forked child cannot use the sessions, scopes and transactions of its parent") {
    notes n{2};
    auto session = std::make_unique<roam::session>(n.db.lease());
    auto scope = std::make_unique<roam::session_scope>(n.db);
    auto tx = std::make_unique<roam::transaction>(n.db);
    roam::insert(note{.text = "the parent's"});
    int const status = in_a_child([&] {
        auto const refused = [](auto work) {
            auto const e = caught<roam::session_closed_error>(work);
            return e && std::string{e->what()}.find("parent process") != std::string::npos;
        };
        if (!refused([&] { session->execute("SELECT 1"); })) {
            return 1;
        }
        if (!refused([&] { roam::insert(note{.text = "the child's"}); })) {
            return 2;
        }
        if (!refused([&] { tx->commit(); })) {
            return 3;
        }
        tx.reset();
        scope.reset();
        session.reset();
        roam::session_scope const own{n.db};
        return roam::select<note>().count() == 0 ? 0 : 4;
    });
    CHECK(status == 0);
    tx->commit();
    CHECK(n.stored() == 1);
    session->execute("SELECT 1");
}
