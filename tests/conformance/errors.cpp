// SPDX-License-Identifier: MIT
// The same fault is the same class on each backend, and says what, where and what may still be
// used.
#include "conformance/fixture.hpp"

#include <support/driver.hpp>

namespace conformance::errors {

struct author {
    std::int64_t id = 0;
    std::string name;
    std::string email;
};
ROAM_RECORD(author, unique<&author::email>(), check("name <> 'nobody'"))

struct book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::string title;
    int copies = 0;
};
ROAM_RECORD(book, references<&book::author_id, author>())

struct missing {
    std::int64_t id = 0;
    std::string name;
};

// Another view of author's table, with a column that it does not have.
struct author_with_more {
    std::int64_t id = 0;
    std::string name;
    std::string email;
    int shoe_size = 0;
};
ROAM_RECORD(author_with_more, table("author"))

struct author_of_numbers {
    std::int64_t id = 0;
    int name = 0;
    std::string email;
};
ROAM_RECORD(author_of_numbers, table("author"))

using roam::col;
using tables = store<author, book>;

/// What every error of a statement says, beside its class.
void check_facts(roam::error const& e, unsigned line) {
    CHECK(e.location().line() == line);
    CHECK(contains(e.location().file_name(), "errors.cpp"));
    CHECK_FALSE(e.statement().empty());
    CHECK(e.connection_usable());
}

TEST_CASE("a second row with a unique value is a unique_error that does not tell the value") {
    tables db;
    std::string const secret = "ann@secret-address.example";
    roam::insert(author{.name = "Ann", .email = secret}, db.db);
    unsigned line = 0;
    author second{.name = "Eve", .email = secret};
    auto const e = thrown_by<roam::unique_error>([&] {
        line = __LINE__ + 1;
        roam::insert(second, db.db);
    });
    check_facts(e, line);
    CHECK(e.code() == "unique");
    CHECK(contains(e.what(), "email"));
    CHECK_FALSE(contains(e.what(), secret));
    CHECK_FALSE(contains(e.statement(), secret));
    CHECK(contains(e.statement(), "INSERT INTO"));
    CHECK(second.id == 0);
}

TEST_CASE("a reference to nobody, and the removal of a row that others refer to") {
    tables db;
    auto const e = thrown_by<roam::foreign_key_error>(
        [&] { roam::insert(book{.author_id = 4711, .title = "T"}, db.db); });
    CHECK(e.code() == "foreign_key");
    auto const a = roam::insert(author{.name = "A", .email = "a"}, db.db);
    auto b = roam::insert(book{.author_id = a.id, .title = "T"}, db.db);
    thrown_by<roam::foreign_key_error>([&] { roam::remove(a, db.db); });
    thrown_by<roam::foreign_key_error>(
        [&] { roam::remove<author>().where(col<&author::id> == a.id).run(db.db); });
    b.author_id = 4711;
    thrown_by<roam::foreign_key_error>([&] { roam::update(b, db.db); });
    CHECK(roam::select<book>().one(db.db).author_id == a.id);
}

TEST_CASE("a rule that is broken is a check_error, a NULL that may not be a not_null_error") {
    tables db;
    unsigned line = 0;
    auto const checked = thrown_by<roam::check_error>([&] {
        line = __LINE__ + 1;
        roam::insert(author{.name = "nobody", .email = "n"}, db.db);
    });
    check_facts(checked, line);
    auto const e = thrown_by<roam::not_null_error>(
        [&] { roam::raw("INSERT INTO author (email) VALUES ('e')").run(db.db); });
    CHECK(contains(e.what(), "name"));
}

TEST_CASE("a table or a column that is missing") {
    ROAM_NEEDS_OF_DRIVER(strict_names);
    tables db;
    auto const table =
        thrown_by<roam::missing_table_error>([&] { roam::select<missing>().all(db.db); });
    CHECK(contains(table.what(), "missing"));
    thrown_by<roam::missing_table_error>([&] { roam::insert(missing{.name = "x"}, db.db); });
    thrown_by<roam::missing_table_error>([&] { roam::raw("DROP TABLE missing").run(db.db); });
    auto const column =
        thrown_by<roam::missing_column_error>([&] { roam::find<author_with_more>(1, db.db); });
    CHECK(contains(column.what(), "shoe_size"));
    thrown_by<roam::missing_column_error>(
        [&] { roam::insert(author_with_more{.name = "a", .email = "e"}, db.db); });
    thrown_by<roam::missing_column_error>(
        [&] { roam::raw<int>("SELECT absent FROM author").all(db.db); });
}

TEST_CASE("SQL that is no SQL is a statement_error") {
    tables db;
    unsigned line = 0;
    auto const e = thrown_by<roam::statement_error>([&] {
        line = __LINE__ + 1;
        roam::raw("SELEKT 1").run(db.db);
    });
    check_facts(e, line);
    CHECK(e.statement() == "SELEKT 1");
    thrown_by<roam::statement_error>(
        [&] { roam::raw<int>("SELECT no_such_function(1)").one(db.db); });
}

