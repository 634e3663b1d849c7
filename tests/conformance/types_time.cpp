// SPDX-License-Identifier: MIT
// Days, instants, clock times and durations (D27): one meaning on every backend, microseconds.
#include "conformance/fixture.hpp"

#include <support/driver.hpp>

#include <algorithm>

namespace conformance::times {

using namespace std::chrono;
using namespace std::chrono_literals;
using roam::col;

struct event {
    std::int64_t id = 0;
    sys_days day{};
    year_month_day date{1970y / 1 / 1};
    sys_time<microseconds> at{};
    local_time<microseconds> clock{};
    microseconds took{};
    friend bool operator==(event const&, event const&) = default;
};

struct precise {
    std::int64_t id = 0;
    sys_time<nanoseconds> at{};
    std::optional<local_time<nanoseconds>> clock = {};
    nanoseconds took{};
    sys_seconds coarse{};
    milliseconds pause{};
    friend bool operator==(precise const&, precise const&) = default;
};

struct maybe {
    std::int64_t id = 0;
    std::optional<sys_days> day;
    std::optional<sys_time<microseconds>> at;
    std::optional<seconds> took;
    friend bool operator==(maybe const&, maybe const&) = default;
};

event on(year_month_day date, microseconds time_of_day) {
    sys_time<microseconds> const at = sys_days{date} + time_of_day;
    return {.day = sys_days{date},
            .date = date,
            .at = at,
            .clock = local_time<microseconds>{at.time_since_epoch()},
            .took = time_of_day};
}

std::vector<event> const events{
    on(1970y / 1 / 1, 0us),
    on(1969y / 12 / 31, 23h + 59min + 59s + 999999us),
    on(1900y / 2 / 28, 1us),
    on(1y / 1 / 1, 0us),
    on(1582y / 10 / 10, 12h),
    on(2000y / 2 / 29, 12h + 34min + 56s + 789012us),
    on(2038y / 1 / 19, 3h + 14min + 8s),
    on(9999y / 12 / 31, 23h + 59min + 59s + 999999us),
};

TEST_CASE("days and times keep their value from the year 1 to 9999") {
    store<event> db;
    for (auto e : events) {
        INFO(static_cast<int>(e.date.year()));
        roam::insert(e, db.db);
        CHECK(roam::get<event>(e.id, db.db) == e);
        CHECK(roam::select<event>().where(col<&event::day> == e.day).one(db.db) == e);
        CHECK(roam::select<event>().where(col<&event::date> == e.date).one(db.db) == e);
        CHECK(roam::select<event>().where(col<&event::at> == e.at).one(db.db) == e);
        CHECK(roam::select<event>().where(col<&event::clock> == e.clock).one(db.db) == e);
    }
}

TEST_CASE("the order in SQL is the order of time") {
    store<event> db;
    auto rows = events;
    roam::insert(rows, db.db);
    std::sort(rows.begin(), rows.end(), [](auto const& a, auto const& b) { return a.at < b.at; });
    CHECK(roam::select<event>().order_by(col<&event::at>).all(db.db) == rows);
    CHECK(roam::select<event>().order_by(col<&event::clock>).all(db.db) == rows);
    CHECK(roam::select<event>().order_by(col<&event::day>, col<&event::at>).all(db.db) == rows);
    sys_time<microseconds> const epoch{};
    CHECK(roam::select<event>().where(col<&event::at> < epoch).count(db.db) == 4);
    CHECK(roam::select<event>()
              .where(col<&event::day>.between(sys_days{1900y / 1 / 1}, sys_days{2000y / 12 / 31}))
              .count(db.db) == 4);
    CHECK(roam::select(roam::max(col<&event::at>)).one(db.db) == rows.back().at);
}

TEST_CASE("what is finer than a microsecond is floored in the record too") {
    store<precise> db;
    auto const base = sys_days{2024y / 5 / 6} + 7h;
    precise p{.at = base + 1999ns,
              .clock = local_time<nanoseconds>{-1ns},
              .took = -1500ns,
              .coarse = base,
              .pause = 1234ms};
    roam::insert(p, db.db);
    CHECK(p.at == base + 1000ns);
    CHECK(p.clock == local_time<nanoseconds>{-1000ns});
    CHECK(p.took == -2000ns);
    CHECK(roam::get<precise>(p.id, db.db) == p);

    p.at += 1ns;
    roam::update(p, db.db);
    CHECK(p.at == base + 1000ns);
    CHECK(roam::get<precise>(p.id, db.db) == p);
    p.at += 1ns;
    roam::update<&precise::at>(p, db.db);
    CHECK(p.at == base + 1000ns);

    std::vector<precise> many(3, p);
    for (auto& each : many)
        each.took = 1ns;
    roam::insert(many, db.db);
    CHECK(many[2].took == 0ns);
}

TEST_CASE("a member coarser than the column takes the whole units") {
    store<precise> db;
    precise p{.coarse = sys_days{1969y / 12 / 31}};
    roam::insert(p, db.db);
    roam::raw(!on_postgresql()
                  ? "UPDATE precise SET coarse = '1969-12-31 23:59:58.900000', pause = -1"
                  : "UPDATE precise SET coarse = '1969-12-31 23:59:58.9+00', pause = -1")
        .run(db.db);
    roam::refresh(p, db.db);
    CHECK(p.coarse == sys_days{1970y / 1 / 1} - 2s);
    CHECK(p.pause == -1ms);
}

TEST_CASE("durations are a number of microseconds that can be summed") {
    store<event> db;
    std::vector<event> rows{on(2000y / 1 / 1, 1500000us), on(2000y / 1 / 2, 1us)};
    rows[1].took = -1us;
    roam::insert(rows, db.db);
    CHECK(roam::raw<std::int64_t>(on_mysql() ? "SELECT CAST(sum(took) AS signed) FROM event"
                                             : "SELECT CAST(sum(took) AS bigint) FROM event")
              .one(db.db) == 1499999);
    CHECK(roam::select<event>().where(col<&event::took> < 0us).one(db.db) == rows[1]);
}

TEST_CASE("optional days and times are NULL or a value") {
    store<maybe> db;
    std::vector<maybe> rows{{}, {.day = sys_days{}, .at = sys_time<microseconds>{}, .took = 0s}};
    roam::insert(rows, db.db);
    CHECK(roam::select<maybe>().order_by(col<&maybe::id>).all(db.db) == rows);
    CHECK(roam::select<maybe>().where(col<&maybe::at> == std::nullopt).one(db.db) == rows[0]);
}

TEST_CASE("a date in no calendar, or out of range, is a conversion_error and writes nothing") {
    store<event> db;
    auto bad = events[0];
    bad.date = 2023y / 2 / 29;
    thrown_by<roam::conversion_error>([&] { roam::insert(bad, db.db); });
    bad = events[0];
    bad.at = sys_days{year{10000} / 1 / 1};
    thrown_by<roam::conversion_error>([&] { roam::insert(bad, db.db); });
    bad = events[0];
    bad.day = sys_days{year{12345} / 1 / 1};
    thrown_by<roam::conversion_error>([&] { roam::insert(bad, db.db); });
    bad = events[0];
    bad.clock = local_days{year{-1} / 12 / 31};
    thrown_by<roam::conversion_error>([&] { roam::insert(bad, db.db); });
    CHECK(roam::select<event>().count(db.db) == 0);
}

TEST_CASE("an instant does not depend on the session's time zone") {
    ROAM_NEEDS_OF_DRIVER(session_zone);
    store<event> db;
    auto e = events[5];
    roam::insert(e, db.db);
    if (!on_sqlite()) {
        roam::transaction tx{db.db};
        roam::session& s = tx;
        s.execute(on_mysql() ? "SET time_zone = '-05:00'"
                             : "SET LOCAL TIME ZONE 'America/New_York'");
        CHECK(roam::get<event>(e.id, s) == e);
        auto again = roam::insert(events[6], s);
        tx.commit();
        CHECK(roam::get<event>(again.id, db.db).at == again.at);
    } else {
        CHECK(roam::raw<std::string>("SELECT at FROM event").one(db.db) ==
              "2000-02-29 12:34:56.789012");
    }
}

}  // namespace conformance::times
