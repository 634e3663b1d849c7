// SPDX-License-Identifier: MIT
// SQL in the program's own words.
#include "conformance/fixture.hpp"

#include <support/driver.hpp>

namespace conformance::raw_sql {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> printed;
    friend bool operator==(book const&, book const&) = default;
};
ROAM_RECORD(book, table("books"), column<&book::copies>("how many"))

using roam::raw;

struct shelf : store<book> {
    std::vector<book> books{{.title = "A", .copies = 1, .printed = 1990},
                            {.title = "B", .copies = 2, .printed = {}}};
    shelf() { roam::insert(books, db); }
};

TEST_CASE("raw SQL becomes records, columns matched by name in any order") {
    shelf s;
    CHECK(raw<book>("SELECT * FROM books ORDER BY id").all(s.db) == s.books);
    auto const b =
        raw<book>("SELECT 1 AS more, title, printed, id, \"how many\" FROM books WHERE title = ?",
                  "A")
            .one(s.db);
    CHECK(b == s.books[0]);
}

TEST_CASE("a result that lacks a column of the record, or has it twice, is a mapping_error") {
    shelf s;
    auto const lacking = thrown_by<roam::mapping_error>(
        [&] { raw<book>("SELECT id, title, printed FROM books").all(s.db); });
    CHECK(contains(lacking.what(), "how many"));
    auto const twice = thrown_by<roam::mapping_error>(
        [&] { raw<book>("SELECT books.*, title FROM books").all(s.db); });
    CHECK(contains(twice.what(), "title"));
}

TEST_CASE("raw SQL becomes tuples and single values by position") {
    shelf s;
    using row = std::tuple<std::string, std::optional<int>>;
    CHECK(raw<row>("SELECT title, printed FROM books ORDER BY title").all(s.db) ==
          std::vector<row>{{"A", 1990}, {"B", std::nullopt}});
    CHECK(raw<std::int64_t>("SELECT count(*) FROM books").one(s.db) == 2);
    CHECK(raw<std::optional<int>>("SELECT printed FROM books WHERE title = 'B'").one(s.db) ==
          std::nullopt);
    CHECK_FALSE(raw<int>("SELECT id FROM books WHERE title = 'Z'").optional(s.db));
    thrown_by<roam::mapping_error>([&] { raw<int>("SELECT id, title FROM books").all(s.db); });
    thrown_by<roam::mapping_error>([&] { raw<row>("SELECT title FROM books").all(s.db); });
}

TEST_CASE("one() of raw SQL refuses no row and several, optional() several") {
    shelf s;
    thrown_by<roam::not_found_error>(
        [&] { raw<int>("SELECT 1" + roam::test::from_none() + " WHERE 1 = 0").one(s.db); });
    thrown_by<roam::too_many_rows_error>(
        [&] { raw<std::string>("SELECT title FROM books").one(s.db); });
    thrown_by<roam::too_many_rows_error>(
        [&] { raw<std::string>("SELECT title FROM books").optional(s.db); });
}

TEST_CASE("a NULL or a value that does not fit names the result column") {
    shelf s;
    auto const null = thrown_by<roam::conversion_error>([&] {
        raw<std::tuple<std::string, int>>("SELECT title, printed FROM books WHERE title = 'B'")
            .all(s.db);
    });
    CHECK(contains(null.what(), "2"));
    thrown_by<roam::conversion_error>(
        [&] { raw<std::int8_t>("SELECT 1000" + roam::test::from_none()).one(s.db); });
    thrown_by<roam::conversion_error>([&] { raw<int>("SELECT title FROM books").all(s.db); });
}

TEST_CASE("each '?' is bound in order, whatever its type") {
    shelf s;
    CHECK(raw<std::string>("SELECT title FROM books WHERE \"how many\" = ? AND title = ?", 2, "B")
              .one(s.db) == "B");
    std::optional<int> const nothing;
    CHECK(
        raw("UPDATE books SET printed = ? WHERE title = ?", nothing, std::string{"A"}).run(s.db) ==
        1);
    CHECK(raw<std::int64_t>("SELECT count(*) FROM books WHERE printed IS NULL").one(s.db) == 2);
}

TEST_CASE("a doubled '?' is a question mark, and so is one in quotes or in a comment") {
    shelf s;
    CHECK(raw<std::string>("SELECT '?' || title FROM books WHERE title = ?", "A").one(s.db) ==
          "?A");
    CHECK(raw<std::string>("SELECT '?\?'" + roam::test::from_none()).one(s.db) == "?\?");
    CHECK(
        raw<std::string>("SELECT title /* ? */ FROM books WHERE title = ? -- ?\n", "B").one(s.db) ==
        "B");
    ROAM_NEEDS_OF_DRIVER(plain_marks);
    if (on_postgresql()) {
        CHECK(raw<bool>("SELECT '{\"a\":1}'::jsonb ?? 'a'").one(s.db));
        CHECK(raw<bool>("SELECT '{\"a\":1}'::jsonb ?? ?", "a").one(s.db));
    }
}

TEST_CASE("another number of values than of placeholders is a usage_error") {
    shelf s;
    thrown_by<roam::usage_error>(
        [&] { raw<int>("SELECT 1 FROM books WHERE title = ? AND printed = ?", "A").all(s.db); });
    thrown_by<roam::usage_error>(
        [&] { raw<int>("SELECT 1 FROM books WHERE title = ?").all(s.db); });
    thrown_by<roam::usage_error>(
        [&] { raw<int>("SELECT 1" + roam::test::from_none(), 1).all(s.db); });
}

TEST_CASE("two statements in one text are a usage_error, and neither runs") {
    shelf s;
    thrown_by<roam::usage_error>([&] { raw("DELETE FROM books; DELETE FROM books").run(s.db); });
    CHECK(roam::select<book>().count(s.db) == 2);
    CHECK(raw("DELETE FROM books WHERE title = 'A';").run(s.db) == 1);  // one, and its semicolon
}

TEST_CASE("a raw command answers how many rows it matched") {
    shelf s;
    CHECK(raw("UPDATE books SET printed = 1").run(s.db) == 2);
    CHECK(raw("DELETE FROM books WHERE printed = ?", 2).run(s.db) == 0);
    CHECK(raw("CREATE TABLE other (n integer)").run(s.db) == 0);
    CHECK(raw(on_firebird() ? "INSERT INTO other SELECT id FROM books"
                            : "INSERT INTO other VALUES (1), (2)")
              .run(s.db) == 2);
    CHECK(raw("DROP TABLE other").run(s.db) == 0);
}

TEST_CASE("raw SQL with RETURNING both changes and answers") {
    shelf s;
    ROAM_NEEDS(s.db, returning);
    CHECK(raw<std::string>("DELETE FROM books WHERE title = ? RETURNING title", "A").one(s.db) ==
          "A");
    CHECK(roam::select<book>().count(s.db) == 1);
}

TEST_CASE("raw SQL is a value and a range") {
    shelf s;
    roam::session_scope scope{s.db};
    auto query = raw<book>("SELECT * FROM books WHERE title >= ? ORDER BY title", "A").reads_only();
    std::string titles;
    for (auto const& b : query)
        titles += b.title;
    CHECK(titles == "AB");
    auto const copy = query;
    CHECK(copy.all().size() == 2);
}

}  // namespace conformance::raw_sql
