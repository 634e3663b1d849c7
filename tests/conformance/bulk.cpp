// SPDX-License-Identifier: MIT
// Inserting ranges (D13): keys in order, all rows or none.
#include "conformance/fixture.hpp"
#include "support/scale.hpp"

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
                    roam::insert(part, db);
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

}  // namespace conformance::bulk