TEST_CASE("a NULL in a plain member, and a column of another type, are conversion errors") {
    tables db;
    roam::insert(author{.name = "Ann", .email = "e"}, db.db);
    auto const kind =
        thrown_by<roam::conversion_error>([&] { roam::select<author_of_numbers>().all(db.db); });
    CHECK(contains(kind.what(), "author.name"));
    CHECK_FALSE(contains(kind.what(), "Ann"));
    roam::raw("CREATE TABLE missing (id integer PRIMARY KEY, name text)").run(db.db);
    roam::raw("INSERT INTO missing VALUES (1, NULL)").run(db.db);
    unsigned line = 0;
    auto const null = thrown_by<roam::conversion_error>([&] {
        line = __LINE__ + 1;
        roam::get<missing>(1, db.db);
    });
    CHECK(contains(null.what(), "missing.name"));
    CHECK(contains(null.what(), "NULL"));
    CHECK(null.location().line() == line);
    CHECK(contains(null.statement(), "SELECT"));
}

TEST_CASE("what is out of range for the column is a conversion_error, or kept") {
    tables db;
    auto a = roam::insert(author{.name = "A", .email = "a"}, db.db);
    auto const b = roam::insert(book{.author_id = a.id, .title = "T"}, db.db);
    if (on_sqlite()) {
        CHECK(roam::raw("UPDATE book SET copies = ?", 5'000'000'000).run(db.db) == 1);
        thrown_by<roam::conversion_error>([&] { roam::get<book>(b.id, db.db); });
    } else {
        thrown_by<roam::conversion_error>(
            [&] { roam::raw("UPDATE book SET copies = ?", 5'000'000'000).run(db.db); });
        CHECK(roam::get<book>(b.id, db.db).copies == 0);
    }
}

TEST_CASE("the location of an error is the user's line, for every verb") {
    tables db;
    ROAM_NEEDS(db.db, returning);
    auto const line_of = [&](auto action) {
        return thrown_by<roam::missing_table_error>(action).location().line();
    };
    unsigned line = 0;
    missing m{.id = 1, .name = "m"};
    // clang-format off
    CHECK(line_of([&] { line = __LINE__; roam::insert(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::insert(m, roam::keep_key, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::update(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::update<&missing::name>(m, db.db); }) == line);
    if (!on_firebird())  // where the columns of a MERGE are looked for first
        CHECK(line_of([&] { line = __LINE__; roam::upsert(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::save(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::remove(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::refresh(m, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::find<missing>(1, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::get<missing>(1, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::exists<missing>(1, db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::select<missing>().one(db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::select<missing>().first(db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::select<missing>().count(db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::select<missing>().stream(db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::remove<missing>().every_row().run(db.db); }) == line);
    CHECK(line_of([&] { line = __LINE__; roam::raw<int>("SELECT id FROM missing").all(db.db); }) == line);
    roam::session_scope scope{db.db};
    CHECK(line_of([&] { line = __LINE__; roam::insert(m); }) == line);
    CHECK(line_of([&] { line = __LINE__; for (auto const& x : roam::select<missing>()) m = x; }) == line);
    std::vector<missing> many(3);
    CHECK(line_of([&] { line = __LINE__; roam::insert(many); }) == line);
    // clang-format on
}

TEST_CASE("rows that are not there name the user's line too") {
    tables db;
    unsigned line = 0;
    // clang-format off
    auto const found = thrown_by<roam::not_found_error>([&] { line = __LINE__; roam::get<author>(1, db.db); });
    CHECK(found.location().line() == line);
    CHECK(contains(found.statement(), "SELECT"));
    auto const one = thrown_by<roam::not_found_error>([&] { line = __LINE__; roam::select<author>().one(db.db); });
    CHECK(one.location().line() == line);
    CHECK(contains(one.statement(), "SELECT"));
    auto const raw = thrown_by<roam::not_found_error>([&] { line = __LINE__; roam::raw<int>("SELECT 7" + roam::test::from_none() + " WHERE 1 = 0").one(db.db); });
    CHECK(raw.location().line() == line);
    CHECK(contains(raw.statement(), "SELECT 7"));
    for (char const* name : {"a", "b"}) roam::insert(author{.name = name, .email = name}, db.db);
    auto const several = thrown_by<roam::too_many_rows_error>([&] { line = __LINE__; roam::select<author>().optional(db.db); });
    CHECK(several.location().line() == line);
    CHECK(contains(several.statement(), "SELECT"));
    auto const rows = thrown_by<roam::too_many_rows_error>([&] { line = __LINE__; roam::raw<int>("SELECT 7 FROM author").one(db.db); });
    CHECK(rows.location().line() == line);
    CHECK(contains(rows.statement(), "SELECT 7"));
    auto const stale = thrown_by<roam::stale_record_error>([&] { line = __LINE__; roam::update(author{.id = 77, .name = "a", .email = "e"}, db.db); });
    CHECK(stale.location().line() == line);
    CHECK(contains(stale.statement(), "UPDATE"));
    // clang-format on
}

TEST_CASE("without a target and without a scope there is no session") {
    thrown_by<roam::no_session_error>([] { roam::select<author>().all(); });
    author a;
    thrown_by<roam::no_session_error>([&] { roam::insert(a); });
}

}  // namespace conformance::errors
