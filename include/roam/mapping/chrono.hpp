// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

// Days, instants, clock times without zone, and durations. Instants are UTC and kept to the
// microsecond; whatever is finer is rounded down, in the record as well (D27), so that a record
// that was just written equals its row. Text forms, where an engine stores text: "YYYY-MM-DD" and
// "YYYY-MM-DD HH:MM:SS.ffffff", of fixed width so that text order is time order; years 0 to 9999.

namespace roam {

namespace mapping::detail {

load_status load_date(cell const& from, std::int64_t& days) noexcept;
/// `kind` is timestamp or local_timestamp; text and, for compatibility, the other kind are read.
load_status load_timestamp(cell const& from, cell_kind kind, std::int64_t& microseconds) noexcept;
[[noreturn]] void throw_time_out_of_range();
[[noreturn]] void throw_no_such_day();

/// Rounded down. What 64 bits of microseconds cannot count (some 292,000 years) is a
/// conversion_error.
template <class Rep, class Period>
std::int64_t to_microseconds(std::chrono::duration<Rep, Period> from) {
    using factor = std::ratio_divide<Period, std::micro>;
    using limits = std::numeric_limits<std::int64_t>;
    if constexpr (std::is_floating_point_v<Rep>) {
        auto const most = static_cast<Rep>(limits::max()) / factor::num * factor::den;
        if (!(from.count() > -most && from.count() < most))
            throw_time_out_of_range();
    } else {
        if (std::cmp_greater(from.count(), limits::max() / factor::num) ||
            std::cmp_less(from.count(), limits::min() / factor::num)) {
            throw_time_out_of_range();
        }
    }
    return std::chrono::floor<std::chrono::microseconds>(from).count();
}

/// Rounded down to the unit of `to`; false, and `to` as it was, when that cannot count so far.
template <class Rep, class Period>
bool from_microseconds(std::int64_t microseconds, std::chrono::duration<Rep, Period>& to) {
    using factor = std::ratio_divide<std::micro, Period>;
    using limits = std::numeric_limits<std::int64_t>;
    std::chrono::microseconds const from{microseconds};
    if constexpr (std::is_floating_point_v<Rep>) {
        to = from;
    } else {
        if (microseconds > limits::max() / factor::num ||
            microseconds < limits::min() / factor::num) {
            return false;
        }
        auto const whole = std::chrono::floor<std::chrono::duration<std::int64_t, Period>>(from);
        if (!std::in_range<Rep>(whole.count()))
            return false;
        to = std::chrono::duration<Rep, Period>{static_cast<Rep>(whole.count())};
    }
    return true;
}

template <class Clock, class Duration, cell_kind Kind>
struct time_point_value {
    using time_point = std::chrono::time_point<Clock, Duration>;
    static constexpr column_type type{Kind == cell_kind::timestamp ? type_kind::timestamp
                                                                   : type_kind::local_timestamp};
    static cell store(time_point const& from, scratch&) {
        return cell::of(Kind, to_microseconds(from.time_since_epoch()));
    }
    static load_status load(cell const& from, time_point& to) {
        std::int64_t microseconds = 0;
        load_status const status = load_timestamp(from, Kind, microseconds);
        if (status == load_status::ok) {
            // A coarser member takes the whole units that fit, as floor does when it is stored.
            Duration since_epoch{};
            if (!from_microseconds(microseconds, since_epoch))
                return load_status::out_of_range;
            to = time_point{since_epoch};
        }
        return status;
    }
    static void normalize(time_point& member) {
        if constexpr (std::ratio_less_v<typename Duration::period, std::micro>) {
            member = std::chrono::floor<std::chrono::microseconds>(member);
        }
    }
};

template <class T>
inline constexpr bool is_whole_days = std::is_same_v<T, std::chrono::days>;

}  // namespace mapping::detail

template <class Duration>
    requires(!mapping::detail::is_whole_days<Duration>)
struct value<std::chrono::sys_time<Duration>>
    : mapping::detail::time_point_value<std::chrono::system_clock, Duration,
                                        mapping::cell_kind::timestamp> {};

template <class Duration>
    requires(!mapping::detail::is_whole_days<Duration>)
struct value<std::chrono::local_time<Duration>>
    : mapping::detail::time_point_value<std::chrono::local_t, Duration,
                                        mapping::cell_kind::local_timestamp> {};

template <>
struct value<std::chrono::sys_days> {
    static constexpr mapping::column_type type{mapping::type_kind::date};
    static mapping::cell store(std::chrono::sys_days from, mapping::scratch&) {
        return mapping::cell::of(mapping::cell_kind::date, from.time_since_epoch().count());
    }
    static mapping::load_status load(mapping::cell const& from, std::chrono::sys_days& to) {
        std::int64_t days = 0;
        mapping::load_status const status = mapping::detail::load_date(from, days);
        if (status == mapping::load_status::ok) {
            to = std::chrono::sys_days{std::chrono::days{days}};
        }
        return status;
    }
};

template <>
struct value<std::chrono::year_month_day> {
    static constexpr mapping::column_type type{mapping::type_kind::date};
    static mapping::cell store(std::chrono::year_month_day from, mapping::scratch&) {
        if (!from.ok())
            mapping::detail::throw_no_such_day();
        return mapping::cell::of(mapping::cell_kind::date,
                                 std::chrono::sys_days{from}.time_since_epoch().count());
    }
    static mapping::load_status load(mapping::cell const& from, std::chrono::year_month_day& to) {
        std::chrono::sys_days day;
        mapping::load_status const status = value<std::chrono::sys_days>::load(from, day);
        if (status != mapping::load_status::ok)
            return status;
        if (day < std::chrono::sys_days{std::chrono::year::min() / 1 / 1} ||
            day > std::chrono::sys_days{std::chrono::year::max() / 12 / 31}) {
            return mapping::load_status::out_of_range;
        }
        to = day;
        return mapping::load_status::ok;
    }
};

/// Durations are stored as a whole number of microseconds, whatever their own unit.
template <class Rep, class Period>
struct value<std::chrono::duration<Rep, Period>> {
    using duration = std::chrono::duration<Rep, Period>;
    static constexpr mapping::column_type type{mapping::type_kind::duration};

    static mapping::cell store(duration from, mapping::scratch&) {
        return mapping::cell::of(mapping::cell_kind::integer,
                                 mapping::detail::to_microseconds(from));
    }
    static mapping::load_status load(mapping::cell const& from, duration& to) {
        std::int64_t microseconds = 0;
        mapping::load_status const status = mapping::detail::load_integer(from, microseconds);
        if (status == mapping::load_status::ok &&
            !mapping::detail::from_microseconds(microseconds, to)) {
            return mapping::load_status::out_of_range;
        }
        return status;
    }
    static void normalize(duration& member) {
        if constexpr (std::ratio_less_v<Period, std::micro>) {
            member = std::chrono::floor<std::chrono::microseconds>(member);
        }
    }
};

}  // namespace roam
