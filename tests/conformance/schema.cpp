// SPDX-License-Identifier: MIT
// create_tables and drop_tables, looked at from the outside: what they made must work.
#include "conformance/fixture.hpp"

#include <algorithm>
#include <barrier>
#include <mutex>
#include <thread>

namespace conformance::schema {

struct author {
    std::int64_t id = 0;
    std::string name;
};

struct book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::optional<std::int64_t> sequel_of;
    std::string isbn;
    std::string shelf = "";
    int copies = 0;
};
ROAM_RECORD(book, table("books"), references<&book::author_id, author>(cascade),
            references<&book::sequel_of, book>(set_null), unique<&book::isbn>(),
            index<&book::shelf, &book::copies>(), check("copies >= 0", "copies_not_negative"),
            default_value<&book::shelf>("'store'"))

struct employee {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::int64_t> boss;
};
ROAM_RECORD(employee, references<&employee::boss, employee>())

struct department;
struct person {
    std::int64_t id = 0;
    std::optional<std::int64_t> works_in;
};
struct department {
    std::int64_t id = 0;
    std::optional<std::int64_t> led_by;
};
ROAM_RECORD(person, references<&person::works_in, department>())
ROAM_RECORD(department, references<&department::led_by, person>())

struct odd {
    std::int64_t id = 0;
    std::string group;
    std::string order;
    int select = 0;
    std::optional<int> user;
    int spaced = 0;
    int quoted = 0;
    int unicode = 0;
    int Upper = 0;
    friend bool operator==(odd const&, odd const&) = default;
};
ROAM_RECORD(odd, table("table"), column<&odd::spaced>("two words"), column<&odd::quoted>("a\"b?c"),
            column<&odd::unicode>("żółć_日本"), index<&odd::group, &odd::unicode>(),
            unique<&odd::quoted>())

struct odd_child {
    std::int64_t id = 0;
    std::int64_t parent = 0;
};
ROAM_RECORD(odd_child, table("Kinder \"der\" Tabelle"),
            references<&odd_child::parent, odd>(cascade))

struct line_key {
    std::int64_t shop = 0;
    std::int64_t number = 0;
    std::string text;
};
ROAM_RECORD(line_key, primary_key<&line_key::shop, &line_key::number>())

struct line_part {
    std::int64_t id = 0;
    std::int64_t shop = 0;
    std::int64_t number = 0;
};
ROAM_RECORD(line_part, references<members<&line_part::shop, &line_part::number>, line_key>(cascade))

using roam::col;

TEST_CASE("create_tables may be called again and leaves the rows alone") {
    store<author, book> db;
    roam::insert(author{.name = "A"}, db.db);
    roam::create_tables<book, author>(db.db);
    CHECK(roam::select<author>().count(db.db) == 1);
    CHECK_THROWS_AS((roam::create_tables<author>(db.db, {.if_not_exists = false})),
                    roam::statement_error);
    CHECK(roam::select<author>().count(db.db) == 1);
}

TEST_CASE("eight threads may call create_tables at once, each on a session of its own") {
    roam::test::place where;
    // On Firebird each waits for its turn, seconds in all under a sanitizer.
    auto const db = on_firebird()
                        ? roam::database{where.url() + "?lock_timeout=60", {.max_sessions = 8}}
                        : where.open(8);
    for (int round = 0; round < 5; ++round) {
        std::barrier together{8};
        std::mutex mutex;
        std::vector<std::string> failures;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 8; ++i) {
                threads.emplace_back([&] {
                    roam::session s = db.lease();
                    together.arrive_and_wait();
                    try {
                        roam::create_tables<author, book>(s);
                    } catch (roam::error const& e) {
                        std::lock_guard const lock{mutex};
                        failures.emplace_back(e.what());
                    }
                });
            }
        }
        CHECK(failures == std::vector<std::string>{});
        CHECK(roam::select<book>().count(db) == 0);
        roam::drop_tables<author, book>(db);
    }
}

