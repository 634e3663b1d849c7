// SPDX-License-Identifier: MIT
// What runs after a transaction has ended.
#include "conformance/fixture.hpp"
#include <roam/session/hooks.hpp>
#include <roam/session/retry.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace conformance::hooks {

struct note {
    std::int64_t id = 0;
    std::string text;
};

/// A pool of one connection: a hook that needs one must find it free.
struct notebook {
    roam::test::place where;
    std::shared_ptr<roam::test::recorder> seen = std::make_shared<roam::test::recorder>();
    roam::database db = where.open({.max_sessions = 1, .watch = seen});
    std::vector<std::string> said;

    notebook() { roam::create_tables<note>(db); }

    std::function<void()> say(std::string what) {
        return [this, what = std::move(what)] { said.push_back(what); };
    }
    std::int64_t rows() const { return roam::select<note>().count(db); }
    bool told_of_failure() {
        auto const events = seen->take_events();
        return std::count(events.begin(), events.end(), roam::session_event::kind::hook_failed) ==
               1;
    }
};

using texts = std::vector<std::string>;

TEST_CASE("hooks run after the commit, in the order in which they were said") {
    notebook n;
    roam::transaction tx{n.db};
    roam::after_commit(n.say("one"));
    roam::after_rollback(n.say("never"));
    roam::after_commit(n.say("two"), tx);
    roam::insert(note{.text = "a"});
    CHECK(n.said.empty());
    tx.commit();
    CHECK(n.said == texts{"one", "two"});
    CHECK_THROWS_AS(tx.rollback(), roam::usage_error);
    CHECK(n.said.size() == 2);
}

TEST_CASE("a rollback runs the hooks for it and forgets the others") {
    notebook n;
    {
        roam::transaction tx{n.db};
        roam::after_commit(n.say("never"));
        roam::after_rollback(n.say("by call"));
        tx.rollback();
        CHECK(n.said == texts{"by call"});
    }
    {
        roam::transaction tx{n.db};
        roam::after_rollback(n.say("by destructor"));
    }
    CHECK(n.said == texts{"by call", "by destructor"});
    roam::transaction tx{n.db};
    tx.commit();
    CHECK(n.said.size() == 2);
}

TEST_CASE("what is said in a savepoint waits for the transaction, and goes with the savepoint") {
    notebook n;
    roam::transaction outer{n.db};
    {
        roam::transaction kept;
        roam::after_commit(n.say("kept"));
        roam::after_rollback(n.say("not undone"));
        kept.commit();
    }
    {
        roam::transaction undone;
        roam::after_commit(n.say("forgotten"));
        roam::after_rollback(n.say("undone"));
        {
            roam::transaction inner;
            roam::after_rollback(n.say("undone with the one around it"));
            inner.commit();
        }
        undone.rollback();
    }
    CHECK(n.said == texts{"undone", "undone with the one around it"});
    outer.commit();
    CHECK(n.said == texts{"undone", "undone with the one around it", "kept"});
}

TEST_CASE("a hook may use the database: what it does stands for itself") {
    notebook n;
    {
        roam::transaction tx{n.db};
        roam::after_commit([&] { roam::insert(note{.text = "told"}); });
        roam::after_commit([&] {
            roam::transaction mine{n.db};
            roam::insert(note{.text = "undone by the hook itself"});
        });
        tx.commit();
        CHECK(roam::select<note>().count() == 1);
    }
    {
        roam::transaction tx{n.db};
        roam::insert(note{.text = "undone"});
        roam::after_rollback([&] { roam::insert(note{.text = "why"}, n.db); });
    }
    CHECK(n.rows() == 2);
}

TEST_CASE("each hook runs, whatever the others throw, and the commit is no less done") {
    notebook n;
    roam::transaction tx{n.db};
    roam::insert(note{.text = "stays"});
    roam::after_commit([] { throw std::runtime_error("the queue is full"); });
    roam::after_commit(n.say("second"));
    roam::after_commit([] { throw 7; });
    auto const failed = thrown_by<roam::hook_error>([&] { tx.commit(); });
    CHECK(contains(failed.what(), "the transaction is committed"));
    CHECK(contains(failed.what(), "the queue is full"));
    CHECK(failed.connection_usable());
    CHECK(n.said == texts{"second"});
    CHECK_FALSE(tx.is_open());
    CHECK(n.rows() == 1);
}

