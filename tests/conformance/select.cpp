// SPDX-License-Identifier: MIT
// select: order, limits, distinct, projections, and the ways to take rows.
#include "conformance/fixture.hpp"

namespace conformance::selecting {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
    friend bool operator==(book const&, book const&) = default;
};

struct summary {
    std::string title;
    int doubled = 0;
    friend bool operator==(summary const&, summary const&) = default;
};

using roam::col;
using titles = std::vector<std::string>;

struct shelf : store<book> {
    std::vector<book> books{{.title = "C", .copies = 1, .year = 1990},
                            {.title = "A", .copies = 2, .year = {}},
                            {.title = "B", .copies = 1, .year = 1980},
                            {.title = "D", .copies = 2, .year = 1970}};
    shelf() { roam::insert(books, db); }
    auto all_titles() const { return roam::select(col<&book::title>); }
};

TEST_CASE("order_by sorts by several expressions, each up or down") {
    shelf s;
    CHECK(s.all_titles().order_by(col<&book::title>).all(s.db) == titles{"A", "B", "C", "D"});
    CHECK(s.all_titles().order_by(col<&book::title>.desc()).all(s.db) ==
          titles{"D", "C", "B", "A"});
    CHECK(s.all_titles().order_by(col<&book::copies>.desc(), col<&book::title>).all(s.db) ==
          titles{"A", "D", "B", "C"});
    CHECK(
        s.all_titles().order_by(col<&book::copies>).order_by(col<&book::title>.desc()).all(s.db) ==
        titles{"C", "B", "D", "A"});
    CHECK(s.all_titles()
              .order_by(roam::desc(col<&book::copies> * 2), col<&book::title>.asc())
              .all(s.db) == titles{"A", "D", "B", "C"});
    CHECK(
        s.all_titles().where(col<&book::year>.is_not_null()).order_by(col<&book::year>).all(s.db) ==
        titles{"D", "B", "C"});
}

TEST_CASE("limit and offset, alone and together") {
    shelf s;
    auto const sorted = s.all_titles().order_by(col<&book::title>);
    CHECK(sorted.limit(2).all(s.db) == titles{"A", "B"});
    CHECK(sorted.offset(3).all(s.db) == titles{"D"});
    CHECK(sorted.limit(2).offset(1).all(s.db) == titles{"B", "C"});
    CHECK(sorted.offset(1).limit(2).all(s.db) == titles{"B", "C"});
    CHECK(sorted.limit(0).all(s.db).empty());
    CHECK(sorted.offset(99).all(s.db).empty());
    CHECK(sorted.limit(99).all(s.db).size() == 4);
    for (std::int64_t page = 0; page < 2; ++page) {  // one statement, other values
        CHECK(sorted.limit(2).offset(page * 2).all(s.db).front() == (page == 0 ? "A" : "C"));
    }
}

TEST_CASE("distinct leaves out rows that are equal") {
    shelf s;
    CHECK(roam::select(col<&book::copies>).distinct().order_by(col<&book::copies>).all(s.db) ==
          std::vector{1, 2});
    CHECK(roam::select(col<&book::copies>).all(s.db).size() == 4);
}

TEST_CASE("a projection becomes one value, a tuple, or a struct") {
    shelf s;
    CHECK(roam::select(col<&book::copies>).where(col<&book::title> == "D").one(s.db) == 2);
    CHECK(roam::select(col<&book::year>).where(col<&book::title> == "A").one(s.db) == std::nullopt);
    auto const pair = roam::select(col<&book::title>, col<&book::copies> * 10)
                          .where(col<&book::title> == "C")
                          .one(s.db);
    CHECK(pair == std::tuple<std::string, int>{"C", 10});
    auto const structs = roam::select(col<&book::title>, col<&book::copies> * 2)
                             .into<summary>()
                             .order_by(col<&book::title>)
                             .all(s.db);
    CHECK(structs == std::vector<summary>{{"A", 4}, {"B", 2}, {"C", 2}, {"D", 4}});
}

TEST_CASE("a whole record comes with every member") {
    shelf s;
    CHECK(roam::select<book>().order_by(col<&book::id>).all(s.db) == s.books);
}

TEST_CASE("one and optional refuse several rows, one refuses none") {
    shelf s;
    auto const named = [](char const* title) {
        return roam::select<book>().where(col<&book::title> == title);
    };
    CHECK(named("A").one(s.db).copies == 2);
    CHECK(named("A").optional(s.db)->copies == 2);
    CHECK_FALSE(named("Z").optional(s.db));
    thrown_by<roam::not_found_error>([&] { named("Z").one(s.db); });
    thrown_by<roam::too_many_rows_error>([&] { roam::select<book>().one(s.db); });
    thrown_by<roam::too_many_rows_error>([&] { roam::select<book>().optional(s.db); });
}

