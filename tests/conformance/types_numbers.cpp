// SPDX-License-Identifier: MIT
// bool, every integer, float and double: their limits go there and back, and compare in SQL.
#include "conformance/fixture.hpp"

#include <cmath>
#include <limits>

namespace conformance::numbers {

template <class T>
constexpr T lowest = std::numeric_limits<T>::lowest();
template <class T>
constexpr T most = std::numeric_limits<T>::max();

struct integers {
    std::int64_t id = 0;
    std::int8_t i8 = 0;
    std::int16_t i16 = 0;
    std::int32_t i32 = 0;
    std::int64_t i64 = 0;
    std::uint8_t u8 = 0;
    std::uint16_t u16 = 0;
    std::uint32_t u32 = 0;
    std::uint64_t u64 = 0;
    long long wide = 0;
    bool flag = false;
    friend bool operator==(integers const&, integers const&) = default;
};

struct maybe_integers {
    std::int64_t id = 0;
    std::optional<std::int8_t> i8;
    std::optional<std::int64_t> i64;
    std::optional<std::uint32_t> u32;
    std::optional<std::uint64_t> u64;
    std::optional<bool> flag;
    std::optional<double> real;
    std::optional<float> single;
    friend bool operator==(maybe_integers const&, maybe_integers const&) = default;
};

struct reals {
    std::int64_t id = 0;
    double d = 0;
    float f = 0;
    friend bool operator==(reals const&, reals const&) = default;
};

using roam::col;

constexpr std::uint64_t most_unsigned = static_cast<std::uint64_t>(most<std::int64_t>);

TEST_CASE("integers keep their limits") {
    store<integers> db;
    std::vector<integers> rows{{},
                               {0, lowest<std::int8_t>, lowest<std::int16_t>, lowest<std::int32_t>,
                                lowest<std::int64_t>, 0, 0, 0, 0, lowest<long long>, true},
                               {0, most<std::int8_t>, most<std::int16_t>, most<std::int32_t>,
                                most<std::int64_t>, most<std::uint8_t>, most<std::uint16_t>,
                                most<std::uint32_t>, most_unsigned, most<long long>, true},
                               {0, -1, -1, -1, -1, 1, 1, 1, 1, -1, false}};
    for (auto& r : rows)
        roam::insert(r, db.db);
    CHECK(roam::select<integers>().order_by(col<&integers::id>).all(db.db) == rows);

    auto const& top = rows[2];
    CHECK(roam::select<integers>().where(col<&integers::i8> == top.i8).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::i16> == top.i16).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::i32> == top.i32).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::i64> == top.i64).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::u8> == top.u8).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::u16> == top.u16).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::u32> == top.u32).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::u64> == top.u64).one(db.db) == top);
    CHECK(roam::select<integers>().where(col<&integers::wide> == lowest<long long>).one(db.db) ==
          rows[1]);
    CHECK(roam::select<integers>().where(col<&integers::flag> == true).count(db.db) == 2);
    CHECK(roam::select(roam::max(col<&integers::u32>)).one(db.db) == most<std::uint32_t>);
    CHECK(roam::select(roam::min(col<&integers::i64>)).one(db.db) == lowest<std::int64_t>);
}

TEST_CASE("an unsigned number above 2^63-1 is an error, never a negative number") {
    store<integers, maybe_integers> db;
    for (std::uint64_t const big : {most_unsigned + 1, most<std::uint64_t>}) {
        integers r;
        r.u64 = big;
        thrown_by<roam::conversion_error>([&] { roam::insert(r, db.db); });
        maybe_integers o;
        o.u64 = big;
        thrown_by<roam::conversion_error>([&] { roam::insert(o, db.db); });
        thrown_by<roam::conversion_error>(
            [&] { roam::select<integers>().where(col<&integers::u64> == big).all(db.db); });
    }
    CHECK(roam::select<integers>().count(db.db) == 0);
}

TEST_CASE("a negative number in an unsigned column is out of range") {
    store<integers> db;
    roam::insert(integers{}, db.db);
    roam::raw("UPDATE integers SET u64 = -1").run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::select<integers>().all(db.db); });
    CHECK(contains(e.what(), "u64"));
    roam::raw("UPDATE integers SET u64 = 1, u32 = -1").run(db.db);
    thrown_by<roam::conversion_error>([&] { roam::select<integers>().all(db.db); });
}

