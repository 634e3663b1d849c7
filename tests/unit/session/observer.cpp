// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/observer.hpp>

#include <stdexcept>
#include <vector>

using namespace roam::test;
using kind = roam::session_event::kind;

namespace {

struct kept : roam::observer {
    struct one {
        std::string sql;
        std::size_t parameters;
        std::int64_t rows;
        bool failed;
        std::uint64_t session;
        bool took_time;
    };
    void statement(roam::statement_event const& e) override {
        all.push_back({std::string{e.sql}, e.parameters, e.rows, e.failed, e.session,
                       e.elapsed > std::chrono::nanoseconds{0}});
    }
    std::vector<one> all;
};

struct throwing : roam::observer {
    void statement(roam::statement_event const&) override { throw std::runtime_error{"statement"}; }
    void session(roam::session_event const&) override { throw std::runtime_error{"session"}; }
};

}  // namespace

TEST_CASE("an observer is told of each statement: its text, rows, time and session, no value") {
    auto const seen = std::make_shared<kept>();
    place const where;
    roam::database_options options;
    options.watch = seen;
    auto const db = where.open(options);
    roam::create_tables<note>(db);
    seen->all.clear();

    auto s = db.lease();
    auto a = roam::insert(note{.text = "a secret"}, s);
    roam::insert(note{.text = "another"}, s);
    CHECK(roam::select<note>().all(s).size() == 2);
    a.count = 7;
    roam::update(a, s);
    CHECK_THROWS_AS(roam::insert(a, roam::keep_key, s), roam::unique_error);

    REQUIRE(seen->all.size() == 5);
    for (auto const& e : seen->all) {
        CHECK(e.session == s.id());
        CHECK(e.took_time);
        CHECK(e.sql.find("secret") == std::string::npos);
    }
    CHECK(seen->all[0].sql.starts_with("INSERT INTO"));
    CHECK(seen->all[0].parameters == 2);
    CHECK(seen->all[2].rows == 2);
    CHECK(seen->all[3].rows == 1);
    CHECK_FALSE(seen->all[3].failed);
    CHECK(seen->all[4].failed);
}

TEST_CASE("an observer sees what transactions send") {
    notes n;
    {
        roam::transaction outer{n.db};
        {
            roam::transaction inner{n.db};
        }
        outer.commit();
    }
    CHECK(n.seen->take() == std::vector<std::string>{"BEGIN IMMEDIATE", "SAVEPOINT roam_1",
                                                     "ROLLBACK TO SAVEPOINT roam_1",
                                                     "RELEASE SAVEPOINT roam_1", "COMMIT"});
}

TEST_CASE("an observer is told of the life of each session") {
    auto const seen = std::make_shared<recorder>();
    place const where;
    roam::database_options options;
    options.watch = seen;
    auto const db = where.open(options);
    db.lease();
    CHECK(seen->take_events() == std::vector{kind::opened, kind::leased, kind::returned});
    {
        roam::session_scope const nothing{db};
    }
    CHECK(seen->take_events().empty());
    db.lease();
    db.close();
    CHECK(seen->take_events() == std::vector{kind::leased, kind::returned, kind::closed});
}

TEST_CASE("what an observer throws breaks nothing") {
    place const where;
    roam::database_options options;
    options.watch = std::make_shared<throwing>();
    auto const db = where.open(options);
    roam::create_tables<note>(db);
    auto const a = roam::insert(note{.text = "a"}, db);
    auto copy = a;
    CHECK_THROWS_AS(roam::insert(copy, roam::keep_key, db), roam::unique_error);
    CHECK(roam::get<note>(a.id, db).text == "a");
}
