// SPDX-License-Identifier: MIT
// Enums (D30), arrays, and a type of the program's own.
#include "conformance/fixture.hpp"

#include <array>
#include <limits>

namespace conformance::other_types {

enum class color { red, green, blue };
ROAM_ENUM(color, red, green, blue)

enum class level : std::int16_t { low = -3, high = 300 };
enum class tiny : std::uint8_t { zero, most = 255 };

struct paint {
    std::int64_t id = 0;
    color listed = color::red;
    std::optional<color> other;
    level number = level::low;
    std::optional<tiny> small;
    friend bool operator==(paint const&, paint const&) = default;
};

struct series {
    std::int64_t id = 0;
    std::vector<int> ints;
    std::vector<std::int64_t> longs;
    std::vector<double> doubles;
    std::vector<float> floats;
    std::array<std::int16_t, 3> three{};
    std::optional<std::vector<int>> maybe;
    friend bool operator==(series const&, series const&) = default;
};

struct money {
    std::int64_t cents = 0;
    friend bool operator==(money const&, money const&) = default;
};

struct celsius {
    double degrees = 0;
    friend bool operator==(celsius const&, celsius const&) = default;
};

struct below_zero : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace conformance::other_types

template <>
struct roam::value<conformance::other_types::money> {
    using stored_as = std::int64_t;
    static std::int64_t store(conformance::other_types::money const& m) { return m.cents; }
    static conformance::other_types::money load(std::int64_t cents) { return {cents}; }
};

template <>
struct roam::value<conformance::other_types::celsius> {
    using stored_as = std::string;
    static std::string store(conformance::other_types::celsius const& c) {
        if (c.degrees < -273.15)
            throw conformance::other_types::below_zero{"colder than cold"};
        return std::to_string(c.degrees) + " degrees Celsius, a text that is not short";
    }
    static conformance::other_types::celsius load(std::string const& text) {
        return {std::stod(text)};
    }
};

namespace conformance::other_types {

struct account {
    std::int64_t id = 0;
    money balance;
    std::optional<money> limit;
    celsius room;
    std::optional<celsius> outside;
    friend bool operator==(account const&, account const&) = default;
};

using roam::col;

TEST_CASE("a listed enum is stored as its name, another as its number") {
    store<paint> db;
    std::vector<paint> rows{
        {.listed = color::green, .other = {}, .number = level::high, .small = tiny::most},
        {.listed = color::red, .other = color::blue, .number = level::low, .small = {}}};
    roam::insert(rows, db.db);
    CHECK(roam::select<paint>().order_by(col<&paint::id>).all(db.db) == rows);
    CHECK(roam::raw<std::string>("SELECT listed FROM paint WHERE other IS NULL").one(db.db) ==
          "green");
    CHECK(roam::raw<int>("SELECT number FROM paint WHERE other IS NULL").one(db.db) == 300);
    CHECK(roam::select<paint>().where(col<&paint::listed> == color::red).one(db.db) == rows[1]);
    CHECK(roam::select<paint>().where(col<&paint::other> == color::blue).one(db.db) == rows[1]);
    CHECK(roam::select<paint>().where(col<&paint::number> == level::high).one(db.db) == rows[0]);
    CHECK(
        roam::select<paint>().where(col<&paint::listed>.in({color::red, color::blue})).one(db.db) ==
        rows[1]);
    CHECK(roam::update<paint>().set(col<&paint::listed> = color::blue).every_row().run(db.db) == 2);
}

TEST_CASE("a name that is not listed is a conversion_error, read or written") {
    store<paint> db;
    paint p{.listed = color::green, .other = {}, .number = level::low, .small = {}};
    roam::insert(p, db.db);
    roam::raw("UPDATE paint SET listed = 'mauve'").run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::get<paint>(p.id, db.db); });
    CHECK(contains(e.what(), "paint.listed"));
    CHECK_FALSE(contains(e.what(), "mauve"));
    p.listed = static_cast<color>(77);
    thrown_by<roam::conversion_error>([&] { roam::update(p, db.db); });
}

