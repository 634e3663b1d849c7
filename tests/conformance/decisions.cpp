// SPDX-License-Identifier: MIT
// Decisions about keys, loops, scopes and plans, each a way in which data would be lost or mixed
// up.
#include "conformance/fixture.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

namespace conformance::decisions {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    friend bool operator==(book const&, book const&) = default;
};

struct reused {
    std::int64_t id = 0;
    std::string title;
};
ROAM_RECORD(reused, reuse_keys())

using roam::col;

std::vector<book> three_books() {
    return {{.title = "A", .copies = 1}, {.title = "B", .copies = 1}, {.title = "C", .copies = 1}};
}

// ---- D1

TEST_CASE("D1: the body of a plain loop may write, though another session has committed since") {
    store<book> db;
    auto books = three_books();
    roam::insert(books, db.db);
    roam::session_scope scope{db.db};
    int seen = 0;
    for (auto& b : roam::select<book>().order_by(col<&book::id>)) {
        std::thread{[&] { roam::raw("UPDATE book SET title = title || '!'").run(db.db); }}.join();
        b.copies = 2;
        roam::update<&book::copies>(b);
        ++seen;
    }
    CHECK(seen == 3);
    CHECK(roam::select<book>().where(col<&book::copies> == 2).count() == 3);
}

TEST_CASE("D1: a plain loop holds no session while its body runs") {
    roam::test::place where;
    auto const db = where.open(1);
    roam::create_tables<book>(db);
    auto books = three_books();
    roam::insert(books, db);
    for (auto const& b : roam::select<book>().all(db)) {
        CHECK(db.counts().in_use == 0);
        roam::update(book{b.id, b.title, 5}, db);
    }
    CHECK(roam::select<book>().where(col<&book::copies> == 5).count(db) == 3);
}

TEST_CASE("D1: while a stream is open any other statement on its session is refused") {
    store<book> db;
    auto books = three_books();
    roam::insert(books, db.db);
    roam::session_scope scope{db.db};
    int seen = 0;
    for (auto const& b : roam::select<book>().stream()) {
        thrown_by<roam::session_busy_error>([&] { roam::update(b); });
        thrown_by<roam::session_busy_error>([&] { roam::select<book>().count(); });
        ++seen;
    }
    CHECK(seen == 3);  // no row was dropped
    {
        auto rows = roam::select<book>().stream();
        auto const first = rows.begin();
        CHECK_FALSE(first->title.empty());
        thrown_by<roam::session_busy_error>([&] { roam::exists<book>(1); });
    }
    CHECK(roam::select<book>().count() == 3);
}

// ---- D3

TEST_CASE("D3: an insert that was rolled back can be repeated and meets nobody") {
    store<book> db;
    book mine{.title = "mine", .copies = 1};
    {
        roam::transaction tx{db.db};
        roam::insert(mine);
    }
    CHECK(mine.id != 0);  // of the row that is gone
    auto const theirs = roam::insert(book{.title = "theirs", .copies = 1}, db.db);
    roam::insert(mine, db.db);
    CHECK(mine.id != theirs.id);
    CHECK(roam::get<book>(theirs.id, db.db) == theirs);
    CHECK(roam::get<book>(mine.id, db.db) == mine);

    std::vector<book> many = three_books();
    for (auto& b : many)
        b.id = theirs.id;
    roam::insert(many, db.db);
    CHECK(roam::select<book>().count(db.db) == 5);
}

// ---- D4

TEST_CASE("D4: a key is never used twice, so a stale copy cannot overwrite a new row") {
    store<book> db;
    auto const stale = roam::insert(book{.title = "old", .copies = 1}, db.db);
    roam::remove(stale, db.db);
    auto const fresh = roam::insert(book{.title = "new", .copies = 2}, db.db);
    CHECK(fresh.id != stale.id);
    thrown_by<roam::stale_record_error>([&] { roam::update(stale, db.db); });
    thrown_by<roam::stale_record_error>([&] { roam::remove(stale, db.db); });
    CHECK(roam::get<book>(fresh.id, db.db) == fresh);
}

TEST_CASE("D4: not even after the table was emptied and the database opened again") {
    roam::test::place where;
    std::int64_t last = 0;
    {
        auto const db = where.open(1);
        roam::create_tables<book>(db);
        auto books = three_books();
        roam::insert(books, db);
        last = books.back().id;
        roam::remove<book>().every_row().run(db);
    }
    auto const db = where.open(1);
    CHECK(roam::insert(book{.title = "new", .copies = 0}, db).id > last);
}

TEST_CASE("D4: reuse_keys gives a removed key again on SQLite, as was asked for") {
    store<reused> db;
    auto const first = roam::insert(reused{.title = "a"}, db.db);
    roam::remove(first, db.db);
    auto const second = roam::insert(reused{.title = "b"}, db.db);
    CHECK((second.id == first.id) == on_sqlite());
}

// ---- D5

TEST_CASE("D5: a scope leases nothing before its first operation, and one session after it") {
    store<book> db;
    auto const before = db.db.counts().in_use;
    roam::session_scope scope{db.db};
    CHECK(db.db.counts().in_use == before);
    CHECK(roam::select<book>().count() == 0);
    CHECK(db.db.counts().in_use == before + 1);
    CHECK(roam::select<book>().count() == 0);
    CHECK(db.db.counts().in_use == before + 1);
}

