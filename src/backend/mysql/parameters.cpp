// SPDX-License-Identifier: MIT
#include "backend/mysql/parameters.hpp"
#include "backend/refusals.hpp"
#include "mapping/time_text.hpp"
#include "mapping/uuid_text.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

namespace roam::mysql {
namespace {

using mapping::cell;
using mapping::cell_kind;

}  // namespace

void parameter_list::describe(MYSQL_STMT* statement, std::span<std::size_t const> order) {
    auto const count = mysql_stmt_param_count(statement);
    binds_.assign(count, MYSQL_BIND{});
    values_.resize(count);
    order_.assign(order.begin(), order.end());
    count_ = count;
    if (!order_.empty())
        count_ = *std::max_element(order_.begin(), order_.end()) + 1;
}

void parameter_list::encode(std::span<cell const> values, std::string_view sql) {
    for (std::size_t i = 0; i < binds_.size(); ++i) {
        binds_[i] = MYSQL_BIND{};
        encode_one(i, values[number_of(i)], sql);
    }
}

void parameter_list::encode_one(std::size_t i, cell const& from, std::string_view sql) {
    switch (from.kind) {
        case cell_kind::null:
            binds_[i].buffer_type = MYSQL_TYPE_NULL;
            break;
        case cell_kind::boolean:
        case cell_kind::integer:
            values_[i].integer = from.integer;
            point_at(i, MYSQL_TYPE_LONGLONG, &values_[i].integer, 0);
            break;
        case cell_kind::real:
            if (!std::isfinite(from.real))
                backend::throw_bad_parameter(sql, number_of(i) + 1,
                                             "not a finite number, which MySQL cannot store");
            values_[i].real = from.real;
            point_at(i, MYSQL_TYPE_DOUBLE, &values_[i].real, 0);
            break;
        case cell_kind::blob:
            point_at(i, MYSQL_TYPE_LONG_BLOB, from.bytes, from.size);
            break;
        case cell_kind::date:
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            set_time(i, from, sql);
            break;
        case cell_kind::uuid:
            set_uuid(i, from);
            break;
        case cell_kind::decimal:
            point_at(i, MYSQL_TYPE_NEWDECIMAL, from.text, from.size);
            break;
        case cell_kind::text:
        case cell_kind::json:
        case cell_kind::array:
        case cell_kind::unchecked_text:
            backend::check_text_parameter(sql, number_of(i) + 1, from);
            point_at(i, MYSQL_TYPE_STRING, from.text, from.size);
            break;
        case cell_kind::rows:
            throw unsupported_error("MySQL has no array parameters");
    }
}

void parameter_list::point_at(std::size_t i, enum_field_types type, void const* at,
                              std::size_t size) {
    binds_[i].buffer_type = type;
    binds_[i].buffer = const_cast<void*>(at == nullptr ? "" : at);  // the library only reads it
    binds_[i].buffer_length = size;
}

void parameter_list::set_time(std::size_t i, cell const& from, std::string_view sql) {
    using namespace std::chrono;
    bool const is_date = from.kind == cell_kind::date;
    auto const all = microseconds{is_date ? 0 : from.integer};
    auto const day = is_date ? days{from.integer} : floor<days>(all);
    // Before it is a date: std::chrono::year counts to 32767.
    constexpr days first = sys_days{year{0} / 1 / 1}.time_since_epoch();
    constexpr days last = sys_days{year{9999} / 12 / 31}.time_since_epoch();
    if (day < first || day > last)
        backend::throw_bad_parameter(sql, number_of(i) + 1,
                                     "a time outside of the years 0 to 9999");
    year_month_day const date{sys_days{day}};
    hh_mm_ss<microseconds> const time{is_date ? microseconds{0} : all - day};
    MYSQL_TIME& to = values_[i].time;
    to = MYSQL_TIME{};
    to.year = static_cast<unsigned>(static_cast<int>(date.year()));
    to.month = static_cast<unsigned>(date.month());
    to.day = static_cast<unsigned>(date.day());
    to.hour = static_cast<unsigned>(time.hours().count());
    to.minute = static_cast<unsigned>(time.minutes().count());
    to.second = static_cast<unsigned>(time.seconds().count());
    to.second_part = static_cast<unsigned long>(time.subseconds().count());
    to.time_type = is_date ? MYSQL_TIMESTAMP_DATE : MYSQL_TIMESTAMP_DATETIME;
    point_at(i, is_date ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME, &to, sizeof to);
}

void parameter_list::set_uuid(std::size_t i, cell const& from) {
    mapping::write_uuid(values_[i].uuid, from.bytes);
    point_at(i, MYSQL_TYPE_STRING, values_[i].uuid, sizeof values_[i].uuid);
}

}  // namespace roam::mysql