TEST_CASE("a number that is too large for its member is out of range, and names the column") {
    store<integers> db;
    roam::insert(integers{}, db.db);
    roam::raw("UPDATE integers SET i8 = 200").run(db.db);  // the column is wider than the member
    auto const e = thrown_by<roam::conversion_error>([&] { roam::select<integers>().all(db.db); });
    CHECK(contains(e.what(), "integers.i8"));
}

TEST_CASE("optional numbers are NULL or a value") {
    store<maybe_integers> db;
    std::vector<maybe_integers> rows{
        {},
        {.i8 = 0, .i64 = 0, .u32 = 0, .u64 = 0, .flag = false, .real = 0, .single = 0},
        {.i8 = lowest<std::int8_t>,
         .i64 = lowest<std::int64_t>,
         .u32 = most<std::uint32_t>,
         .u64 = most_unsigned,
         .flag = true,
         .real = -1.5,
         .single = 1.5f}};
    roam::insert(rows, db.db);
    CHECK(roam::select<maybe_integers>().order_by(col<&maybe_integers::id>).all(db.db) == rows);
    CHECK(roam::select<maybe_integers>().where(col<&maybe_integers::flag>.is_null()).one(db.db) ==
          rows[0]);
    CHECK(roam::select<maybe_integers>().where(col<&maybe_integers::i8> == 0).one(db.db) ==
          rows[1]);
    CHECK(roam::select<maybe_integers>().where(col<&maybe_integers::real> == -1.5).one(db.db) ==
          rows[2]);
}

TEST_CASE("floating point numbers keep every bit") {
    store<reals> db;
    ROAM_NEEDS(db.db, exact_real);
    std::vector<reals> rows;
    for (double const d :
         {0.0, -0.0, 0.1, 1e308, -1e-308, most<double>, lowest<double>,
          std::numeric_limits<double>::denorm_min(), 9007199254740993.0, 1.0 / 3}) {
        rows.push_back({.d = d, .f = static_cast<float>(d > 1e30 || d < -1e30 ? 1.5 : d)});
    }
    for (float const f :
         {0.1f, most<float>, lowest<float>, std::numeric_limits<float>::denorm_min()}) {
        rows.push_back({.d = f, .f = f});
    }
    roam::insert(rows, db.db);
    auto const found = roam::select<reals>().order_by(col<&reals::id>).all(db.db);
    CHECK(found == rows);
    // SQLite stores a real without a fraction as an integer, which has no -0; MariaDB drops the
    // sign.
    CHECK(std::signbit(found.at(1).d) == (on_postgresql() || on_firebird()));
    CHECK(roam::select<reals>().where(col<&reals::d> == 0.1).all(db.db).size() == 1);
    CHECK(roam::select<reals>().where(col<&reals::d> > 1e307).all(db.db).size() == 2);
    CHECK(roam::select<reals>().where(col<&reals::f> == 0.1f).all(db.db).size() == 2);
}

TEST_CASE("infinities and NaN are stored where the engine can, and refused elsewhere") {
    store<reals> db;
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    if (!db.db.dialect().can(roam::sql::capability::not_a_number)) {
        reals r{.d = nan, .f = 0};
        thrown_by<roam::conversion_error>([&] { roam::insert(r, db.db); });
        r = {.d = 0, .f = std::numeric_limits<float>::quiet_NaN()};
        thrown_by<roam::conversion_error>([&] { roam::insert(r, db.db); });
        CHECK(roam::select<reals>().count(db.db) == 0);
    }
    ROAM_NEEDS(db.db, not_a_number);
    std::vector<reals> rows{{.d = infinite, .f = std::numeric_limits<float>::infinity()},
                            {.d = -infinite, .f = -std::numeric_limits<float>::infinity()},
                            {.d = nan, .f = std::numeric_limits<float>::quiet_NaN()}};
    roam::insert(rows, db.db);
    auto const found = roam::select<reals>().order_by(col<&reals::id>).all(db.db);
    CHECK(found.at(0) == rows[0]);
    CHECK(found.at(1) == rows[1]);
    CHECK(std::isnan(found.at(2).d));
    CHECK(std::isnan(found.at(2).f));
    CHECK(roam::select<reals>()
              .where(col<&reals::d> > most<double>)
              .where(col<&reals::d> <= infinite)
              .all(db.db)
              .size() == 1);
}

TEST_CASE("a whole number in a column of reals is read as one") {
    store<reals> db;
    roam::insert(reals{}, db.db);
    roam::raw("UPDATE reals SET d = 5, f = 7").run(db.db);
    auto const r = roam::select<reals>().one(db.db);
    CHECK(r.d == 5.0);
    CHECK(r.f == 7.0f);
}

}  // namespace conformance::numbers
