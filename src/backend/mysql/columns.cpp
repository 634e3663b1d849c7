// SPDX-License-Identifier: MIT
#include "backend/mysql/columns.hpp"
#include "backend/mysql_settings.hpp"
#include "mapping/time_text.hpp"

#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

namespace roam::mysql {
namespace {

using mapping::cell;
using mapping::cell_kind;

// The protocol is little-endian, as is every machine that Roam is built for.
static_assert(std::endian::native == std::endian::little);

constexpr unsigned binary_collation = 63;

template <class Number>
Number take_number(unsigned char const*& at) noexcept {
    Number value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
}

cell integer(std::int64_t value) { return cell::of(cell_kind::integer, value); }

std::size_t take_size(unsigned char const*& at) noexcept {
    unsigned const first = *at++;
    std::size_t size = 0;
    std::size_t const bytes = first < 251 ? 0 : first == 252 ? 2 : first == 253 ? 3 : 8;
    std::memcpy(&size, at, bytes);
    at += bytes;
    return bytes == 0 ? first : size;
}

// Year, month, day, hour, minute, second, microsecond; what is zero at the end is left out.
struct moment {
    std::uint16_t year = 0;
    std::uint8_t month = 0, day = 0, hour = 0, minute = 0, second = 0;
    std::uint32_t microsecond = 0;

