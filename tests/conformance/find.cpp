// SPDX-License-Identifier: MIT
// find, get, exists and refresh, over every sort of key; records without one.
#include "conformance/fixture.hpp"

namespace conformance::finding {

struct author {
    std::int64_t id = 0;
    std::string name;
    std::optional<int> born;
    friend bool operator==(author const&, author const&) = default;
};

struct country {
    std::string code;
    std::string name;
    friend bool operator==(country const&, country const&) = default;
};
ROAM_RECORD(country, table("countries"), primary_key<&country::code>())

struct order_line {
    std::int64_t order = 0;
    int line = 0;
    std::string article;
    friend bool operator==(order_line const&, order_line const&) = default;
};
ROAM_RECORD(order_line, primary_key<&order_line::order, &order_line::line>())

struct day_total {
    std::chrono::sys_days day{};
    std::string shop;
    int total = 0;
    friend bool operator==(day_total const&, day_total const&) = default;
};
ROAM_RECORD(day_total, primary_key<&day_total::shop, &day_total::day>())

struct move {  // two members of one type, named in the other order
    int from = 0;
    int to = 0;
    std::string note;
    friend bool operator==(move const&, move const&) = default;
};
ROAM_RECORD(move, primary_key<&move::to, &move::from>())

struct reading {
    std::string sensor;
    double degrees = 0;
    friend bool operator==(reading const&, reading const&) = default;
};

struct profile {
    std::int64_t id = 0;
    std::string name;
    int cached_score = 0;
    std::vector<std::string> open_tabs = {};
};
ROAM_RECORD(profile, transient<&profile::cached_score, &profile::open_tabs>())

using roam::col;

TEST_CASE("find answers the row or nothing, get throws, exists asks") {
    store<author> db;
    auto const a = roam::insert(author{.name = "A", .born = 1900}, db.db);
    CHECK(roam::find<author>(a.id, db.db) == a);
    CHECK_FALSE(roam::find<author>(a.id + 1, db.db));
    CHECK(roam::get<author>(a.id, db.db) == a);
    auto const e = thrown_by<roam::not_found_error>([&] { roam::get<author>(a.id + 1, db.db); });
    CHECK(contains(e.what(), "author"));
    CHECK(roam::exists<author>(a.id, db.db));
    CHECK_FALSE(roam::exists<author>(a.id + 1, db.db));
    CHECK_FALSE(roam::exists<author>(-1, db.db));
}

TEST_CASE("find_many answers in the order of the keys, nothing for a key without a row") {
    store<author> db;
    std::vector<author> all(250);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].name = "author " + std::to_string(i);
    roam::insert(all, db.db);

