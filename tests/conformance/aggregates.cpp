// SPDX-License-Identifier: MIT
// Aggregates, groups and joins.
#include "conformance/fixture.hpp"

#include <limits>

namespace conformance::aggregates {

struct author {
    std::int64_t id = 0;
    std::string name;
};

struct book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
    double price = 0;
};
ROAM_RECORD(book, references<&book::author_id, author>(cascade))

struct total {
    std::string name;
    std::int64_t books = 0;
    std::optional<std::int64_t> copies;
};

using namespace roam;

struct shelf : store<author, book> {
    author lem{.name = "Lem"};
    author butler{.name = "Butler"};
    author nobody{.name = "Nobody"};
    shelf() {
        for (auto* a : {&lem, &butler, &nobody})
            insert(*a, db);
        std::vector<book> books{
            {.author_id = lem.id, .title = "Solaris", .copies = 3, .year = 1961, .price = 10},
            {.author_id = lem.id, .title = "Fiasko", .copies = 1, .year = 1986, .price = 2.5},
            {.author_id = butler.id,
             .title = "Kindred",
             .copies = 3,
             .year = std::nullopt,
             .price = 4}};
        insert(books, db);
    }
};

TEST_CASE("aggregates over all rows") {
    shelf s;
    CHECK(select(count()).from<book>().one(s.db) == 3);
    CHECK(select(count(col<&book::year>)).one(s.db) == 2);
    CHECK(select(count_distinct(col<&book::copies>)).one(s.db) == 2);
    CHECK(select(sum(col<&book::copies>)).one(s.db) == 7);
    CHECK(select(sum(col<&book::price>)).one(s.db) == 16.5);
    CHECK(select(min(col<&book::copies>)).one(s.db) == 1);
    CHECK(select(max(col<&book::title>)).one(s.db) == "Solaris");
    CHECK(select(min(col<&book::year>)).one(s.db) == 1961);
    CHECK(select(avg(col<&book::copies>)).one(s.db).value() == Approx(7.0 / 3));
    CHECK(select(avg(col<&book::price>)).one(s.db) == 5.5);
    CHECK(select(sum(col<&book::copies> * 2)).one(s.db) == 14);
    CHECK(select(sum(col<&book::copies>) + 1).one(s.db) == 8);
}

TEST_CASE("aggregates over no rows are nothing, and counts are 0") {
    store<author, book> db;
    CHECK(select(count()).from<book>().one(db.db) == 0);
    CHECK(select(count(col<&book::year>)).one(db.db) == 0);
    CHECK(select(sum(col<&book::copies>)).one(db.db) == std::nullopt);
    CHECK(select(sum(col<&book::price>)).one(db.db) == std::nullopt);
    CHECK(select(min(col<&book::title>)).one(db.db) == std::nullopt);
    CHECK(select(max(col<&book::copies>)).one(db.db) == std::nullopt);
    CHECK(select(avg(col<&book::copies>)).one(db.db) == std::nullopt);
}

TEST_CASE("count() of a query that is ordered, also by a calculation, counts its rows") {
    shelf s;
    auto const cheap = select<book>().where(col<&book::price> < 1000.0);
    CHECK(cheap.order_by(col<&book::title>).count(s.db) == 3);
    CHECK(cheap.order_by(desc(col<&book::copies> * 2), col<&book::id>).count(s.db) == 3);
}

