// SPDX-License-Identifier: MIT
#include "cells.hpp"
#include <roam/error.hpp>
#include <roam/mapping/chrono.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>

using namespace roam::test;
using namespace std::chrono;
using roam::mapping::cell_kind;
using roam::mapping::column_type_of;
using roam::mapping::load_status;
using roam::mapping::type_kind;

namespace {

template <class T>
T normalized(T value) {
    roam::mapping::normalize(value);
    return value;
}

constexpr sys_days leap_day = 2024y / February / 29;

}  // namespace

TEST_CASE("each time has the column type that fits it") {
    CHECK(column_type_of<sys_days>().kind == type_kind::date);
    CHECK(column_type_of<year_month_day>().kind == type_kind::date);
    CHECK(column_type_of<system_clock::time_point>().kind == type_kind::timestamp);
    CHECK(column_type_of<sys_seconds>().kind == type_kind::timestamp);
    CHECK(column_type_of<sys_time<hours>>().kind == type_kind::timestamp);
    CHECK(column_type_of<local_seconds>().kind == type_kind::local_timestamp);
    CHECK(column_type_of<seconds>().kind == type_kind::duration);
    CHECK(column_type_of<duration<double>>().kind == type_kind::duration);
    CHECK(column_type_of<std::optional<milliseconds>>().kind == type_kind::duration);
}

TEST_CASE("days go through from before our era to far in the future") {
    CHECK(stored_kind(leap_day) == cell_kind::date);
    CHECK(stored_integer(leap_day) == 19782);
    for (auto const day : {sys_days{}, sys_days{days{-1}}, leap_day, sys_days{-44y / March / 15},
                           sys_days{9999y / December / 31}, sys_days{20000y / January / 1}}) {
        CHECK(round_trips(day));
        CHECK(round_trips(year_month_day{day}));
        CHECK(round_trips(std::optional{day}));
    }
    CHECK(status_of<sys_days>({}) == load_status::null);
    CHECK(status_of<sys_days>(integer_cell(5)) == load_status::wrong_kind);
}

TEST_CASE("a day that is in no calendar is refused when it is stored") {
    roam::mapping::scratch memory;
    for (auto const day : {2023y / February / 29, 2024y / month{13} / 1, 2024y / January / 0}) {
        CHECK_THROWS_AS(roam::mapping::store(day, memory), roam::conversion_error);
    }
}