TEST_CASE("drop_tables takes children before parents, and may be called again") {
    store<author, book> db;
    auto const a = roam::insert(author{.name = "A"}, db.db);
    roam::insert(book{.author_id = a.id, .sequel_of = {}, .isbn = "1"}, db.db);
    roam::drop_tables<author, book>(db.db);
    thrown_by<roam::missing_table_error>([&] { roam::select<author>().count(db.db); });
    thrown_by<roam::missing_table_error>([&] { roam::select<book>().count(db.db); });
    roam::drop_tables<author, book>(db.db);
    thrown_by<roam::missing_table_error>(
        [&] { roam::drop_tables<author>(db.db, {.if_exists = false}); });
    roam::create_tables<author, book>(db.db);
    CHECK(roam::select<book>().count(db.db) == 0);
}

TEST_CASE("a reference removes with its parent, sets NULL, or refuses, as it was declared") {
    store<author, book> db;
    auto const a = roam::insert(author{.name = "A"}, db.db);
    auto const first = roam::insert(book{.author_id = a.id, .sequel_of = {}, .isbn = "1"}, db.db);
    auto const second =
        roam::insert(book{.author_id = a.id, .sequel_of = first.id, .isbn = "2"}, db.db);
    roam::remove(first, db.db);
    CHECK(roam::get<book>(second.id, db.db).sequel_of == std::nullopt);
    roam::remove(a, db.db);
    CHECK(roam::select<book>().count(db.db) == 0);
}

TEST_CASE("unique, check and default are in the table") {
    store<author, book> db;
    auto const a = roam::insert(author{.name = "A"}, db.db);
    book b{.author_id = a.id, .sequel_of = {}, .isbn = "1"};
    roam::insert(b, db.db);
    thrown_by<roam::unique_error>([&] { roam::insert(b, db.db); });
    b.isbn = "2";
    b.copies = -1;
    auto const e = thrown_by<roam::check_error>([&] { roam::insert(b, db.db); });
    CHECK(contains(e.what(), "copies_not_negative"));
    roam::raw("INSERT INTO books (author_id, isbn, copies) VALUES (?, '3', 1)", a.id).run(db.db);
    CHECK(roam::select<book>().where(col<&book::isbn> == "3").one(db.db).shelf == "store");
}

TEST_CASE("indexes are there under the names that the mapping gives") {
    store<author, book> db;
    auto const names =
        roam::raw<std::string>(
            on_sqlite()  ? "SELECT name FROM sqlite_master WHERE type = 'index'"
            : on_mysql() ? "SELECT DISTINCT index_name FROM information_schema.statistics WHERE "
                           "table_schema = database()"
            : on_firebird()
                ? "SELECT lower(trim(rdb$index_name)) FROM rdb$indices"
                : "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()")
            .all(db.db);
    CHECK(std::count(names.begin(), names.end(), "ix_books_shelf_copies") == 1);
}

TEST_CASE("a record may refer to itself") {
    store<employee> db;
    auto const boss = roam::insert(employee{.name = "boss", .boss = {}}, db.db);
    roam::insert(employee{.name = "clerk", .boss = boss.id}, db.db);
    thrown_by<roam::foreign_key_error>(
        [&] { roam::insert(employee{.name = "lost", .boss = 4711}, db.db); });
    thrown_by<roam::foreign_key_error>([&] { roam::remove(boss, db.db); });
    roam::drop_tables<employee>(db.db);
}

TEST_CASE("two records may refer to each other") {
    store<person, department> db;
    auto p = roam::insert(person{}, db.db);
    auto d = roam::insert(department{.led_by = p.id}, db.db);
    p.works_in = d.id;
    roam::update(p, db.db);
    thrown_by<roam::foreign_key_error>([&] { roam::insert(person{.works_in = 4711}, db.db); });
    thrown_by<roam::foreign_key_error>([&] { roam::insert(department{.led_by = 4711}, db.db); });
    thrown_by<roam::foreign_key_error>([&] { roam::remove(p, db.db); });
    roam::create_tables<department, person>(db.db);
    roam::drop_tables<person, department>(db.db);
    thrown_by<roam::missing_table_error>([&] { roam::select<person>().count(db.db); });
}

