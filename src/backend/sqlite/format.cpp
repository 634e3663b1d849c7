// SPDX-License-Identifier: MIT
#include "backend/sqlite/format.hpp"
#include "mapping/uuid_text.hpp"

#include <chrono>
#include <cstdint>

namespace roam::sqlite::detail {
namespace {

constexpr std::int64_t first_day = -719528;  // 0000-01-01
constexpr std::int64_t last_day = 2932896;   // 9999-12-31
constexpr std::int64_t microseconds_per_day = 86'400'000'000;

// Exactly `width` digits.
char* put(char* out, std::int64_t value, int width) noexcept {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + width;
}

char* put_date(char* out, std::int64_t days) noexcept {
    std::chrono::year_month_day const date{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
    out = put(out, static_cast<int>(date.year()), 4);
    *out++ = '-';
    out = put(out, static_cast<unsigned>(date.month()), 2);
    *out++ = '-';
    return put(out, static_cast<unsigned>(date.day()), 2);
}

std::size_t put_timestamp(char* out, std::int64_t microseconds) noexcept {
    auto days = microseconds / microseconds_per_day;
    auto rest = microseconds % microseconds_per_day;
    if (rest < 0) {
        --days;
        rest += microseconds_per_day;
    }
    if (days < first_day || days > last_day)
        return 0;
    out = put_date(out, days);
    auto const seconds = rest / 1'000'000;
    *out++ = ' ';
    out = put(out, seconds / 3600, 2);
    *out++ = ':';
    out = put(out, seconds / 60 % 60, 2);
    *out++ = ':';
    out = put(out, seconds % 60, 2);
    *out++ = '.';
    put(out, rest % 1'000'000, 6);
    return 26;
}

}  // namespace

std::size_t format(mapping::cell const& value, char* out) noexcept {
    switch (value.kind) {
        case mapping::cell_kind::date:
            if (value.integer < first_day || value.integer > last_day)
                return 0;
            put_date(out, value.integer);
            return 10;
        case mapping::cell_kind::timestamp:
        case mapping::cell_kind::local_timestamp:
            return put_timestamp(out, value.integer);
        case mapping::cell_kind::uuid:
            if (value.size != 16)
                return 0;
            mapping::write_uuid(out, value.bytes);
            return mapping::uuid_text_size;
        default:
            return 0;
    }
}

}  // namespace roam::sqlite::detail
