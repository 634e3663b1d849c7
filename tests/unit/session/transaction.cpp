// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/transaction.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace roam::test;

namespace {

using texts = std::vector<std::string>;

void add(std::string const& text) { roam::insert(note{.text = text}); }

texts all_texts(notes& n) {
    texts found;
    for (auto const& each :
         roam::select<note>().order_by(roam::col<&note::id>).all(n.where.open(1))) {
        found.push_back(each.text);
    }
    return found;
}

}  // namespace

TEST_CASE("a transaction rolls back unless it is committed") {
    notes n{1};
    {
        roam::transaction tx{n.db};
        add("kept");
        tx.commit();
        CHECK_FALSE(tx.is_open());
    }
    {
        roam::transaction const tx{n.db};
        add("undone by the brace");
        CHECK(tx.is_open());
    }
    try {
        roam::transaction const tx{n.db};
        add("undone by an exception");
        throw std::runtime_error{"out"};
    } catch (std::runtime_error const&) {
    }
    {
        roam::transaction tx{n.db};
        add("undone by rollback()");
        tx.rollback();
        CHECK_FALSE(tx.is_open());
        add("after the rollback");  // its session is current to the brace
    }
    CHECK(all_texts(n) == texts{"kept", "after the rollback"});
    CHECK(n.db.counts().idle == 1);
}

TEST_CASE("a writing transaction is IMMEDIATE on SQLite, so that two wait instead of failing") {
    notes n{1};
    {
        roam::transaction tx{n.db};
        tx.commit();
    }
    CHECK(n.seen->take() == texts{"BEGIN IMMEDIATE", "COMMIT"});
}

TEST_CASE("a transaction inside another is a savepoint of its own") {
    notes n{1};
    {
        roam::transaction outer{n.db};
        add("outer");
        {
            roam::transaction inner{n.db};
            add("inner, kept");
            inner.commit();
        }
        {
            roam::transaction inner;  // on the current session
            add("inner, undone");
            {
                roam::transaction innermost;
                add("innermost, committed into what is undone");
                innermost.commit();
            }
        }
        add("outer again");
        outer.commit();
    }
    CHECK(all_texts(n) == texts{"outer", "inner, kept", "outer again"});
    auto const sent = n.seen->take();
    CHECK(std::count(sent.begin(), sent.end(), "BEGIN IMMEDIATE") == 1);
    CHECK(std::count(sent.begin(), sent.end(), "SAVEPOINT roam_1") == 2);
    CHECK(std::count(sent.begin(), sent.end(), "SAVEPOINT roam_2") == 1);
}

TEST_CASE("what an outer transaction undoes stays undone though the inner one was committed") {
    notes n{1};
    {
        roam::transaction const outer{n.db};
        roam::transaction inner{n.db};
        add("never");
        inner.commit();
    }
    CHECK(all_texts(n).empty());
}

TEST_CASE("a transaction that is over refuses to be ended again") {
    notes n{1};
    roam::transaction tx{n.db};
    tx.commit();
    CHECK_THROWS_AS(tx.commit(), roam::usage_error);
    CHECK_THROWS_AS(tx.rollback(), roam::usage_error);
    roam::transaction undone{n.db};
    undone.rollback();
    CHECK_THROWS_AS(undone.rollback(), roam::usage_error);
    CHECK_THROWS_AS(undone.commit(), roam::usage_error);
}

TEST_CASE("an outer transaction cannot be committed while one inside it is open") {
    notes n{1};
    roam::transaction outer{n.db};
    add("outer");
    roam::transaction inner{n.db};
    CHECK_THROWS_AS(outer.commit(), roam::usage_error);
    CHECK(outer.is_open());
    inner.commit();
    outer.commit();
    CHECK(all_texts(n) == texts{"outer"});
}

TEST_CASE("transactions that end in the wrong order take along what is inside them") {
    notes n{1};
    roam::session_scope const here{n.db};
    auto outer = std::make_unique<roam::transaction>(n.db);
    auto inner = std::make_unique<roam::transaction>(n.db);
    add("undone");
    outer.reset();
    CHECK_FALSE(inner->is_open());

    // A new one at the same level is not the inner one's to commit or to undo.
    roam::transaction next{n.db};
    roam::transaction nested{n.db};
    add("kept");
    CHECK_THROWS_AS(inner->commit(), roam::usage_error);
    inner.reset();
    CHECK(nested.is_open());
    nested.commit();
    next.commit();
    CHECK(all_texts(n) == texts{"kept"});
    CHECK(n.db.counts().opened == 1);
}

TEST_CASE("a transaction on a session is a savepoint when SQL has begun one there before") {
    notes n{1};
    auto s = n.db.lease();
    s.execute("BEGIN");
    roam::insert(note{.text = "by hand"}, s);
    {
        roam::transaction tx{s};
        roam::insert(note{.text = "kept"}, s);
        tx.commit();
        roam::transaction const undone{s};
        roam::insert(note{.text = "undone"}, s);
    }
    CHECK(s.in_transaction());
    s.execute("COMMIT");
    CHECK(all_texts(n) == texts{"by hand", "kept"});
}

TEST_CASE("a read-only transaction refuses to write, and the next one writes") {
    notes n{1};
    {
        roam::transaction tx{n.db, {.read_only = true}};
        CHECK(roam::select<note>().count() == 0);
        CHECK_THROWS_AS(add("refused"), roam::permission_error);
        CHECK_THROWS_AS(roam::raw("DELETE FROM note").run(), roam::permission_error);
        tx.commit();
    }
    {
        roam::transaction const tx{n.db, {.read_only = true}};
        CHECK_THROWS_AS(add("refused"), roam::permission_error);
    }
    {
        roam::transaction tx{n.db};
        add("written");
        tx.commit();
    }
    roam::insert(note{.text = "written too"}, n.db);
    CHECK(all_texts(n) == texts{"written", "written too"});
}