TEST_CASE("a hook that throws after a destructor's rollback is told to the observer") {
    notebook n;
    n.seen->take_events();
    {
        roam::transaction tx{n.db};
        roam::after_rollback([] { throw std::runtime_error("nobody listens"); });
    }
    CHECK(n.told_of_failure());
    roam::transaction tx{n.db};
    roam::after_rollback([] { throw std::runtime_error("somebody listens"); });
    auto const failed = thrown_by<roam::hook_error>([&] { tx.rollback(); });
    CHECK(contains(failed.what(), "rolled back"));
}

TEST_CASE("without a transaction that Roam ends itself a hook is refused, not dropped") {
    notebook n;
    CHECK_THROWS_AS(roam::after_commit(n.say("x")), roam::no_session_error);
    CHECK_THROWS_AS(roam::after_commit(n.say("x"), n.db), roam::usage_error);
    roam::session_scope here{n.db};
    CHECK_THROWS_AS(roam::after_commit(n.say("x")), roam::usage_error);
    CHECK_THROWS_AS(roam::after_rollback(nullptr), roam::usage_error);
    here.get().execute(roam::test::begin_sql());
    CHECK_THROWS_AS(roam::after_commit(n.say("x")), roam::usage_error);
    {
        roam::transaction savepoint;
        auto const refused = thrown_by<roam::usage_error>([&] { roam::after_commit(n.say("x")); });
        CHECK(contains(refused.what(), "begun by SQL"));
    }
    here.get().execute("ROLLBACK");
    CHECK(n.said.empty());
}

TEST_CASE("hooks of an attempt that is repeated are forgotten with it") {
    notebook n;
    int attempts = 0;
    roam::transact(n.db, [&] {
        roam::after_commit(n.say("committed by attempt " + std::to_string(++attempts)));
        roam::after_rollback(n.say("undone"));
        if (attempts < 3)
            throw roam::serialization_error("again");
    });
    CHECK(n.said == texts{"undone", "undone", "committed by attempt 3"});
}

TEST_CASE("a hook that throws after transact()'s commit repeats and puts back nothing") {
    notebook n;
    int runs = 0;
    note mine{.text = "a"};
    CHECK_THROWS_AS(roam::transact(n.db, roam::restoring(mine),
                                   [&] {
                                       ++runs;
                                       roam::insert(mine);
                                       roam::after_commit([] { throw std::runtime_error("x"); });
                                   }),
                    roam::hook_error);
    CHECK(runs == 1);
    CHECK(mine.id != 0);
    CHECK(n.rows() == 1);
}

TEST_CASE("a commit that the engine turns into a rollback runs the hooks of a rollback") {
    if (!on_postgresql())
        ROAM_SKIP("only PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK");
    notebook n;
    roam::transaction tx{n.db};
    roam::after_commit(n.say("never"));
    roam::after_rollback(n.say("undone"));
    CHECK_THROWS_AS(roam::raw("SELECT 1 / 0").run(), roam::conversion_error);
    CHECK_THROWS_AS(tx.commit(), roam::transaction_failed_error);
    CHECK(n.said == texts{"undone"});
}

TEST_CASE("a transaction that waits for a stream runs its hooks when the stream ends") {
    notebook n;
    roam::insert(note{.text = "a"}, n.db);
    roam::session_scope here{n.db};
    {
        auto tx = std::make_unique<roam::transaction>(n.db);
        roam::after_rollback(n.say("undone"));
        auto stream = roam::select<note>().stream();
        auto at = stream.begin();
        tx.reset();
        CHECK(n.said.empty());
        CHECK(at->text == "a");
    }
    CHECK(n.said == texts{"undone"});
}

TEST_CASE("a session given back with its transaction open runs the hooks of a rollback") {
    notebook n;
    std::optional<roam::session> s{n.db.lease()};
    auto tx = std::make_unique<roam::transaction>(*s);
    roam::after_rollback([&] { roam::insert(note{.text = "on the same connection"}, n.db); });
    s.reset();
    CHECK(n.rows() == 1);
    tx.reset();
    CHECK(n.rows() == 1);
}

}  // namespace conformance::hooks
