// SPDX-License-Identifier: MIT
// Writes of many records that are done together.
#include "conformance/fixture.hpp"

#include <cstddef>
#include <type_traits>

namespace conformance::batches {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    friend bool operator==(book const&, book const&) = default;
};
ROAM_RECORD(book, unique<&book::title>())

struct page {
    std::int64_t id = 0;
    std::string text;
    int revision = 1;
    friend bool operator==(page const&, page const&) = default;
};
ROAM_RECORD(page, version<&page::revision>())

struct amount {
    std::int64_t id = 0;
    int net = 0;
    int gross = 0;
    int revision = 1;
    friend bool operator==(amount const&, amount const&) = default;
};
ROAM_RECORD(amount, computed<&amount::gross>(), version<&amount::revision>())

using roam::col;

// A temporary would be gone before commit().
template <class T>
concept takes =
    requires(roam::write_batch& writes, T&& record) { writes.insert(static_cast<T&&>(record)); } ||
    requires(roam::write_batch& writes, T&& record) { writes.update(static_cast<T&&>(record)); } ||
    requires(roam::write_batch& writes, T&& record) { writes.remove(static_cast<T&&>(record)); };
static_assert(takes<book&> && takes<book const&> && !takes<book>);

std::vector<book> many(std::size_t count) {
    std::vector<book> books(count);
    for (std::size_t i = 0; i < count; ++i)
        books[i] = {.title = "book " + std::to_string(i), .copies = static_cast<int>(i)};
    return books;
}

std::vector<book> stored(roam::database const& db) {
    return roam::select<book>().order_by(col<&book::id>).all(db);
}

TEST_CASE("a batch writes what was added to it, in that order, when it is committed") {
    store<book, page> db;
    book changed{.title = "A", .copies = 1};
    book gone{.title = "B", .copies = 2};
    page text{.text = "old"};
    roam::insert(changed, db.db);
    roam::insert(gone, db.db);
    roam::insert(text, db.db);

    book fresh{.title = "B", .copies = 7};  // free once the other is gone
    roam::write_batch writes;
    writes.update<&book::copies>(changed);
    writes.remove(gone);
    writes.insert(fresh);
    writes.update(text);
    CHECK(writes.size() == 4);
    CHECK(stored(db).size() == 2);

    changed.copies = 5;  // what the records hold at commit() is written
    changed.title = "not this";
    text.text = "new";
    writes.commit(db.db);
    CHECK(writes.empty());
    CHECK(fresh.id > gone.id);
    CHECK(text.revision == 2);
    CHECK(roam::get<page>(text.id, db.db) == text);
    CHECK(stored(db) == std::vector<book>{{.id = changed.id, .title = "A", .copies = 5}, fresh});

    writes.commit(db.db);  // nothing
    CHECK(stored(db).size() == 2);
}

TEST_CASE("thousands of writes of several kinds are one batch, each record with its own key") {
    store<book> db;
    auto old = many(1300);
    roam::insert(old, db.db);
    std::vector<book> fresh(1300);
    roam::write_batch writes;
    for (std::size_t i = 0; i < old.size(); ++i) {
        old[i].copies += 10'000;
        fresh[i].title = "fresh " + std::to_string(i);
        if (i % 3 == 0)
            writes.remove(old[i]);
        else
            writes.update(old[i]);
        writes.insert(fresh[i]);
    }
    writes.commit(db.db);
    std::vector<book> expected;
    for (std::size_t i = 0; i < old.size(); ++i) {
        if (i % 3 != 0)
            expected.push_back(old[i]);
    }
    expected.insert(expected.end(), fresh.begin(), fresh.end());
    CHECK(stored(db) == expected);
}

TEST_CASE("a record may be written more than once in a batch") {
    store<page> db;
    page p{.text = "A"};
    roam::write_batch writes;
    roam::insert(p, db.db);
    writes.update(p);
    writes.update<&page::text>(p);
    writes.update(p);
    p.text = "B";
    writes.commit(db.db);
    CHECK(p.revision == 4);
    CHECK(roam::get<page>(p.id, db.db) == p);
}