TEST_CASE("a composite key is referred to as a whole") {
    store<line_part, line_key> db;
    roam::insert(line_key{1, 2, "x"}, db.db);
    roam::insert(line_part{.shop = 1, .number = 2}, db.db);
    thrown_by<roam::foreign_key_error>(
        [&] { roam::insert(line_part{.shop = 2, .number = 1}, db.db); });
    roam::remove<line_key>().every_row().run(db.db);
    CHECK(roam::select<line_part>().count(db.db) == 0);
}

TEST_CASE("reserved words, spaces, quotes and Unicode are names like any other") {
    store<odd, odd_child> db;
    odd o{.group = "g",
          .order = "o",
          .select = 1,
          .user = {},
          .spaced = 2,
          .quoted = 3,
          .unicode = 4,
          .Upper = 5};
    roam::insert(o, db.db);
    CHECK(roam::get<odd>(o.id, db.db) == o);
    o.order = "changed";
    o.user = 6;
    roam::update(o, db.db);
    roam::update<&odd::quoted, &odd::unicode, &odd::select>(o, db.db);
    if (db.db.dialect().can(roam::sql::capability::named_conflict_target) &&
        db.db.dialect().can(roam::sql::capability::returning)) {
        roam::upsert(o, db.db);
        odd same = o;
        roam::upsert(same, roam::on<&odd::quoted>, db.db);
        CHECK(same == o);
    }
    CHECK(roam::select<odd>()
              .where(col<&odd::order> == "changed" && col<&odd::unicode> == 4 &&
                     col<&odd::Upper> == 5)
              .order_by(col<&odd::spaced>, col<&odd::group>.desc())
              .one(db.db) == o);
    CHECK(roam::select(col<&odd::group>, roam::max(col<&odd::quoted>))
              .group_by(col<&odd::group>)
              .all(db.db)
              .size() == 1);
    roam::insert(odd_child{.parent = o.id}, db.db);
    CHECK(roam::select<odd_child>()
              .join<odd>(col<&odd_child::parent> == col<&odd::id>)
              .where(col<&odd::select> == 1)
              .count(db.db) == 1);
    CHECK(roam::update<odd>().set(col<&odd::user> = col<&odd::spaced> + 1).every_row().run(db.db) ==
          1);
    CHECK(roam::raw<odd>(on_firebird() ? "SELECT * FROM \"TABLE\"" : "SELECT * FROM \"table\"")
              .one(db.db)
              .user == 3);
    std::vector<odd> many(3, o);
    for (int i = 0; i < 3; ++i)
        many[static_cast<std::size_t>(i)].quoted = 10 + i;
    roam::insert(many, db.db);
    roam::remove(many[0], db.db);
    roam::remove<odd>().every_row().run(db.db);
    CHECK(roam::select<odd_child>().count(db.db) == 0);
    roam::create_tables<odd_child, odd>(db.db);
    roam::drop_tables<odd, odd_child>(db.db);
}

TEST_CASE("tables are created all or none") {
    store<> db;
    if (!db.db.dialect().can(roam::sql::capability::transactional_ddl)) {
        ROAM_NEEDS(db.db, transactional_ddl);
    }
    roam::raw("CREATE TABLE books (other integer)").run(db.db);
    CHECK_THROWS_AS((roam::create_tables<author, book>(db.db, {.if_not_exists = false})),
                    roam::statement_error);
    thrown_by<roam::missing_table_error>([&] { roam::select<author>().count(db.db); });
}

}  // namespace conformance::schema