TEST_CASE("instants of every unit go through, before 1970 too") {
    CHECK(stored_kind(system_clock::time_point{}) == cell_kind::timestamp);
    CHECK(stored_integer(sys_seconds{seconds{-1}}) == -1'000'000);
    CHECK(round_trips(sys_time<microseconds>{microseconds{-1}}));
    CHECK(round_trips(sys_time<milliseconds>{milliseconds{-1'001}}));
    CHECK(round_trips(sys_seconds{leap_day}));
    CHECK(round_trips(sys_time<minutes>{minutes{-7}}));
    CHECK(round_trips(sys_time<hours>{hours{100'000}}));
    CHECK(round_trips(sys_time<weeks>{weeks{-3}}));
    CHECK(round_trips(sys_time<nanoseconds>{microseconds{1'700'000'000'123'456}}));
    CHECK(round_trips(local_time<microseconds>{microseconds{-1}}));
    CHECK(round_trips(local_seconds{seconds{1}}));
    CHECK(stored_kind(local_seconds{}) == cell_kind::local_timestamp);
}

TEST_CASE("what is finer than a microsecond is rounded down, in the record as in the row") {
    struct sample {
        std::int64_t nanoseconds;
        std::int64_t microseconds;
    };
    auto const [given, kept] =
        GENERATE(sample{0, 0}, sample{999, 0}, sample{1'000, 1}, sample{1'999, 1}, sample{-1, -1},
                 sample{-1'000, -1}, sample{-1'001, -2});
    CAPTURE(given);
    sys_time<nanoseconds> const instant{nanoseconds{given}};
    local_time<nanoseconds> const local{nanoseconds{given}};
    nanoseconds const span{given};
    CHECK(stored_integer(instant) == kept);
    CHECK(stored_integer(local) == kept);
    CHECK(stored_integer(span) == kept);
    CHECK(normalized(instant).time_since_epoch() == microseconds{kept});
    CHECK(normalized(local).time_since_epoch() == microseconds{kept});
    CHECK(normalized(span) == microseconds{kept});
    CHECK(normalized(std::optional{instant})->time_since_epoch() == microseconds{kept});
    CHECK(round_trips(normalized(instant)));
    CHECK(round_trips(normalized(span)));
}

TEST_CASE("rounding leaves alone what has no finer part") {
    CHECK(normalized(sys_seconds{leap_day}) == sys_seconds{leap_day});
    CHECK(normalized(microseconds{-7}) == microseconds{-7});
    CHECK_FALSE(normalized(std::optional<nanoseconds>{}).has_value());
}

TEST_CASE("a coarser member takes the whole units, rounded down") {
    auto const almost = integer_cell(-1, cell_kind::timestamp);
    CHECK(loaded<sys_seconds>(almost) == sys_seconds{seconds{-1}});
    CHECK(loaded<sys_time<hours>>(almost) == sys_time<hours>{hours{-1}});
    CHECK(loaded<sys_seconds>(integer_cell(1'999'999, cell_kind::timestamp)) ==
          sys_seconds{seconds{1}});
    CHECK(loaded<seconds>(integer_cell(-1)) == seconds{-1});
    CHECK(loaded<minutes>(integer_cell(119'999'999)) == minutes{1});
}

TEST_CASE("times are read from the text of engines that have no times") {
    CHECK(loaded<sys_days>(text_cell("2024-02-29")) == leap_day);
    CHECK(loaded<year_month_day>(text_cell("2024-02-29")) == 2024y / February / 29);
    CHECK(loaded<sys_seconds>(text_cell("2024-02-29 00:00:01.000000")) == leap_day + seconds{1});
    CHECK(loaded<sys_seconds>(text_cell("2024-02-29T01:00:00+01:00")) == leap_day);
    CHECK(loaded<local_seconds>(text_cell("1969-12-31 23:59:59")) == local_seconds{seconds{-1}});
    CHECK(loaded<sys_seconds>(text_cell("2024-02-29")) == leap_day);
    CHECK(status_of<sys_days>(text_cell("2023-02-29")) == load_status::malformed);
    CHECK(status_of<sys_seconds>(text_cell("yesterday")) == load_status::malformed);
    CHECK(status_of<local_seconds>(text_cell("")) == load_status::malformed);
    CHECK(status_of<year_month_day>(text_cell("2024-00-00")) == load_status::malformed);
}

TEST_CASE("a time with a zone and one without are not taken for each other") {
    auto const instant = integer_cell(0, cell_kind::timestamp);
    auto const local = integer_cell(0, cell_kind::local_timestamp);
    CHECK(status_of<local_seconds>(instant) == load_status::wrong_kind);
    CHECK(status_of<sys_seconds>(local) == load_status::wrong_kind);
    CHECK(status_of<sys_seconds>(integer_cell(0)) == load_status::wrong_kind);
    CHECK(status_of<sys_days>(instant) == load_status::wrong_kind);
}

TEST_CASE("durations are whole microseconds, whatever their own unit") {
    CHECK(stored_kind(seconds{1}) == cell_kind::integer);
    CHECK(stored_integer(hours{-2}) == -7'200'000'000);
    CHECK(stored_integer(duration<double>{0.5}) == 500'000);
    CHECK(stored_integer(duration<double>{-0.0000005}) == -1);
    CHECK(round_trips(days{-3}));
    CHECK(round_trips(milliseconds{1}));
    CHECK(round_trips(duration<int, std::ratio<1, 25>>{7}));
    CHECK(round_trips(duration<double>{1.25}));
    CHECK(status_of<seconds>({}) == load_status::null);
    CHECK(status_of<seconds>(text_cell("1")) == load_status::wrong_kind);
}

TEST_CASE("a time beyond what 64-bit microseconds count is refused, never wrapped around") {
    roam::mapping::scratch memory;
    CHECK_THROWS_AS(roam::mapping::store(hours{std::numeric_limits<std::int64_t>::max()}, memory),
                    roam::conversion_error);
    CHECK_THROWS_AS(roam::mapping::store(years::min(), memory), roam::conversion_error);
    CHECK_THROWS_AS(roam::mapping::store(sys_seconds::max(), memory), roam::conversion_error);
    CHECK_THROWS_AS(roam::mapping::store(sys_seconds::min(), memory), roam::conversion_error);
    CHECK_THROWS_AS(roam::mapping::store(duration<double>{1e300}, memory), roam::conversion_error);
    CHECK(round_trips(microseconds::max()));
    CHECK(round_trips(sys_time<microseconds>::min()));
}

TEST_CASE("a column's time that a member's unit cannot count is out of range") {
    using limits = std::numeric_limits<std::int64_t>;
    auto const far = integer_cell(limits::max(), cell_kind::timestamp);
    CHECK(status_of<sys_time<nanoseconds>>(far) == load_status::out_of_range);
    CHECK(status_of<nanoseconds>(integer_cell(limits::min())) == load_status::out_of_range);
    CHECK(status_of<duration<std::int16_t>>(integer_cell(40'000'000'000)) ==
          load_status::out_of_range);
    CHECK(status_of<year_month_day>(integer_cell(20'000'000, cell_kind::date)) ==
          load_status::out_of_range);
    CHECK(status_of<sys_time<nanoseconds>>(text_cell("9999-12-31 23:59:59.999999")) ==
          load_status::out_of_range);
    CHECK(round_trips(nanoseconds{9'000'000'000'000'000'000}));
}
