// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>

#include <cstddef>

namespace roam::sqlite::detail {

/// The most characters that format() writes: a uuid's.
inline constexpr std::size_t format_limit = 36;

/// Writes a date, timestamp, local_timestamp or uuid as text and answers its size. Times are
/// `YYYY-MM-DD HH:MM:SS.ffffff`, always that wide, so that the order of text is the order of time
/// (D27). 0: the year is not within 0000 to 9999, where neither order nor width would hold.
std::size_t format(mapping::cell const& value, char* out) noexcept;

}  // namespace roam::sqlite::detail
