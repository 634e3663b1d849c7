// SPDX-License-Identifier: MIT
#include "mapping/time_text.hpp"

#include <chrono>

namespace roam::mapping {
namespace {

using namespace std::chrono;

void write_digits(char* out, int width, unsigned value) {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// Takes exactly `width` digits off the front.
bool take_digits(std::string_view& text, std::size_t width, unsigned& value) {
    if (text.size() < width)
        return false;
    value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(width);
    return true;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

bool take_date(std::string_view& text, std::int64_t& days) {
    unsigned y = 0, m = 0, d = 0;
    if (!take_digits(text, 4, y) || !take(text, '-') || !take_digits(text, 2, m) ||
        !take(text, '-') || !take_digits(text, 2, d)) {
        return false;
    }
    year_month_day const date{year{static_cast<int>(y)}, month{m}, day{d}};
    if (!date.ok())
        return false;
    days = sys_days{date}.time_since_epoch().count();
    return true;
}

bool take_fraction(std::string_view& text, unsigned& microseconds) {
    microseconds = 0;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6)
            microseconds = microseconds * 10 + static_cast<unsigned>(text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    for (std::size_t i = digits; i < 6; ++i)
        microseconds *= 10;
    return digits > 0 && digits <= 9;
}

/// The zone at the end, as microseconds to subtract; an empty rest is UTC.
bool take_zone(std::string_view text, std::int64_t& offset) {
    offset = 0;
    if (text.empty() || text == "Z")
        return true;
    bool const minus = text.front() == '-';
    if (!minus && text.front() != '+')
        return false;
    text.remove_prefix(1);
    unsigned h = 0, m = 0;
    if (!take_digits(text, 2, h))
        return false;
    if (!text.empty()) {
        take(text, ':');
        if (!take_digits(text, 2, m))
            return false;
    }
    if (!text.empty() || h > 23 || m > 59)
        return false;
    offset = (static_cast<std::int64_t>(h) * 60 + m) * 60'000'000 * (minus ? -1 : 1);
    return true;
}

}  // namespace

bool write_date(char* out, std::int64_t days) noexcept {
    if (days < -719528 || days > 2932896)
        return false;  // 0000-01-01 to 9999-12-31
    year_month_day const date{sys_days{std::chrono::days{days}}};
    write_digits(out, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    out[4] = '-';
    write_digits(out + 5, 2, static_cast<unsigned>(date.month()));
    out[7] = '-';
    write_digits(out + 8, 2, static_cast<unsigned>(date.day()));
    return true;
}

bool write_timestamp(char* out, std::int64_t microseconds) noexcept {
    std::int64_t days = microseconds / microseconds_per_day;
    std::int64_t rest = microseconds % microseconds_per_day;
    if (rest < 0) {
        rest += microseconds_per_day;
        --days;
    }
    if (!write_date(out, days))
        return false;
    auto const seconds = static_cast<unsigned>(rest / 1'000'000);
    out[10] = ' ';
    write_digits(out + 11, 2, seconds / 3600);
    out[13] = ':';
    write_digits(out + 14, 2, seconds / 60 % 60);
    out[16] = ':';
    write_digits(out + 17, 2, seconds % 60);
    out[19] = '.';
    write_digits(out + 20, 6, static_cast<unsigned>(rest % 1'000'000));
    return true;
}

bool read_date(std::string_view text, std::int64_t& days) noexcept {
    return take_date(text, days) && text.empty();
}

bool read_timestamp(std::string_view text, std::int64_t& microseconds) noexcept {
    std::int64_t days = 0;
    if (!take_date(text, days))
        return false;
    microseconds = days * microseconds_per_day;
    if (text.empty())
        return true;
    if (!take(text, ' ') && !take(text, 'T'))
        return false;
    unsigned h = 0, m = 0, s = 0, fraction = 0;
    if (!take_digits(text, 2, h) || !take(text, ':') || !take_digits(text, 2, m))
        return false;
    if (take(text, ':')) {
        if (!take_digits(text, 2, s))
            return false;
        if (take(text, '.') && !take_fraction(text, fraction))
            return false;
    }
    std::int64_t offset = 0;
    if (h > 23 || m > 59 || s > 59 || !take_zone(text, offset))
        return false;
    microseconds +=
        ((static_cast<std::int64_t>(h) * 60 + m) * 60 + s) * 1'000'000 + fraction - offset;
    return true;
}

}  // namespace roam::mapping
