// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

// The text forms of days and instants (D27), shared by the engines that store time as text.

namespace roam::mapping {

inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;
inline constexpr std::size_t date_text_size = 10;       // YYYY-MM-DD
inline constexpr std::size_t timestamp_text_size = 26;  // YYYY-MM-DD HH:MM:SS.ffffff

/// Writes exactly date_text_size characters; false outside years 0 to 9999.
bool write_date(char* out, std::int64_t days) noexcept;

/// Writes exactly timestamp_text_size characters; false outside years 0 to 9999.
bool write_timestamp(char* out, std::int64_t microseconds) noexcept;

bool read_date(std::string_view text, std::int64_t& days) noexcept;

/// Reads what Roam and the usual tools write: 'T' or a space between, seconds with up to nine
/// digits (finer than microseconds is dropped) or none, a 'Z' or "+hh[:mm]" at the end, or no time
/// at all.
bool read_timestamp(std::string_view text, std::int64_t& microseconds) noexcept;

}  // namespace roam::mapping