TEST_CASE("D5: a scope or transaction inside another joins it, with a pool of one") {
    roam::test::place where;
    auto const db =
        where.open({.max_sessions = 1, .acquire_timeout = std::chrono::milliseconds{200}});
    roam::create_tables<book>(db);
    roam::session_scope outer{db};
    roam::insert(book{.title = "outer", .copies = 0});
    {
        roam::session_scope inner{db};
        CHECK(roam::select<book>().count() == 1);
        roam::transaction tx{db};
        roam::insert(book{.title = "in the transaction", .copies = 0});
        {
            roam::session_scope deepest{db};
            CHECK(roam::select<book>().count() == 2);  // sees what the transaction wrote
            CHECK(roam::select<book>().count(db) == 2);
        }
    }
    CHECK(roam::select<book>().count() == 1);
    CHECK(db.counts().opened == 1);
}

TEST_CASE("D5: a separate scope has a session of its own") {
    store<book> db;
    roam::transaction tx{db.db};
    roam::insert(book{.title = "not yet", .copies = 0});
    {
        roam::session_scope own{db.db, roam::separate};
        CHECK(roam::select<book>().count() == 0);
    }
    CHECK(roam::select<book>().count() == 1);
}

// ---- D11 and D33

TEST_CASE("D11: rows are counted where they matched, changed or not") {
    store<book> db;
    auto books = three_books();
    roam::insert(books, db.db);
    roam::update(books[0], db.db);  // equal values
    CHECK(roam::raw("UPDATE book SET copies = copies").run(db.db) == 3);
    CHECK(roam::raw("UPDATE book SET copies = 7 WHERE copies = 8").run(db.db) == 0);
}

TEST_CASE("D33: sqlite:name is relative, sqlite:/name absolute, sqlite:////name absolute too") {
    if (!on_sqlite())
        ROAM_SKIP("only SQLite's URLs name files");
    namespace fs = std::filesystem;
    std::string pattern = (fs::temp_directory_path() / "roam_url_XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    fs::path const folder{pattern};
    auto const before = fs::current_path();
    fs::current_path(folder);
    auto const creates = [&](std::string const& url, char const* name) {
        roam::create_tables<book>(roam::database{url});
        return fs::remove(folder / name);
    };
    CHECK(creates("sqlite:relative.db", "relative.db"));
    CHECK(creates("sqlite:///relative2.db", "relative2.db"));
    CHECK(creates("sqlite:" + (folder / "absolute.db").string(), "absolute.db"));
    CHECK(creates("sqlite:///" + (folder / "absolute2.db").string(), "absolute2.db"));
    CHECK(creates("sqlite:with%20space.db", "with space.db"));
    fs::current_path(before);
    fs::remove_all(folder);
}

// ---- D36

TEST_CASE(
    "D36: a table that another session changed is read again, silently, outside a transaction") {
    store<book> db;
    roam::insert(book{.title = "A", .copies = 1}, db.db);
    roam::session_scope scope{db.db};
    CHECK(roam::select<book>().all().size() == 1);
    CHECK(
        roam::raw<std::tuple<std::int64_t, std::string, int>>("SELECT * FROM book").all().size() ==
        1);
    std::thread{[&] {
        roam::session other = db.db.lease();
        other.execute("ALTER TABLE book ADD printed integer");
    }}.join();
    CHECK(roam::select<book>().all().size() == 1);
    CHECK(roam::raw<book>("SELECT * FROM book").all().size() == 1);
    CHECK(roam::raw<std::tuple<std::int64_t, std::string, int, std::optional<int>>>(
              "SELECT * FROM book")
              .all()
              .size() == 1);
    roam::insert(book{.title = "B", .copies = 1});
    CHECK(roam::select<book>().count() == 2);
}

TEST_CASE("D36: inside a transaction a stale plan is statement_invalidated_error") {
    if (on_sqlite())
        ROAM_SKIP("SQLite prepares again by itself, also inside a transaction");
    store<book> db;
    roam::session_scope scope{db.db};
    auto const all = roam::raw<book>("SELECT * FROM book");
    for (int i = 0; i < 3; ++i)
        all.all();
    std::thread{[&] {
        roam::session other = db.db.lease();
        other.execute("ALTER TABLE book ADD printed integer");
    }}.join();
    {
        roam::transaction tx{db.db};
        auto const e = thrown_by<roam::statement_invalidated_error>([&] { all.all(); });
        // Firebird's engine has refused nothing: the client sees the further column before it asks.
        CHECK(e.transaction_usable() == on_firebird());
        CHECK(e.connection_usable());
    }
    CHECK(all.all().empty());
}

TEST_CASE("D36: after DISCARD ALL statements are prepared again") {
    if (!on_postgresql())
        ROAM_SKIP("DISCARD is PostgreSQL's");
    if (roam::test::over_pooler())
        ROAM_SKIP("a pooler's session is not the client's to discard");
    store<book> db;
    roam::session s = db.db.lease();
    for (int i = 0; i < 3; ++i)
        CHECK(roam::select<book>().count(s) == 0);
    s.execute("DISCARD ALL");
    // The search path of the test's own schema was in the URL, so it is back after DISCARD.
    for (int i = 0; i < 3; ++i)
        CHECK(roam::select<book>().count(s) == 0);
    roam::insert(book{.title = "A", .copies = 1}, s);
    CHECK(roam::select<book>().count(s) == 1);
}

}  // namespace conformance::decisions
