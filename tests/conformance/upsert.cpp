// SPDX-License-Identifier: MIT
// upsert by key and by a declared unique constraint, and save.
#include "conformance/fixture.hpp"

namespace conformance::upserting {

struct setting {
    std::string name;
    std::string text;
    friend bool operator==(setting const&, setting const&) = default;
};
ROAM_RECORD(setting, primary_key<&setting::name>())

struct book {
    std::int64_t id = 0;
    std::string isbn;
    std::string title;
    std::string shelf;
    friend bool operator==(book const&, book const&) = default;
};
ROAM_RECORD(book, unique<&book::isbn>(), unique<&book::title, &book::shelf>())

struct label {
    std::int64_t id = 0;
    std::string name;
    int shade = 0;
    int revision = 0;
};
ROAM_RECORD(label, unique<&label::name>(), version<&label::revision>())

struct membership {
    int person = 0;
    int club = 0;
    friend bool operator==(membership const&, membership const&) = default;
};
ROAM_RECORD(membership, primary_key<&membership::person, &membership::club>())

struct ticket {
    std::optional<std::int64_t> id;
    std::string text;
};
ROAM_RECORD(ticket, primary_key<&ticket::id>())

using roam::col;

TEST_CASE("upsert inserts the row or overwrites the one with its key") {
    store<setting> db;
    setting s{"color", "red"};
    roam::upsert(s, db.db);
    CHECK(roam::get<setting>("color", db.db).text == "red");
    s.text = "green";
    roam::upsert(s, db.db);
    CHECK(roam::select<setting>().all(db.db) == std::vector{s});
}

TEST_CASE("upsert by a generated key writes that key") {
    store<book> db;
    ROAM_NEEDS(db.db, named_conflict_target);
    ROAM_NEEDS(db.db, returning);
    book b{.id = 50, .isbn = "1", .title = "One", .shelf = "A"};
    roam::upsert(b, db.db);
    CHECK(b.id == 50);
    b.title = "Eins";
    roam::upsert(b, db.db);
    CHECK(roam::select<book>().all(db.db) == std::vector{b});
}

TEST_CASE("upsert on a unique column meets the row that has it, and its key comes back") {
    store<book> db;
    ROAM_NEEDS(db.db, named_conflict_target);
    ROAM_NEEDS(db.db, returning);
    book first{.isbn = "1", .title = "One", .shelf = "A"};
    roam::insert(first, db.db);
    book second{.id = 999, .isbn = "1", .title = "Uno", .shelf = "B"};
    roam::upsert(second, roam::on<&book::isbn>, db.db);
    CHECK(second.id == first.id);
    CHECK(roam::select<book>().all(db.db) == std::vector{second});

    book third{.isbn = "3", .title = "Three", .shelf = "C"};
    roam::upsert(third, roam::on<&book::isbn>, db.db);
    CHECK(third.id != 0);
    CHECK(third.id != first.id);
    CHECK(roam::get<book>(third.id, db.db) == third);
}

TEST_CASE("upsert on several columns meets the row that has them all") {
    store<book> db;
    ROAM_NEEDS(db.db, named_conflict_target);
    ROAM_NEEDS(db.db, returning);
    book first{.isbn = "1", .title = "One", .shelf = "A"};
    roam::insert(first, db.db);
    book same{.isbn = "2", .title = "One", .shelf = "A"};
    roam::upsert(same, roam::on<&book::title, &book::shelf>, db.db);
    CHECK(same.id == first.id);
    book other{.isbn = "3", .title = "One", .shelf = "B"};
    roam::upsert(other, roam::on<&book::title, &book::shelf>, db.db);
    CHECK(other.id != first.id);
    CHECK(roam::select<book>().count(db.db) == 2);
}

TEST_CASE("upsert touches only its own target: another unique violation is an error") {
    store<book> db;
    ROAM_NEEDS(db.db, named_conflict_target);
    ROAM_NEEDS(db.db, returning);
    auto const first = roam::insert(book{.isbn = "1", .title = "One", .shelf = "A"}, db.db);
    auto const second = roam::insert(book{.isbn = "2", .title = "Two", .shelf = "A"}, db.db);
    book clash{.isbn = "1", .title = "Two", .shelf = "A"};
    thrown_by<roam::unique_error>([&] { roam::upsert(clash, roam::on<&book::isbn>, db.db); });
    book by_key{.id = second.id, .isbn = "1", .title = "x", .shelf = "x"};
    thrown_by<roam::unique_error>([&] { roam::upsert(by_key, db.db); });
    CHECK(roam::select<book>().order_by(col<&book::id>).all(db.db) == std::vector{first, second});
}

TEST_CASE("D11: upsert of a record with one unique constraint needs no named target") {
    store<label> db;
    ROAM_NEEDS(db.db, returning);
    label first{.name = "red", .shade = 1};
    roam::insert(first, db.db);
    label second{.name = "red", .shade = 2};
    roam::upsert(second, roam::on<&label::name>, db.db);
    CHECK(second.id == first.id);
    CHECK(second.revision == first.revision + 1);
    CHECK(roam::get<label>(first.id, db.db).shade == 2);
    label third{.name = "blue", .shade = 3};
    roam::upsert(third, roam::on<&label::name>, db.db);
    CHECK(third.id != first.id);
    CHECK(roam::select<label>().count(db.db) == 2);
}

TEST_CASE("D11: where the target cannot be named, a second unique constraint is refused") {
    store<book> db;
    if (db.db.dialect().can(roam::sql::capability::named_conflict_target))
        ROAM_SKIP("the backend names the target");
    book b{.isbn = "1", .title = "One", .shelf = "A"};
    thrown_by<roam::unsupported_error>([&] { roam::upsert(b, db.db); });
    thrown_by<roam::unsupported_error>([&] { roam::upsert(b, roam::on<&book::isbn>, db.db); });
    CHECK(roam::select<book>().count(db.db) == 0);
}

TEST_CASE("upsert on members that no unique constraint covers is a mapping_error") {
    store<book> db;
    book b{.isbn = "1", .title = "One", .shelf = "A"};
    thrown_by<roam::mapping_error>([&] { roam::upsert(b, roam::on<&book::title>, db.db); });
}

TEST_CASE("upsert of a record that is all key inserts once and counts the second time") {
    store<membership> db;
    membership m{1, 2};
    roam::upsert(m, db.db);
    roam::upsert(m, db.db);
    CHECK(roam::select<membership>().all(db.db) == std::vector{m});
}

TEST_CASE("save inserts a record without a key, then updates it") {
    store<book> db;
    book b{.isbn = "1", .title = "One", .shelf = "A"};
    roam::save(b, db.db);
    CHECK(b.id != 0);
    b.title = "Uno";
    roam::save(b, db.db);
    CHECK(roam::select<book>().all(db.db) == std::vector{b});
}

TEST_CASE("save of a record whose row is gone is stale, never a new row") {
    store<book> db;
    book b{.isbn = "1", .title = "One", .shelf = "A"};
    roam::save(b, db.db);
    roam::remove(b, db.db);
    thrown_by<roam::stale_record_error>([&] { roam::save(b, db.db); });
    CHECK(roam::select<book>().count(db.db) == 0);
}

TEST_CASE("save of a record with a key of the program's own is an upsert") {
    store<setting> db;
    setting s{"color", "red"};
    roam::save(s, db.db);
    s.text = "green";
    roam::save(s, db.db);
    CHECK(roam::select<setting>().all(db.db) == std::vector{s});
}

}  // namespace conformance::upserting