    std::vector<std::int64_t> keys;
    for (auto at = all.rbegin(); at != all.rend(); ++at)
        keys.push_back(at->id);
    keys.push_back(all[7].id);          // once more
    keys.push_back(all.back().id + 1);  // nobody
    auto const found = roam::find_many<author>(keys, db.db);
    REQUIRE(found.size() == keys.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(found[i] == all[all.size() - 1 - i]);
    CHECK(found[all.size()] == all[7]);
    CHECK_FALSE(found.back());

    CHECK(roam::find_many<author>({all[3].id, all[1].id}, db.db) ==
          std::vector<std::optional<author>>{all[3], all[1]});
    CHECK(roam::find_many<author>({all[3].id}, db.db) ==
          std::vector<std::optional<author>>{all[3]});
    CHECK(roam::find_many<author>({}, db.db).empty());
}

TEST_CASE("get_many throws where a key has no row, and says for how many") {
    store<author> db;
    auto const a = roam::insert(author{.name = "A"}, db.db);
    auto const b = roam::insert(author{.name = "B"}, db.db);
    CHECK(roam::get_many<author>({b.id, a.id, b.id}, db.db) == std::vector<author>{b, a, b});
    auto const e = thrown_by<roam::not_found_error>(
        [&] { roam::get_many<author>({a.id, b.id + 1, b.id + 2}, db.db); });
    CHECK(contains(e.what(), "2 of the keys have no row"));
    CHECK(contains(e.what(), "author"));
}

TEST_CASE("find_many takes every sort of key") {
    store<country> countries;
    std::vector<country> const named{{"ch", "Switzerland"}, {"Zz", "nowhere"}, {"äö", "Umlauts"}};
    for (auto const& each : named)
        roam::insert(each, countries.db);
    CHECK(roam::find_many<country>({"äö", "Zz", "no", "ch"}, countries.db) ==
          std::vector<std::optional<country>>{named[2], named[1], std::nullopt, named[0]});

    store<order_line> lines;
    order_line const one{.order = 1, .line = 1, .article = "a"};
    order_line const two{.order = 1, .line = 2, .article = "b"};
    roam::insert(one, lines.db);
    roam::insert(two, lines.db);
    CHECK(roam::find_many<order_line>({{1, 2}, {2, 1}, {1, 1}}, lines.db) ==
          std::vector<std::optional<order_line>>{two, std::nullopt, one});
}

TEST_CASE("find_many asks a server less often than once a key, and SQLite as often") {
    roam::test::place where;
    auto const seen = std::make_shared<roam::test::recorder>();
    auto const db = where.open({.max_sessions = 1, .watch = seen});
    roam::create_tables<author>(db);
    std::vector<author> all(150);
    roam::insert(all, db);
    std::vector<std::int64_t> keys;
    for (auto const& each : all)
        keys.push_back(each.id);
    seen->take();
    CHECK(roam::get_many<author>(keys, db) == all);
    std::size_t const expected = db.dialect().can(roam::sql::capability::native_arrays) ? 1
                                 : is_mysql(db.dialect().family)                        ? 2
                                                                                        : 150;
    CHECK(seen->take().size() == expected);
}

TEST_CASE("refresh reads the row again and keeps the record when it is gone") {
    store<author> db;
    author a{.name = "A", .born = 1900};
    roam::insert(a, db.db);
    author other = a;
    other.name = "B";
    other.born.reset();
    roam::update(other, db.db);
    roam::refresh(a, db.db);
    CHECK(a == other);
    roam::remove(a, db.db);
    thrown_by<roam::not_found_error>([&] { roam::refresh(a, db.db); });
    CHECK(a == other);
}

TEST_CASE("a key of text is assigned by the program") {
    store<country> db;
    country const poland{"PL", "Polska"};
    roam::insert(poland, db.db);
    CHECK(roam::find<country>("PL", db.db) == poland);
    CHECK_FALSE(roam::find<country>("pl", db.db));  // text compares by its bytes everywhere
    country renamed{"PL", "Rzeczpospolita Polska"};
    roam::update(renamed, db.db);
    CHECK(roam::get<country>("PL", db.db) == renamed);
    thrown_by<roam::unique_error>([&] { roam::insert(poland, db.db); });
    country const nameless{"", "the empty key is a key"};
    roam::insert(nameless, db.db);
    CHECK(roam::get<country>("", db.db) == nameless);
    roam::remove(renamed, db.db);
    CHECK(roam::select<country>().count(db.db) == 1);
}

TEST_CASE("a composite key is found, updated and removed by all its parts") {
    store<order_line> db;
    for (std::int64_t o : {1, 2}) {
        for (int l : {1, 2, 3})
            roam::insert(order_line{o, l, "x"}, db.db);
    }
    CHECK(roam::get<order_line>({2, 3}, db.db) == order_line{2, 3, "x"});
    CHECK_FALSE(roam::find<order_line>({3, 2}, db.db));
    CHECK(roam::exists<order_line>({1, 1}, db.db));
    order_line changed{2, 1, "y"};
    roam::update(changed, db.db);
    CHECK(roam::select<order_line>().where(col<&order_line::article> == "y").all(db.db) ==
          std::vector{changed});
    roam::remove(changed, db.db);
    CHECK(roam::select<order_line>().count(db.db) == 5);
    thrown_by<roam::unique_error>([&] { roam::insert(order_line{1, 1, "again"}, db.db); });
    roam::upsert(changed, db.db);
    CHECK(roam::get<order_line>({2, 1}, db.db).article == "y");
}

TEST_CASE("the parts of a key come in the order in which the mapping names them") {
    store<day_total> db;
    using namespace std::chrono_literals;
    day_total const t{std::chrono::sys_days{2024y / 2 / 29}, "north", 12};
    roam::insert(t, db.db);
    CHECK(roam::get<day_total>({"north", std::chrono::sys_days{2024y / 2 / 29}}, db.db) == t);
}

TEST_CASE("a record without a key is inserted, selected, and changed by set-based statements") {
    store<reading> db;
    std::vector<reading> some{{"a", 1.5}, {"b", -2}, {"a", 1.5}};
    roam::insert(some, db.db);
    roam::insert(reading{"c", 0}, db.db);
    CHECK(roam::select<reading>().where(col<&reading::sensor> == "a").all(db.db).size() == 2);
    CHECK(roam::remove<reading>().where(col<&reading::degrees> < 0).run(db.db) == 1);
    CHECK(roam::select<reading>().count(db.db) == 3);
}

TEST_CASE("transient members are no columns and survive refresh, update and insert") {
    store<profile> db;
    profile p{.name = "ann", .cached_score = 7, .open_tabs = {"a", "b"}};
    roam::insert(p, db.db);
    p.name = "anna";
    roam::update(p, db.db);
    p.name = "forgotten";
    roam::refresh(p, db.db);
    CHECK(p.name == "anna");
    CHECK(p.cached_score == 7);
    CHECK(p.open_tabs.size() == 2);
    auto const fresh = roam::get<profile>(p.id, db.db);
    CHECK(fresh.cached_score == 0);
    CHECK(fresh.open_tabs.empty());
}

TEST_CASE("a composite key means the same row whatever order primary_key<> names its members in") {
    store<move> const place;
    auto const& db = place.db;
    roam::insert(move{1, 2, "there"}, db);
    roam::insert(move{2, 1, "back"}, db);

    roam::update(move{1, 2, "changed"}, db);
    CHECK(roam::get<move>({2, 1}, db) == move{1, 2, "changed"});  // a key is {to, from} here
    move back{2, 1, ""};
    roam::refresh(back, db);
    CHECK(back.note == "back");
    roam::remove(move{1, 2, ""}, db);
    CHECK(roam::select<move>().one(db) == back);
}

}  // namespace conformance::finding