TEST_CASE("a number that the enum's type cannot hold is a conversion_error") {
    store<paint> db;
    paint p{.listed = color::red, .other = {}, .number = level::low, .small = tiny::zero};
    roam::insert(p, db.db);
    roam::raw("UPDATE paint SET small = 256").run(db.db);
    thrown_by<roam::conversion_error>([&] { roam::get<paint>(p.id, db.db); });
}

TEST_CASE("arrays of numbers keep their order, their limits and their emptiness") {
    store<series> db;
    std::vector<series> rows{{},
                             {.ints = {1, -2, 3},
                              .longs = {std::numeric_limits<std::int64_t>::min(),
                                        std::numeric_limits<std::int64_t>::max()},
                              .doubles = {0.1, -1e300, 5},
                              .floats = {0.1f, 3},
                              .three = {1, 2, 3},
                              .maybe = std::vector<int>{}},
                             {.ints = std::vector<int>(1000, 7),
                              .longs = {},
                              .doubles = {},
                              .floats = {},
                              .three = {-32768, 0, 32767},
                              .maybe = std::vector{4}}};
    for (auto& r : rows)
        roam::insert(r, db.db);
    CHECK(roam::select<series>().order_by(col<&series::id>).all(db.db) == rows);
    rows[0].ints = {9, 8};
    rows[0].maybe = std::vector{1};
    roam::update(rows[0], db.db);
    CHECK(roam::get<series>(rows[0].id, db.db) == rows[0]);
    CHECK(roam::select<series>().where(col<&series::maybe>.is_null()).count(db.db) == 0);
}

TEST_CASE("arrays that do not fit the member are conversion errors") {
    store<series> db;
    series s;
    roam::insert(s, db.db);
    roam::raw(!on_postgresql() ? "UPDATE series SET three = '[1,2]'"
                               : "UPDATE series SET three = '{1,2}'")
        .run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::get<series>(s.id, db.db); });
    CHECK(contains(e.what(), "series.three"));
    roam::raw(!on_postgresql() ? "UPDATE series SET three = '[1,2,3]', ints = '[null]'"
                               : "UPDATE series SET three = '{1,2,3}', ints = '{null}'")
        .run(db.db);
    thrown_by<roam::conversion_error>([&] { roam::get<series>(s.id, db.db); });
}

TEST_CASE("a type of the program's own travels as what it says it is stored as") {
    store<account> db;
    account a{.balance = {-150}, .limit = money{5}, .room = {21.5}, .outside = celsius{-3}};
    account b{.balance = {1}, .limit = {}, .room = {0}, .outside = {}};
    roam::insert(a, db.db);
    roam::insert(b, db.db);
    CHECK(roam::get<account>(a.id, db.db) == a);
    CHECK(roam::get<account>(b.id, db.db) == b);
    CHECK(roam::select<account>().where(col<&account::balance> == money{-150}).one(db.db) == a);
    CHECK(roam::select<account>().where(col<&account::room> == celsius{21.5}).one(db.db) == a);
    CHECK(roam::select<account>().where(col<&account::limit> == std::nullopt).one(db.db) == b);
    std::vector<account> many(150, a);
    roam::insert(many, db.db);
    CHECK(roam::select<account>().where(col<&account::outside> == celsius{-3}).count(db.db) == 151);
}

TEST_CASE("what a conversion of the program's own throws passes through unchanged") {
    store<account> db;
    account a{.balance = {}, .limit = {}, .room = {-300}, .outside = {}};
    CHECK_THROWS_AS(roam::insert(a, db.db), below_zero);
    a.room = {1};
    roam::insert(a, db.db);
    roam::raw("UPDATE account SET room = 'warm'").run(db.db);
    CHECK_THROWS_AS(roam::get<account>(a.id, db.db), std::invalid_argument);
    CHECK(roam::select<account>().count(db.db) == 1);  // and the session goes on
}

}  // namespace conformance::other_types
