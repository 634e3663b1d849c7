// SPDX-License-Identifier: MIT
// Inserting ranges (D13): keys in order, all rows or none.
#include "conformance/fixture.hpp"
#include "support/scale.hpp"

#include <array>
#include <memory>
#include <span>
#include <thread>

namespace conformance::bulk {

struct item {
    std::int64_t id = 0;
    std::int64_t thread = 0;
    std::int64_t number = 0;
    std::string text;
    friend bool operator==(item const&, item const&) = default;
};
ROAM_RECORD(item, unique<&item::thread, &item::number>())

struct wide_item {
    std::int64_t id = 0;
    std::int64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0;
    friend bool operator==(wide_item const&, wide_item const&) = default;
};

using roam::col;

std::vector<item> items(std::int64_t thread, std::size_t count) {
    std::vector<item> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        all[i] = {0, thread, static_cast<std::int64_t>(i), "row " + std::to_string(i)};
    }
    return all;
}

/// Waits as long as it takes where only one can write.
void insert_in_turn(std::span<item> part, roam::database const& db) {
    while (true) {
        try {
            return roam::insert(part, db);
        } catch (roam::busy_error const&) {
        }
    }
}

TEST_CASE("D13: every record of a large range gets the key of its own row, counting up") {
    store<item> db;
    auto all = items(1, roam::test::scaled(100'000, 1000));
    roam::insert(all, db.db);
    bool rises = true;
    for (std::size_t i = 1; i < all.size(); ++i)
        rises = rises && all[i].id > all[i - 1].id;
    CHECK(rises);
    CHECK((roam::select<item>().order_by(col<&item::id>).all(db.db) == all));
}

TEST_CASE("D13: eight threads insert ranges at once, and no key is another's") {
    roam::test::place where;
    auto const db = where.open(8);
    roam::create_tables<item>(db);
    std::size_t const rounds = roam::test::scaled(40, 4);
    std::vector<std::vector<item>> mine(8);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < mine.size(); ++t) {
            threads.emplace_back([&, t] {
                mine[t] = items(static_cast<std::int64_t>(t), rounds * 150);
                for (std::size_t r = 0; r < rounds; ++r) {
                    std::span<item> const part{mine[t].data() + r * 150, 150};
                    insert_in_turn(part, db);
                }
            });
        }
    }
    std::size_t total = 0;
    for (auto const& part : mine) {
        total += part.size();
        CHECK((roam::select<item>()
                   .where(col<&item::thread> == part.front().thread)
                   .order_by(col<&item::number>)
                   .all(db) == part));
    }
    CHECK(roam::select<item>().count(db) == static_cast<std::int64_t>(total));
}

TEST_CASE("a range with one row that is refused inserts none, wherever it stands") {
    store<item> db;
    for (std::size_t const at : {0u, 1u, 99u, 100u, 349u}) {
        INFO(at);
        auto all = items(1, 350);
        all[at].number = all[at == 0 ? 349 : 0].number;
        thrown_by<roam::unique_error>([&] { roam::insert(all, db.db); });
        CHECK(roam::select<item>().count(db.db) == 0);
    }
    auto all = items(1, 350);
    roam::insert(all, db.db);
    CHECK(roam::select<item>().count(db.db) == 350);
}

TEST_CASE("a range of wide records stays below the engine's limit of parameters") {
    store<wide_item> db;
    std::vector<wide_item> all(3000);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].a = static_cast<std::int64_t>(i);
        all[i].l = -all[i].a;
    }
    roam::insert(all, db.db);
    CHECK((roam::select<wide_item>().order_by(col<&wide_item::id>).all(db.db) == all));
}

TEST_CASE("a temporary range comes back with its keys") {
    store<item> db;
    auto const saved = roam::insert(items(1, 250), db.db);
    static_assert(std::is_same_v<decltype(saved), std::vector<item> const>);
    CHECK((roam::select<item>().order_by(col<&item::id>).all(db.db) == saved));
    CHECK(saved.front().id != 0);
}

TEST_CASE("const ranges stay as they are, and a copy comes back with the keys") {
    store<item> db;
    auto const all = items(1, 3);
    CHECK(roam::insert(all, db.db)[2].id != 0);
    CHECK(all[2].id == 0);
    auto const again = items(2, 3);
    std::vector<item> const saved = roam::insert(std::span<item const>{again}, db.db);
    CHECK(
        (roam::select<item>().where(col<&item::thread> == 2).order_by(col<&item::id>).all(db.db) ==
         saved));
}

TEST_CASE("any contiguous range can be inserted, and a view's records get their keys") {
    store<item> db;
    item plain[2] = {{0, 1, 1, "a"}, {0, 1, 2, "b"}};
    roam::insert(plain, db.db);
    std::array<item, 2> array{item{0, 2, 1, "c"}, item{0, 2, 2, "d"}};
    roam::insert(array, db.db);
    std::vector<item> behind = items(3, 2);
    roam::insert(std::span{behind}, db.db);
    CHECK((roam::select<item>().order_by(col<&item::id>).all(db.db) ==
           std::vector<item>{plain[0], plain[1], array[0], array[1], behind[0], behind[1]}));
    std::vector<item> none;
    roam::insert(none, db.db);
    CHECK(roam::insert(std::vector<item>{}, db.db).empty());
}

TEST_CASE("a range on PostgreSQL has one statement for every number of rows") {
    roam::test::place where;
    auto const seen = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.max_sessions = 1, .watch = seen});
    ROAM_NEEDS(db, native_arrays);
    roam::create_tables<item>(db);
    seen->take();
    std::vector<std::string> inserts;
    for (std::size_t const rows : {2u, 3u, 1500u}) {
        roam::insert(items(static_cast<std::int64_t>(rows), rows), db);
        for (auto const& sql : seen->take()) {
            if (contains(sql, "INSERT"))
                inserts.push_back(sql);
        }
    }
    REQUIRE(inserts.size() == 4);
    for (auto const& sql : inserts)
        CHECK(sql == inserts.front());
    CHECK(contains(inserts.front(),
                   "unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY"));
}

TEST_CASE("D13: a trigger that drops a row of a range makes it fail, rather than mix up the keys") {
    if (on_mysql() || on_firebird())
        ROAM_SKIP("its triggers drop no row without an error");
    store<item> db;
    roam::session s = db.db.lease();
    s.execute(on_sqlite() ? "CREATE TRIGGER no_seven BEFORE INSERT ON item WHEN NEW.number = 7 "
                            "BEGIN SELECT RAISE(IGNORE); END"
                          : "CREATE FUNCTION no_seven() RETURNS trigger LANGUAGE plpgsql AS "
                            "'BEGIN IF NEW.number = 7 THEN RETURN NULL; END IF; RETURN NEW; END';"
                            "CREATE TRIGGER no_seven BEFORE INSERT ON item FOR EACH ROW "
                            "EXECUTE FUNCTION no_seven()");
    auto all = items(1, 20);
    auto const e = thrown_by<roam::statement_error>([&] { roam::insert(all, s); });
    CHECK(contains(e.what(), db.db.dialect().can(roam::sql::capability::returning)
                                 ? "20 rows returned 19 keys"
                                 : "a trigger may have refused it"));
    CHECK(roam::select<item>().count(s) == 0);
}

}  // namespace conformance::bulk
