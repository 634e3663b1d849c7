// SPDX-License-Identifier: MIT
// Conditions: every operator, their precedence, NULL, lists, and conditions made at run time.
#include "conformance/fixture.hpp"

namespace conformance::conditions {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
    std::optional<std::string> genre;
    double price = 0;
    bool lent = false;
};

using roam::col;

/// Keys are not 1..n by contract, so the tests speak of titles.
struct shelf : store<book> {
    shelf() {
        std::vector<book> books{
            {.title = "A", .copies = 1, .year = 1950, .genre = "novel", .price = 1.5, .lent = true},
            {.title = "B", .copies = 2, .year = std::nullopt, .genre = "essay", .price = 2.5},
            {.title = "C", .copies = 3, .year = 1970, .genre = std::nullopt, .price = 3.5},
            {.title = "D_%",
             .copies = 4,
             .year = 1980,
             .genre = "novel",
             .price = 4.5,
             .lent = true},
            {.title = "", .copies = -5, .year = std::nullopt, .genre = std::nullopt, .price = -1},
        };
        roam::insert(books, db);
    }
    template <class Condition>
    std::string titles(Condition const& c) const {
        std::string all;
        for (auto const& t :
             roam::select(col<&book::title>).where(c).order_by(col<&book::copies>).all(db)) {
            all += t.empty() ? "-" : t.substr(0, 1);
        }
        return all;
    }
};

TEST_CASE("comparisons mean in SQL what they mean in C++") {
    shelf s;
    CHECK(s.titles(col<&book::copies> == 3) == "C");
    CHECK(s.titles(col<&book::copies> != 3) == "-ABD");
    CHECK(s.titles(col<&book::copies> < 2) == "-A");
    CHECK(s.titles(col<&book::copies> <= 2) == "-AB");
    CHECK(s.titles(col<&book::copies> > 2) == "CD");
    CHECK(s.titles(col<&book::copies> >= 2) == "BCD");
    CHECK(s.titles(col<&book::title> == "A") == "A");
    CHECK(s.titles(col<&book::title> == "") == "-");
    CHECK(s.titles(col<&book::title> > "B") == "CD");
    CHECK(s.titles(col<&book::price> > 2.5) == "CD");
    CHECK(s.titles(col<&book::lent> == true) == "AD");
    CHECK(s.titles(col<&book::lent> != true) == "-BC");
}

