// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

#include <chrono>

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

template <class Duration>
std::int64_t to_microseconds(Duration since_epoch) {
    return std::chrono::floor<std::chrono::microseconds>(since_epoch).count();
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
            to = std::chrono::floor<Duration>(std::chrono::time_point<Clock, std::chrono::microseconds>{
                std::chrono::microseconds{microseconds}});
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
inline constexpr bool is_whole_days =
    std::is_same_v<T, std::chrono::days>;

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
    using stored_as = std::chrono::sys_days;
    static std::chrono::sys_days store(std::chrono::year_month_day from) {
        if (!from.ok()) mapping::detail::throw_time_out_of_range();
        return from;
    }
    static std::chrono::year_month_day load(std::chrono::sys_days from) { return from; }
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
        if (status == mapping::load_status::ok) {
            to = std::chrono::floor<duration>(std::chrono::microseconds{microseconds});
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