TEST_CASE("first takes the first row of many, or nothing") {
    shelf s;
    CHECK(roam::select<book>().order_by(col<&book::title>).first(s.db)->title == "A");
    CHECK_FALSE(roam::select<book>().where(col<&book::copies> > 9).first(s.db));
}

TEST_CASE("count and exists ask without reading the rows") {
    shelf s;
    CHECK(roam::select<book>().count(s.db) == 4);
    CHECK(roam::select<book>().where(col<&book::copies> == 1).count(s.db) == 2);
    CHECK(roam::select<book>().where(col<&book::copies> == 1).exists(s.db));
    CHECK_FALSE(roam::select<book>().where(col<&book::copies> == 3).exists(s.db));
}

TEST_CASE("a query is a value: kept, copied, run again, and extended without changing it") {
    shelf s;
    auto const few = roam::select<book>().where(col<&book::copies> == 1);
    auto const sorted = few.order_by(col<&book::title>);
    CHECK(few.count(s.db) == 2);
    CHECK(sorted.all(s.db).front().title == "B");
    auto const copy = sorted;
    roam::insert(book{.title = "0", .copies = 1, .year = {}}, s.db);
    CHECK(copy.all(s.db).front().title == "0");
    CHECK(few.count(s.db) == 3);
}

TEST_CASE("a range-for reads everything first: its body may use the session") {
    shelf s;
    roam::session_scope scope{s.db};
    int seen = 0;
    for (auto& b : roam::select<book>().order_by(col<&book::title>)) {
        b.copies += 10;
        roam::update(b);
        roam::insert(book{.title = "copy of " + b.title, .copies = 0, .year = {}});
        ++seen;
    }
    CHECK(seen == 4);
    CHECK(roam::select<book>().where(col<&book::copies> > 10).count() == 4);
}

TEST_CASE("a stream brings the same rows one by one") {
    shelf s;
    roam::session_scope scope{s.db};
    titles seen;
    for (auto const& b : roam::select<book>().order_by(col<&book::title>).stream()) {
        seen.push_back(b.title);
    }
    CHECK(seen == titles{"A", "B", "C", "D"});
    int sum = 0;
    for (auto const& [title, copies] : roam::select(col<&book::title>, col<&book::copies>)
                                           .where(col<&book::copies> > 0)
                                           .stream()) {
        sum += copies;
    }
    CHECK(sum == 6);
    for (auto const& b : roam::select<book>().where(col<&book::copies> > 9).stream()) {
        FAIL("a row that is not there: " << b.title);
    }
}

TEST_CASE("a stream owns what its query binds") {
    shelf s;
    roam::session_scope scope{s.db};
    auto rows = [] {
        std::string const title = "a title that is too long for the small string's own room";
        return roam::select<book>().where(col<&book::title> != title).stream();
    }();
    int seen = 0;
    for ([[maybe_unused]] auto const& b : rows)
        ++seen;
    CHECK(seen == 4);
}

TEST_CASE("a query that no row answers is empty, not an error") {
    store<book> db;
    CHECK(roam::select<book>().all(db.db).empty());
    for (auto const& b : roam::select<book>().where(col<&book::copies> == 1).all(db.db)) {
        FAIL("a row of an empty table: " << b.title);
    }
}

TEST_CASE("a query that is repeated makes room at once for as many rows as it brought") {
    store<book> db;
    std::vector<book> many(1000);
    roam::insert(many, db.db);
    roam::session_scope scope{db.db};
    auto const read = [] { return roam::select<book>().all(); };
    read();
    auto const again = read();
    CHECK(again.size() == 1000);
    CHECK(again.capacity() == 1000);
    roam::remove<book>().where(col<&book::id> != many[5].id).run();
    read();
    auto const few = read();
    CHECK(few.size() == 1);
    CHECK(few.capacity() == 1);
}

TEST_CASE("many rows arrive complete and in order") {
    store<book> db;
    std::vector<book> many(2500);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i] = {.title = std::string(i % 50, 'x'), .copies = static_cast<int>(i), .year = {}};
    }
    roam::insert(many, db.db);
    CHECK(roam::select<book>().order_by(col<&book::copies>).all(db.db) == many);
    roam::session_scope scope{db.db};
    std::size_t at = 0;
    bool same = true;
    for (auto const& b : roam::select<book>().order_by(col<&book::copies>).stream()) {
        same = same && b == many[at++];
    }
    CHECK(same);
    CHECK(at == many.size());
}

}  // namespace conformance::selecting