TEST_CASE("an integer column compared with another number is compared by value, never cut") {
    shelf s;
    CHECK(s.titles(col<&book::copies> < 2.5) == "-AB");
    CHECK(s.titles(col<&book::copies> > 5'000'000'000) == "");
    CHECK(s.titles(col<&book::copies> < 5'000'000'000) == "-ABCD");
    CHECK(s.titles(col<&book::copies> == 3u) == "C");
    CHECK(s.titles(col<&book::price> < 3) == "-AB");
    CHECK(s.titles(col<&book::price> > col<&book::copies>) == "-ABCD");
}

TEST_CASE("arithmetic over columns and values") {
    shelf s;
    CHECK(s.titles(col<&book::copies> + 1 == 3) == "B");
    CHECK(s.titles(col<&book::copies> - col<&book::price> < -0.25) == "-ABCD");
    CHECK(s.titles(col<&book::copies> * 2 >= 6) == "CD");
    CHECK(s.titles((col<&book::copies> + 1) * 2 == 10) == "D");
    CHECK(s.titles(col<&book::copies> + col<&book::copies> * 2 == 9) == "C");
    CHECK(s.titles(col<&book::price> / 2 > 1.5) == "CD");
    CHECK(s.titles(col<&book::copies> / 2 == 1) == "BC");  // of integers: whole, on every backend
    CHECK(s.titles(col<&book::copies> - (col<&book::copies> - 1) == 1) == "-ABCD");
}

TEST_CASE("and, or and not bind as they do in C++") {
    shelf s;
    auto const a = col<&book::title> == "A";
    auto const b = col<&book::title> == "B";
    auto const many = col<&book::copies> >= 2;
    CHECK(s.titles(a || (b && many)) == "AB");
    CHECK(s.titles((a || b) && many) == "B");
    CHECK(s.titles(!(a || b)) == "-CD");
    CHECK(s.titles(!a && !b) == "-CD");
    CHECK(s.titles((a && b) || many) == "BCD");
    CHECK(s.titles(!!a) == "A");
}

TEST_CASE("several where() calls are joined by AND") {
    shelf s;
    auto const rows = roam::select(col<&book::title>)
                          .where(col<&book::title> == "A" || col<&book::title> == "B")
                          .where(col<&book::copies> > 1)
                          .all(s.db);
    CHECK(rows == std::vector<std::string>{"B"});
}

TEST_CASE("in and not_in take lists, of any length") {
    shelf s;
    CHECK(s.titles(col<&book::copies>.in({1, 3, 99})) == "AC");
    CHECK(s.titles(col<&book::copies>.not_in({1, 3, 99})) == "-BD");
    CHECK(s.titles(col<&book::title>.in({"A", "B"})) == "AB");
    CHECK(s.titles(col<&book::title>.in(std::vector<std::string>{"C"})) == "C");
    CHECK(s.titles(col<&book::copies>.in(std::vector<std::int64_t>{5'000'000'000, 2})) == "B");
    std::vector<int> long_list(1000);
    for (int i = 0; i < 1000; ++i)
        long_list[static_cast<std::size_t>(i)] = i + 3;
    CHECK(s.titles(col<&book::copies>.in(long_list)) == "CD");
}

TEST_CASE("nothing is in an empty list and everything is outside of it") {
    shelf s;
    CHECK(s.titles(col<&book::copies>.in(std::vector<int>{})) == "");
    CHECK(s.titles(col<&book::copies>.not_in(std::vector<int>{})) == "-ABCD");
    CHECK(s.titles(!col<&book::copies>.in(std::vector<int>{})) == "-ABCD");
    CHECK(s.titles(col<&book::year>.not_in(std::vector<int>{})) == "-ABCD");  // NULL as well
}

TEST_CASE("between includes both ends") {
    shelf s;
    CHECK(s.titles(col<&book::copies>.between(2, 3)) == "BC");
    CHECK(s.titles(!col<&book::copies>.between(2, 3)) == "-AD");
    CHECK(s.titles(col<&book::copies>.between(2, 3) && col<&book::title> != "B") == "C");
    CHECK(s.titles(col<&book::title>.between("A", "B")) == "AB");
    CHECK(s.titles(col<&book::copies>.between(3, 2)) == "");
}

TEST_CASE("like matches patterns") {
    shelf s;
    CHECK(s.titles(col<&book::genre>.like("nov%")) == "AD");
    CHECK(s.titles(col<&book::genre>.like("n_vel")) == "AD");
    CHECK(s.titles(col<&book::genre>.not_like("nov%")) == "B");  // NULL is neither
    CHECK(s.titles(col<&book::title>.like("%")) == "-ABCD");
}

TEST_CASE("like tells upper case from lower case") {
    shelf s;
    CHECK(s.titles(col<&book::genre>.like("nov%")) == "AD");
    ROAM_NEEDS(s.db, case_sensitive_like);
    CHECK(s.titles(col<&book::genre>.like("NOV%")) == "");
}

TEST_CASE("NULL is found by is_null and by an optional, and by no other comparison") {
    shelf s;
    CHECK(s.titles(col<&book::year>.is_null()) == "-B");
    CHECK(s.titles(col<&book::year>.is_not_null()) == "ACD");
    CHECK(s.titles(col<&book::year> == std::nullopt) == "-B");
    CHECK(s.titles(col<&book::year> != std::nullopt) == "ACD");
    CHECK(s.titles(col<&book::year> > 0) == "ACD");
    CHECK(s.titles(!(col<&book::year> > 0)) == "");
    for (auto const& [wanted, expected] :
         {std::pair{std::optional<int>{}, "-B"}, std::pair{std::optional{1970}, "C"}}) {
        CHECK(s.titles(col<&book::year> == wanted) == expected);
    }
    std::optional<int> const seventy = 1970;
    CHECK(s.titles(col<&book::year> != seventy) == "AD");
    std::optional<std::string> const novel = "novel";
    CHECK(s.titles(col<&book::genre> == novel) == "AD");
}

TEST_CASE("a condition grows at run time and owns its values") {
    shelf s;
    roam::condition none;
    CHECK(none.empty());
    CHECK(s.titles(none) == "-ABCD");

    roam::condition filter;
    {
        std::string const title = "B";
        filter = filter && col<&book::title> == title;  // the string dies before the query runs
    }
    filter = filter || col<&book::copies> > 3;
    CHECK_FALSE(filter.empty());
    CHECK(s.titles(filter) == "BD");
    filter = filter && col<&book::lent> == true;
    CHECK(s.titles(filter) == "D");
    CHECK(s.titles(!filter) == "-ABC");
    roam::condition const copy = filter;
    filter = roam::condition{};
    CHECK(s.titles(copy) == "D");
    CHECK(s.titles(roam::condition{col<&book::copies> == 1} && copy) == "");
    CHECK(s.titles(col<&book::copies> > 0 && (copy || col<&book::title> == "A")) == "AD");
}

TEST_CASE("an empty condition is the neutral element of both and and or") {
    shelf s;
    roam::condition none;
    roam::condition const a = col<&book::title> == "A";
    CHECK(s.titles(none && a) == "A");
    CHECK(s.titles(a && none) == "A");
    CHECK(s.titles(none || a) == "A");
    CHECK(s.titles(a || none) == "A");
    CHECK((none && none).empty());
}

TEST_CASE("a value in a condition can be anything but SQL") {
    shelf s;
    for (std::string const nasty :
         {"' OR 1 = 1 --", "\"; DROP TABLE book; --", "?", "$1", ":a", "\\"}) {
        CHECK(s.titles(col<&book::title> == nasty) == "");
        CHECK(s.titles(col<&book::title>.in({nasty})) == "");
        CHECK(s.titles(roam::condition{col<&book::genre> == nasty}) == "");
    }
    CHECK(s.titles(col<&book::title> == "D_%") == "D");
}

}  // namespace conformance::conditions
