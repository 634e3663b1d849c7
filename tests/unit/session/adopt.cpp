// SPDX-License-Identifier: MIT
// Roam on a soci::session that the program opened itself. No sqlite3.h here: it and
// soci-sqlite3.h exclude each other.
#include "fixture.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <string>

using namespace roam::test;

namespace {

std::string pragma(soci::session& sql, std::string const& name) {
    std::string value;
    sql << "SELECT CAST(" << name << " AS TEXT) FROM pragma_" << name, soci::into(value);
    return value;
}

struct theirs {
    theirs() {
        auto s = roam::adopt(sql);
        roam::create_tables<note>(s);
    }
    int stored() {
        int count = -1;
        sql << "SELECT count(*) FROM note", soci::into(count);
        return count;
    }
    soci::session sql{*soci::factory_sqlite3(), ":memory:"};
};

}  // namespace

TEST_CASE("D19: an adopted session keeps its pragmas, and closes without a statement of Roam's") {
    theirs t;
    t.sql << "PRAGMA cache_size = 321";
    auto const keys = pragma(t.sql, "foreign_keys");
    {
        auto s = roam::adopt(t.sql);
        auto a = roam::insert(note{.text = "a"}, s);
        CHECK(roam::get<note>(a.id, s) == a);
        CHECK(pragma(t.sql, "cache_size") == "321");
    }
    CHECK(pragma(t.sql, "cache_size") == "321");
    CHECK(pragma(t.sql, "foreign_keys") == keys);
    CHECK(t.stored() == 1);
    // SOCI's sqlite3_close() fails, and leaks, while a statement lives.
    auto* const backend = static_cast<soci::sqlite3_session_backend*>(t.sql.get_backend());
    CHECK(sqlite_api::sqlite3_next_stmt(backend->conn_, nullptr) == nullptr);
    t.sql.close();
}

TEST_CASE("a transaction that the program began through SOCI is joined as a savepoint") {
    theirs t;
    soci::transaction outer{t.sql};
    t.sql << "INSERT INTO note (text, count) VALUES ('theirs', 0)";
    {
        auto s = roam::adopt(t.sql);
        {
            roam::transaction tx{s};
            roam::insert(note{.text = "kept"}, s);
            tx.commit();
        }
        {
            roam::transaction tx{s};
            roam::insert(note{.text = "undone"}, s);
        }
        CHECK(s.in_transaction());
    }
    CHECK(t.stored() == 2);
    outer.rollback();
    CHECK(t.stored() == 0);
}

TEST_CASE("an adopted session that ends inside a transaction of Roam's rolls back only that") {
    theirs t;
    {
        auto s = std::make_unique<roam::session>(roam::adopt(t.sql));
        roam::transaction tx{*s};
        roam::insert(note{.text = "a"}, *s);
        s.reset();
        CHECK_FALSE(tx.is_open());
    }
    CHECK(t.stored() == 0);
    t.sql.begin();
    t.sql << "INSERT INTO note (text, count) VALUES ('theirs', 0)";
    {
        auto s = std::make_unique<roam::session>(roam::adopt(t.sql));
        roam::transaction tx{*s};
        roam::insert(note{.text = "a"}, *s);
        s.reset();
    }
    t.sql.commit();
    CHECK(t.stored() == 1);
}

TEST_CASE("D19: close() and reconnect() of an adopted session are reported by the next operation") {
    theirs t;
    auto s = roam::adopt(t.sql);
    roam::insert(note{.text = "a"}, s);
    SECTION("close") {
        t.sql.close();
        CHECK_THROWS_AS(roam::insert(note{.text = "b"}, s), roam::session_closed_error);
    }
    SECTION("reconnect") {
        t.sql.reconnect();
        CHECK_THROWS_AS(roam::insert(note{.text = "b"}, s), roam::connection_lost_error);
    }
    CHECK_THROWS_AS(roam::select<note>().all(s), roam::error);
}

TEST_CASE("an adopted session is the caller's current one in a scope, and its context's alone") {
    theirs t;
    auto s = roam::adopt(t.sql);
    {
        roam::session_scope const here{s};
        roam::insert(note{.text = "a"});
    }
    CHECK(t.stored() == 1);
    in_another_thread(
        [&] { CHECK_THROWS_AS(roam::insert(note{.text = "b"}, s), roam::wrong_context_error); });
    CHECK_THROWS_AS(roam::insert(note{.text = "c"}), roam::no_session_error);
}

TEST_CASE("a SOCI session that is closed cannot be adopted") {
    soci::session closed;
    CHECK_THROWS_AS(roam::adopt(closed), std::exception);
    soci::session sql{*soci::factory_sqlite3(), ":memory:"};
    sql.close();
    CHECK_THROWS_AS(roam::adopt(sql), std::exception);
}

TEST_CASE("the SOCI session of a lease works beside Roam in one transaction") {
    notes n{1};
    auto s = n.db.lease();
    {
        roam::transaction tx{s};
        roam::insert(note{.text = "roam"}, s);
        s.soci() << "INSERT INTO note (text, count) VALUES ('soci', 0)";
        tx.commit();
    }
    CHECK(n.stored() == 2);
    {
        roam::transaction tx{s};
        s.soci() << "INSERT INTO note (text, count) VALUES ('soci', 0)";
        CHECK(roam::select<note>().count(s) == 3);
    }
    CHECK(n.stored() == 2);
}