TEST_CASE("a row that is gone or has another version fails the batch, and nothing is written") {
    store<page> db;
    page first{.text = "1"};
    page second{.text = "2"};
    page third{.text = "3"};
    for (auto* each : {&first, &second, &third})
        roam::insert(*each, db.db);
    page theirs = second;
    theirs.text = "theirs";
    roam::update(theirs, db.db);

    page fresh{.text = "fresh"};
    roam::write_batch writes;
    for (auto* each : {&first, &second, &third}) {
        each->text += "!";
        writes.update(*each);
    }
    writes.insert(fresh);
    auto const e = thrown_by<roam::stale_record_error>([&] { writes.commit(db.db); });
    CHECK(contains(e.what(), "page"));
    CHECK(first.revision == 1);
    CHECK(second.revision == 1);
    CHECK(third.revision == 1);
    CHECK(roam::get<page>(first.id, db.db).text == "1");
    CHECK(roam::select<page>().count(db.db) == 3);

    // It keeps its writes, and can be committed once what was wrong is right.
    CHECK(writes.size() == 4);
    roam::refresh(second, db.db);
    second.text = "mine";
    writes.commit(db.db);
    CHECK(roam::get<page>(second.id, db.db) == second);
    CHECK(second.revision == 3);
    CHECK(roam::get<page>(first.id, db.db) == first);
    CHECK(roam::get<page>(fresh.id, db.db) == fresh);
}

TEST_CASE("a broken constraint in the middle of a batch is its own class, and nothing is written") {
    store<book> db;
    auto books = many(20);
    books[13].title = books[4].title;
    roam::write_batch writes;
    for (auto& each : books)
        writes.insert(each);
    thrown_by<roam::unique_error>([&] { writes.commit(db.db); });
    CHECK(stored(db).empty());
    books[13].title = "another";
    writes.commit(db.db);
    CHECK(stored(db) == books);
}

TEST_CASE("a value that cannot be sent fails the batch, and nothing is written") {
    store<book> db;
    auto books = many(20);
    roam::write_batch writes;
    for (auto& each : books)
        writes.insert(each);
    books[13].title = "not UTF-8: \xff";
    thrown_by<roam::conversion_error>([&] { writes.commit(db.db); });
    CHECK(stored(db).empty());
}

TEST_CASE("inside a transaction a batch is a savepoint of it") {
    store<book> db;
    roam::transaction tx{db.db};
    book outer{.title = "outer"};
    roam::insert(outer);
    auto books = many(5);
    books[3].title = "outer";
    roam::write_batch writes;
    for (auto& each : books)
        writes.insert(each);
    thrown_by<roam::unique_error>([&] { writes.commit(); });
    CHECK(roam::select<book>().count() == 1);
    books[3].title = "inner";
    writes.commit();
    CHECK(roam::select<book>().count() == 6);
    tx.commit();
    CHECK(stored(db).size() == 6);
}

TEST_CASE("what the database computes comes back from a batch") {
    roam::test::place where;
    auto const db = where.open();
    ROAM_NEEDS(db, returning);
    std::string const key = on_sqlite()  ? "INTEGER PRIMARY KEY AUTOINCREMENT"
                            : on_mysql() ? "bigint AUTO_INCREMENT PRIMARY KEY"
                                         : "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
    roam::raw("CREATE TABLE amount (id " + key +
              ", net integer NOT NULL, gross integer GENERATED ALWAYS AS (net * 2)" +
              (on_firebird() ? "" : " STORED") + ", revision integer NOT NULL)")
        .run(db);
    std::vector<amount> amounts(3);
    roam::write_batch writes;
    for (int i = 0; auto& each : amounts) {
        each.net = ++i;
        writes.insert(each);
        writes.update<&amount::net>(each);
    }
    writes.commit(db);
    for (auto const& each : amounts) {
        CHECK(each.gross == each.net * 2);
        CHECK(each.revision == 2);
        CHECK(roam::get<amount>(each.id, db) == each);
    }
}

TEST_CASE("a batch tells the observer each of its statements once") {
    roam::test::place where;
    auto const seen = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.max_sessions = 1, .watch = seen});
    roam::create_tables<book>(db);
    auto books = many(7);
    roam::write_batch writes;
    for (auto& each : books)
        writes.insert(each);
    seen->take();
    writes.commit(db);
    std::size_t inserts = 0;
    for (auto const& sql : seen->take())
        inserts += contains(sql, "INSERT");
    CHECK(inserts == 7);
}

}  // namespace conformance::batches
