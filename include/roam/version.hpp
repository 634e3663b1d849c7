// SPDX-License-Identifier: MIT
#pragma once

namespace roam {

/// The version of these headers.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;

/// The version of the library that the program runs with, as "major.minor.patch".
///
/// It differs from the constants above when the program was compiled against another copy.
/// Safe from any thread; never throws.
char const* version() noexcept;

}  // namespace roam