    moment(unsigned char const* at, std::size_t size) noexcept {
        if (size >= 4) {
            std::memcpy(&year, at, 2);
            month = at[2];
            day = at[3];
        }
        if (size >= 7) {
            hour = at[4];
            minute = at[5];
            second = at[6];
        }
        if (size >= 11)
            std::memcpy(&microsecond, at + 7, 4);
    }
    std::chrono::year_month_day date() const noexcept {
        return {std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    }
    std::int64_t days() const noexcept {
        return std::chrono::sys_days{date()}.time_since_epoch().count();
    }
    std::int64_t microseconds() const noexcept {
        std::int64_t const seconds = (hour * 60 + minute) * 60 + second;
        return days() * mapping::microseconds_per_day + seconds * 1'000'000 + microsecond;
    }
};

// "0000-00-00" and "2024-02-00", which other modes of the server let in, are text that spells no
// day: reading them into one is a conversion_error.
cell no_day(std::span<char> memory, moment const& m) {
    int const size = std::snprintf(memory.data(), memory.size(), "%04u-%02u-%02u", unsigned{m.year},
                                   unsigned{m.month}, unsigned{m.day});
    return cell::of_text({memory.data(), static_cast<std::size_t>(size)});
}

// "-838:59:59.000000"
cell clock_time(std::span<char> memory, unsigned char const* at, std::size_t size) {
    std::uint32_t days = 0, microsecond = 0;
    unsigned hour = 0, minute = 0, second = 0;
    bool const negative = size >= 8 && at[0] != 0;
    if (size >= 8) {
        std::memcpy(&days, at + 1, 4);
        hour = at[5];
        minute = at[6];
        second = at[7];
    }
    if (size >= 12)
        std::memcpy(&microsecond, at + 8, 4);
    int const written = std::snprintf(memory.data(), memory.size(), "%s%02u:%02u:%02u.%06u",
                                      negative ? "-" : "", (days * 24 + hour) % 10000, minute % 100,
                                      second % 100, microsecond % 1000000);
    return cell::of_text({memory.data(), static_cast<std::size_t>(written)});
}

}  // namespace

column_list::form column_list::form_of(MYSQL_FIELD const& field) {
    bool const is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
    switch (field.type) {
        case MYSQL_TYPE_TINY:
            return is_unsigned ? form::uint8 : form::int8;
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_YEAR:
            return is_unsigned ? form::uint16 : form::int16;
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
            return is_unsigned ? form::uint32 : form::int32;
        case MYSQL_TYPE_LONGLONG:
            return is_unsigned ? form::uint64 : form::int64;
        case MYSQL_TYPE_FLOAT:
            return form::float32;
        case MYSQL_TYPE_DOUBLE:
            return form::float64;
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
            return static_cast<int>(field.decimals) == scale_without_precision ? form::any_decimal
                                                                               : form::decimal;
        case MYSQL_TYPE_DATE:
        case MYSQL_TYPE_NEWDATE:
            return form::date;
        case MYSQL_TYPE_DATETIME:
            return form::clock;
        case MYSQL_TYPE_TIMESTAMP:
            return form::timestamp;
        case MYSQL_TYPE_TIME:
            return form::clock_time;
        case MYSQL_TYPE_BIT:
            return form::bits;
        case MYSQL_TYPE_JSON:
            return form::json;
        case MYSQL_TYPE_GEOMETRY:
            return form::blob;
        default:
            return field.charsetnr == binary_collation ? form::blob : form::text;
    }
}

void column_list::describe(MYSQL_STMT* statement) {
    columns_.resize(mysql_stmt_field_count(statement));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const& field = statement->fields[i];
        columns_[i].how = form_of(field);
        std::string_view const name{field.name, field.name_length};
        if (columns_[i].name != name)
            columns_[i].name = name;
    }
}

void column_list::take(void* self, unsigned column, unsigned char** at) noexcept {
    auto& list = *static_cast<column_list*>(self);
    if (at == nullptr) {
        list.row_[column] = cell{};
        return;
    }
    unsigned char const* here = *at;
    list.row_[column] = decode(list.columns_[column], here);
    *at += here - *at;
}

mapping::cell column_list::decode(column& c, unsigned char const*& at) noexcept {
    switch (c.how) {
        case form::int8:
            return integer(take_number<std::int8_t>(at));
        case form::uint8:
            return integer(take_number<std::uint8_t>(at));
        case form::int16:
            return integer(take_number<std::int16_t>(at));
        case form::uint16:
            return integer(take_number<std::uint16_t>(at));
        case form::int32:
            return integer(take_number<std::int32_t>(at));
        case form::uint32:
            return integer(take_number<std::uint32_t>(at));
        case form::int64:
            return integer(take_number<std::int64_t>(at));
        case form::uint64: {
            auto const value = take_number<std::uint64_t>(at);
            if (value <= INT64_MAX)
                return integer(static_cast<std::int64_t>(value));
            auto const end = std::to_chars(c.memory.begin(), c.memory.end(), value).ptr;
            return cell::of_text({c.memory.data(), static_cast<std::size_t>(end - c.memory.data())},
                                 cell_kind::decimal);
        }
        case form::float32:
            return cell::of_real(take_number<float>(at));
        case form::float64:
            return cell::of_real(take_number<double>(at));
        default:
            return decode_sized(c, at);
    }
}

mapping::cell column_list::decode_sized(column& c, unsigned char const*& at) noexcept {
    std::size_t const size = take_size(at);
    auto const* const bytes = at;
    at += size;
    std::string_view const text{reinterpret_cast<char const*>(bytes), size};
    switch (c.how) {
        case form::decimal:
            return cell::of_text(text, cell_kind::decimal);
        case form::any_decimal:
            return cell::of_text(without_zeros(text), cell_kind::decimal);
        case form::json:
            return cell::of_text(text, cell_kind::json);
        case form::blob:
            return cell::of_bytes({reinterpret_cast<std::byte const*>(bytes), size});
        case form::bits: {
            std::uint64_t value = 0;
            for (std::size_t i = 0; i < size; ++i)
                value = value << 8 | bytes[i];
            return integer(static_cast<std::int64_t>(value));
        }
        case form::clock_time:
            return clock_time(c.memory, bytes, size);
        case form::date:
        case form::timestamp:
        case form::clock: {
            moment const m{bytes, size};
            if (!m.date().ok())
                return no_day(c.memory, m);
            if (c.how == form::date)
                return cell::of(cell_kind::date, m.days());
            if (c.how == form::timestamp)
                return cell::of(cell_kind::timestamp, m.microseconds());
            mapping::write_timestamp(c.memory.data(), m.microseconds());
            return cell::of_text({c.memory.data(), mapping::timestamp_text_size});
        }
        default:
            return cell::of_text(text);
    }
}

}  // namespace roam::mysql