TEST_CASE("a sum of integers is 64 bits wide, and an error beyond") {
    shelf s;
    update<book>().set(col<&book::copies> = 2'000'000'000).every_row().run(s.db);
    CHECK(select(sum(col<&book::copies>)).one(s.db) == 6'000'000'000);

    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    store<author> big;
    author a{.id = most, .name = "a"};
    author b{.id = most - 1, .name = "b"};
    insert(a, keep_key, big.db);
    insert(b, keep_key, big.db);
    thrown_by<conversion_error>([&] { select(sum(col<&author::id>)).one(big.db); });
}

TEST_CASE("aggregates take a where") {
    shelf s;
    CHECK(select(sum(col<&book::copies>)).where(col<&book::author_id> == s.lem.id).one(s.db) == 4);
    CHECK(select(count()).from<book>().where(col<&book::year>.is_null()).one(s.db) == 1);
}

TEST_CASE("group_by and having") {
    shelf s;
    auto const groups = select(col<&book::author_id>, count(), sum(col<&book::copies>))
                            .group_by(col<&book::author_id>)
                            .order_by(col<&book::author_id>)
                            .all(s.db);
    REQUIRE(groups.size() == 2);
    CHECK(std::get<0>(groups[0]) == s.lem.id);
    CHECK(std::get<1>(groups[0]) == 2);
    CHECK(std::get<2>(groups[0]) == 4);
    CHECK(std::get<2>(groups[1]) == 3);

    auto const big =
        select(col<&book::author_id>).group_by(col<&book::author_id>).having(count() > 1).all(s.db);
    CHECK(big == std::vector{s.lem.id});
    auto const ordered = select(col<&book::author_id>, max(col<&book::price>))
                             .group_by(col<&book::author_id>)
                             .order_by(desc(max(col<&book::price>)))
                             .all(s.db);
    CHECK(std::get<0>(ordered.at(0)) == s.lem.id);
}

TEST_CASE("join brings two tables together, and names never clash") {
    shelf s;
    auto const on = col<&book::author_id> == col<&author::id>;
    auto const rows = select(col<&author::name>, col<&book::title>)
                          .from<book>()
                          .join<author>(on)
                          .order_by(col<&author::name>, col<&book::title>)
                          .all(s.db);
    using row = std::tuple<std::string, std::string>;
    CHECK(rows == std::vector<row>{{"Butler", "Kindred"}, {"Lem", "Fiasko"}, {"Lem", "Solaris"}});

    auto const books = select<book>().join<author>(on).where(col<&author::name> == "Lem").all(s.db);
    CHECK(books.size() == 2);
    CHECK(books[0].author_id == s.lem.id);
    CHECK(select<book>().join<author>(on).where(col<&author::id> == s.butler.id).count(s.db) == 1);
}

TEST_CASE("join, group and struct in one query") {
    shelf s;
    auto const totals = select(col<&author::name>, count(), sum(col<&book::copies>))
                            .from<book>()
                            .join<author>(col<&book::author_id> == col<&author::id>)
                            .group_by(col<&author::name>)
                            .order_by(col<&author::name>)
                            .into<total>()
                            .all(s.db);
    REQUIRE(totals.size() == 2);
    CHECK(totals[1].name == "Lem");
    CHECK(totals[1].books == 2);
    CHECK(totals[1].copies == 4);
}

TEST_CASE("values bound in every clause arrive in the right places") {
    shelf s;
    auto const rows = select(col<&book::copies>, count(), sum(col<&book::price> * 10))
                          .from<book>()
                          .join<author>(col<&book::author_id> == col<&author::id> &&
                                        col<&author::name> != "Nobody")
                          .where(col<&book::price> > 1)
                          .group_by(col<&book::copies>)
                          .having(count() < 5)
                          .order_by(col<&book::copies>.desc())
                          .limit(1)
                          .offset(1)
                          .all(s.db);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == std::tuple<int, std::int64_t, std::optional<double>>{1, 1, 25.0});
}

TEST_CASE("group_by a calculation that holds a parameter, selected and ordered by as well") {
    shelf s;
    auto const odd = col<&book::copies> + 10;
    auto const found = select(odd, count())
                           .where(col<&book::copies> < 10)
                           .group_by(odd)
                           .having(count() > 0)
                           .order_by(odd)
                           .limit(10);
    CHECK(found.all(s.db) == std::vector<std::tuple<int, std::int64_t>>{{11, 1}, {13, 2}});
    CHECK(found.offset(1).all(s.db) == std::vector<std::tuple<int, std::int64_t>>{{13, 2}});
    int rows = 0;
    for (auto const& [sum, books] : found.stream(s.db))
        rows += sum > books;
    CHECK(rows == 2);
}

TEST_CASE("group_by two calculations of one form tells them apart by their values") {
    shelf s;
    auto const by_ten = col<&book::copies> + 10;
    auto const by_five = col<&book::copies> + 5;
    CHECK(select(by_ten, by_five, count())
              .group_by(by_five, by_ten)
              .order_by(desc(by_five))
              .all(s.db) ==
          std::vector<std::tuple<int, int, std::int64_t>>{{13, 8, 2}, {11, 6, 1}});
}

}  // namespace conformance::aggregates
