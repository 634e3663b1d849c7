// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace roam::detail {

/// Bytes that keep what one thread writes out of what another reads. Not the standard's constant:
/// g++ warns that it differs between processors.
inline constexpr std::size_t cache_line = 64;

}  // namespace roam::detail
