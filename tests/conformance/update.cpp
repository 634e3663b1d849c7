// SPDX-License-Identifier: MIT
// update, remove and the version column.
#include "conformance/fixture.hpp"

namespace conformance::updating {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<double> price;
    friend bool operator==(book const&, book const&) = default;
};

struct page {
    std::int64_t id = 0;
    std::string text;
    int views = 0;
    int revision = 1;
    friend bool operator==(page const&, page const&) = default;
};
ROAM_RECORD(page, version<&page::revision>())

using roam::col;

TEST_CASE("update writes every member to the row with the record's key") {
    store<book> db;
    book a{.title = "A", .copies = 1, .price = 1.5};
    book b{.title = "B", .copies = 2, .price = {}};
    roam::insert(a, db.db);
    roam::insert(b, db.db);
    a.title = "A2";
    a.copies = -5;
    a.price.reset();
    roam::update(a, db.db);
    CHECK(roam::get<book>(a.id, db.db) == a);
    CHECK(roam::get<book>(b.id, db.db) == b);
}

TEST_CASE("update takes a const record and a temporary") {
    store<book> db;
    book a{.title = "A", .copies = 1, .price = {}};
    roam::insert(a, db.db);
    book const changed{.id = a.id, .title = "changed", .copies = 2, .price = 3.0};
    roam::update(changed, db.db);
    CHECK(roam::get<book>(a.id, db.db) == changed);
    roam::update(book{.id = a.id, .title = "again", .copies = 0, .price = {}}, db.db);
    CHECK(roam::get<book>(a.id, db.db).title == "again");
}

TEST_CASE("update of named members leaves the others as they are in the row") {
    store<book> db;
    book mine{.title = "A", .copies = 1, .price = 1.5};
    roam::insert(mine, db.db);
    book other = mine;
    other.title = "theirs";
    roam::update<&book::title>(other, db.db);
    mine.copies = 9;
    mine.price = 2.5;
    roam::update<&book::copies, &book::price>(mine, db.db);
    auto const row = roam::get<book>(mine.id, db.db);
    CHECK(row.title == "theirs");
    CHECK(row.copies == 9);
    CHECK(row.price == 2.5);
}

TEST_CASE("update with equal values counts its row") {
    store<book> db;
    book a{.title = "A", .copies = 1, .price = {}};
    roam::insert(a, db.db);
    roam::update(a, db.db);
    roam::update<&book::copies>(a, db.db);
    CHECK(
        roam::update<book>().set(col<&book::copies> = 1).where(col<&book::id> == a.id).run(db.db) ==
        1);
}

TEST_CASE("update and remove of a row that is gone are stale_record_error") {
    store<book> db;
    book a{.title = "A", .copies = 1, .price = {}};
    roam::insert(a, db.db);
    roam::remove(a, db.db);
    CHECK(a.title == "A");  // the record itself keeps its values
    thrown_by<roam::stale_record_error>([&] { roam::update(a, db.db); });
    thrown_by<roam::stale_record_error>([&] { roam::update<&book::title>(a, db.db); });
    thrown_by<roam::stale_record_error>([&] { roam::remove(a, db.db); });
    CHECK(roam::select<book>().count(db.db) == 0);
}

TEST_CASE("remove takes away its own row only") {
    store<book> db;
    auto const a = roam::insert(book{.title = "A", .copies = 1, .price = {}}, db.db);
    auto const b = roam::insert(book{.title = "B", .copies = 1, .price = {}}, db.db);
    roam::remove(a, db.db);
    CHECK_FALSE(roam::exists<book>(a.id, db.db));
    CHECK(roam::get<book>(b.id, db.db) == b);
}

TEST_CASE("a version column counts up in the row and in the record") {
    store<page> db;
    page p{.text = "one", .views = 0};
    roam::insert(p, db.db);
    CHECK(p.revision == 1);
    p.text = "two";
    roam::update(p, db.db);
    CHECK(p.revision == 2);
    roam::update<&page::views>(p, db.db);
    CHECK(p.revision == 3);
    CHECK(roam::get<page>(p.id, db.db) == p);
}

TEST_CASE("a record whose version was overtaken changes nothing and says so") {
    store<page> db;
    page mine{.text = "start", .views = 0};
    roam::insert(mine, db.db);
    page theirs = mine;
    theirs.text = "theirs";
    roam::update(theirs, db.db);

    mine.text = "mine";
    auto const before = mine;
    thrown_by<roam::stale_record_error>([&] { roam::update(mine, db.db); });
    thrown_by<roam::stale_record_error>([&] { roam::update<&page::text>(mine, db.db); });
    thrown_by<roam::stale_record_error>([&] { roam::remove(mine, db.db); });
    CHECK(mine == before);
    CHECK(roam::get<page>(mine.id, db.db) == theirs);

    roam::refresh(mine, db.db);
    mine.text = "mine after all";
    roam::update(mine, db.db);
    CHECK(roam::get<page>(mine.id, db.db).text == "mine after all");
    roam::remove(mine, db.db);
    CHECK_FALSE(roam::exists<page>(mine.id, db.db));
}

TEST_CASE("an update that is refused leaves the record's version where it was") {
    store<page> db;
    page p{.text = "start", .views = 0};
    roam::insert(p, db.db);
    p.text = "\xff";  // not UTF-8
    thrown_by<roam::conversion_error>([&] { roam::update(p, db.db); });
    CHECK(p.revision == 1);
    CHECK(roam::get<page>(p.id, db.db).text == "start");
}

TEST_CASE("an update is one statement") {
    roam::test::place where;
    auto const watch = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.watch = watch});
    roam::create_tables<book>(db);
    roam::session_scope scope{db};
    book a{.title = "A", .copies = 1, .price = {}};
    roam::insert(a);
    watch->take();
    roam::update(a);
    roam::update<&book::copies>(a);
    CHECK(watch->take().size() == 2);
}

}  // namespace conformance::updating
