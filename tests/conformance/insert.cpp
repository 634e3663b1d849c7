// SPDX-License-Identifier: MIT
// insert: which keys come back, and what is never sent.
#include "conformance/fixture.hpp"

#include <array>
#include <memory>
#include <span>

namespace conformance::inserting {

// No macro at all: the conventions.
struct author {
    std::int64_t id = 0;
    std::string name;
    std::optional<int> born;
    friend bool operator==(author const&, author const&) = default;
};

struct narrow_key {
    std::int16_t id = 0;
    std::string name;
};

struct only_a_key {
    std::int64_t id = 0;
};

struct optional_key {
    std::optional<std::int64_t> number;
    std::string name;
};
ROAM_RECORD(optional_key, primary_key<&optional_key::number>())

struct numbered {
    int number = 0;
    std::string name;
};
ROAM_RECORD(numbered, primary_key<&numbered::number>(generated))

using roam::col;

TEST_CASE("insert writes the generated key into the record") {
    store<author> db;
    author a{.name = "Ursula K. Le Guin", .born = 1929};
    roam::insert(a, db.db);
    author b{.name = "Octavia Butler", .born = {}};
    roam::insert(b, db.db);
    CHECK(a.id > 0);
    CHECK(b.id > a.id);
    CHECK(roam::get<author>(a.id, db.db) == a);
    CHECK(roam::get<author>(b.id, db.db) == b);
}

TEST_CASE("insert of a temporary returns the record with its key") {
    store<author> db;
    author const a = roam::insert(author{.name = "Stanislaw Lem", .born = 1921}, db.db);
    CHECK(a.id > 0);
    CHECK(a.name == "Stanislaw Lem");
    CHECK(roam::get<author>(a.id, db.db) == a);
}

TEST_CASE("insert of a const record leaves it alone and returns a copy with its key") {
    store<author> db;
    author const template_of_many{.name = "Anonymous", .born = {}};
    auto const first = roam::insert(template_of_many, db.db);
    auto const second = roam::insert(template_of_many, db.db);
    CHECK(template_of_many.id == 0);
    CHECK(first.id != second.id);
}

TEST_CASE("insert never sends the generated key, whatever the member holds") {
    store<author> db;
    author a{.id = 4711, .name = "A", .born = {}};
    roam::insert(a, db.db);
    CHECK(a.id != 4711);
    auto const first = a.id;
    roam::insert(a, db.db);  // the same record again: another row
    CHECK(a.id != first);
    CHECK(roam::select<author>().count(db.db) == 2);
}

TEST_CASE("insert with keep_key sends the record's own key") {
    store<author> db;
    author a{.id = 4711, .name = "A", .born = {}};
    roam::insert(a, roam::keep_key, db.db);
    CHECK(a.id == 4711);
    CHECK(roam::get<author>(4711, db.db) == a);
    thrown_by<roam::unique_error>([&] { roam::insert(a, roam::keep_key, db.db); });
}

TEST_CASE("a generated key may be narrow, or be called otherwise") {
    store<narrow_key, numbered> db;
    narrow_key n{.name = "n"};
    roam::insert(n, db.db);
    CHECK(n.id > 0);
    numbered m{.name = "m"};
    roam::insert(m, db.db);
    CHECK(roam::get<numbered>(m.number, db.db).name == "m");
}

TEST_CASE("a record of nothing but a generated key can be inserted") {
    store<only_a_key> db;
    only_a_key a;
    only_a_key b;
    roam::insert(a, db.db);
    roam::insert(b, db.db);
    CHECK(a.id != 0);
    CHECK(a.id != b.id);
    std::vector<only_a_key> many(3);
    roam::insert(many, db.db);
    CHECK(roam::select<only_a_key>().count(db.db) == 5);
    CHECK(many[2].id > many[1].id);
}

TEST_CASE("insert takes a session, a scope, a transaction, a database, or the caller's scope") {
    store<author> db;
    {
        roam::session s = db.db.lease();
        roam::insert(author{.name = "session", .born = {}}, s);
    }
    {
        roam::transaction tx{db.db};
        roam::insert(author{.name = "transaction", .born = {}}, tx);
        roam::insert(author{.name = "current", .born = {}});
        tx.commit();
    }
    {
        roam::session_scope scope{db.db};
        roam::insert(author{.name = "scope", .born = {}}, scope);
        roam::insert(author{.name = "here", .born = {}});
    }
    auto const names = roam::select(col<&author::name>).order_by(col<&author::id>).all(db.db);
    CHECK(names == std::vector<std::string>{"session", "transaction", "current", "scope", "here"});
}

TEST_CASE("a failed insert leaves the record unchanged and no row behind") {
    store<author> db;
    author a{.id = 7, .name = std::string("NUL\0inside", 10), .born = 1};
    author const before = a;
    thrown_by<roam::conversion_error>([&] { roam::insert(a, db.db); });
    CHECK(a == before);
    CHECK(roam::select<author>().count(db.db) == 0);
}

TEST_CASE("insert of a range gives each record the key of its own row") {
    store<author> db;
    std::vector<author> many;
    for (int i = 0; i < 537; ++i)
        many.push_back({.name = std::to_string(i), .born = i});
    roam::insert(many, db.db);
    auto const rows = roam::select<author>().order_by(col<&author::id>).all(db.db);
    CHECK(rows == many);
}

TEST_CASE("a range may be an array or a span, of one element or of none") {
    store<author> db;
    std::array<author, 2> pair{author{.name = "a", .born = {}}, author{.name = "b", .born = {}}};
    roam::insert(pair, db.db);
    CHECK(pair[0].id != 0);
    std::vector<author> none;
    roam::insert(none, db.db);
    std::vector<author> three{
        {.name = "c", .born = {}}, {.name = "d", .born = {}}, {.name = "e", .born = {}}};
    std::span<author> const middle = std::span{three}.subspan(1, 1);
    roam::insert(middle, db.db);
    CHECK(three[0].id == 0);
    CHECK(three[1].id != 0);
    CHECK(roam::select<author>().count(db.db) == 3);
}

TEST_CASE("a record is inserted in one statement, a range in one per chunk") {
    roam::test::place where;
    auto const watch = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.watch = watch});
    roam::create_tables<author>(db);
    roam::session_scope scope{db};
    watch->take();
    author a{.name = "one", .born = {}};
    roam::insert(a);
    CHECK(watch->take().size() == 1);
    ROAM_NEEDS(db, returning);
    ROAM_NEEDS(db, multi_row_values);

    std::vector<author> many(250, a);
    roam::insert(many);
    std::size_t inserts = 0;
    for (auto const& sql : watch->take())
        inserts += sql.starts_with("INSERT");
    CHECK(inserts < 10);
    CHECK(inserts > 0);
}

}  // namespace conformance::inserting
