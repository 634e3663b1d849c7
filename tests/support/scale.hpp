// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iostream>

namespace roam::test {

/// How much of its full work a long test does: ROAM_TEST_SCALE, 0.05 unless set. The first call
/// prints it.
inline double scale() {
    static double const value = [] {
        char const* const text = std::getenv("ROAM_TEST_SCALE");
        double const wanted = text == nullptr ? 0.05 : std::atof(text);
        double const used = wanted > 0 ? wanted : 0.05;
        std::cout << "scale: " << used << '\n' << std::flush;
        return used;
    }();
    return value;
}

/// The count `full` by the scale, but at least `least`.
inline std::size_t scaled(std::size_t full, std::size_t least = 1) {
    return std::max(least, static_cast<std::size_t>(static_cast<double>(full) * scale()));
}

}  // namespace roam::test