TEST_CASE("a read-only transaction inside a writing one refuses to write until it ends") {
    notes n{1};
    {
        roam::transaction outer{n.db};
        add("before");
        for (bool const commit : {true, false}) {
            roam::transaction inner{n.db, {.read_only = true}};
            CHECK_THROWS_AS(add("refused"), roam::permission_error);
            roam::transaction deeper{n.db, {.read_only = true}};
            CHECK_THROWS_AS(add("refused"), roam::permission_error);
            deeper.rollback();
            CHECK_THROWS_AS(add("refused"), roam::permission_error);
            if (commit) {
                inner.commit();
            }
        }
        add("after");
        outer.commit();
    }
    CHECK(all_texts(n) == texts{"before", "after"});
}

TEST_CASE("a read-only transaction inside a writing one leaves nothing behind in the pool") {
    notes n{1};
    {
        auto s = n.db.lease();
        auto outer = std::make_unique<roam::transaction>(s);
        auto inner = std::make_unique<roam::transaction>(s, roam::transaction_options{true});
        {
            auto const gone = std::move(s);
        }
    }
    roam::insert(note{.text = "written"}, n.db);
    CHECK(n.stored() == 1);
}

TEST_CASE("SQLite takes any isolation level, since it is always serializable") {
    notes n{1};
    using enum roam::isolation_level;
    for (auto const level : {read_uncommitted, read_committed, repeatable_read, serializable}) {
        roam::transaction tx{n.db, {.isolation = level, .deferrable = true}};
        roam::transaction inner{n.db, {.isolation = serializable}};
        add("written");
        inner.commit();
        tx.commit();
    }
    CHECK(n.stored() == 4);
}

TEST_CASE("a COMMIT that fails ends the transaction, and what is left is rolled back") {
    notes n{1};
    {
        auto s = n.db.lease();
        s.execute(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
            "CREATE TABLE child (id INTEGER PRIMARY KEY,"
            " parent_id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
    }
    roam::session_scope const here{n.db};
    roam::transaction tx{n.db};
    roam::raw("INSERT INTO child VALUES (1, 99)").run();
    CHECK_THROWS_AS(tx.commit(), roam::foreign_key_error);
    CHECK_FALSE(tx.is_open());
    CHECK_THROWS_AS(tx.commit(), roam::usage_error);
    add("outside of any transaction");
    CHECK(all_texts(n) == texts{"outside of any transaction"});
}

TEST_CASE("after the engine ended a transaction by itself every call fails until the rollback") {
    notes n{1};
    auto const a = roam::insert(note{.text = "a"}, n.db);
    roam::session_scope const here{n.db};
    roam::transaction tx{n.db};
    add("lost with the transaction");
    auto const e = caught<roam::unique_error>([&] {
        roam::raw("INSERT OR ROLLBACK INTO note (id, text, count) VALUES (?, 'b', 0)", a.id).run();
    });
    REQUIRE(e);
    CHECK_FALSE(e->transaction_usable());
    CHECK_THROWS_AS(add("refused"), roam::transaction_failed_error);
    CHECK_THROWS_AS(roam::select<note>().all(), roam::transaction_failed_error);
    CHECK_THROWS_AS(roam::transaction{n.db}, roam::transaction_failed_error);
    SECTION("commit() says that nothing was committed, and is the end") {
        CHECK_THROWS_AS(tx.commit(), roam::transaction_failed_error);
        CHECK_FALSE(tx.is_open());
    }
    SECTION("rollback() ends it") { tx.rollback(); }
    add("works again");
    CHECK(all_texts(n) == texts{"a", "works again"});
}

TEST_CASE("a transaction destroyed under an open stream is rolled back when the stream ends") {
    notes n{1};
    roam::insert(note{.text = "a"}, n.db);
    roam::session_scope const here{n.db};
    using stream = decltype(roam::select<note>().stream());
    std::optional<stream> rows;
    {
        roam::transaction const outer{n.db};
        add("undone");
        roam::transaction const inner{n.db};
        rows.emplace(roam::select<note>().stream());
    }
    CHECK_THROWS_AS(add("refused"), roam::session_busy_error);
    rows.reset();
    add("outside");
    CHECK(all_texts(n) == texts{"a", "outside"});
}

TEST_CASE("an outer session given back ends its transactions, which notice") {
    notes n{1};
    auto s = std::make_unique<roam::session>(n.db.lease());
    roam::transaction tx{*s};
    roam::insert(note{.text = "undone"}, *s);
    s.reset();
    CHECK_FALSE(tx.is_open());
    CHECK_THROWS_AS(tx.commit(), roam::session_closed_error);
    CHECK(all_texts(n).empty());
}

TEST_CASE("records keep their keys through a rollback and are inserted anew") {
    notes n{1};
    note a{.text = "a"};
    {
        roam::transaction const tx{n.db};
        roam::insert(a);
    }
    auto const first = a.id;
    CHECK(first != 0);
    roam::insert(note{.text = "somebody else"}, n.db);
    roam::insert(a, n.db);
    CHECK(n.stored() == 2);
    CHECK(roam::get<note>(a.id, n.db).text == "a");
}
