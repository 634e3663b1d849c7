// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

namespace bench {

/// What one pass through the measured region cost.
struct cost {
    std::int64_t wall_ns = 0;
    std::int64_t user_ns = 0;       // of the process
    std::int64_t sys_ns = 0;        // of the process
    std::uint64_t allocations = 0;  // calls of operator new, by the calling thread only
};

/// Runs `work` once inside bench_measured_region and says what it cost.
cost measure(std::function<void()> const& work);

}  // namespace bench

extern "C" {
/// Calls `work` and nothing else: the function that callgrind collects in. It has C linkage for a
/// name without parameters, and stands in a source of its own so that no caller can inline or
/// clone it (do not build the benchmarks with link-time optimisation).
void bench_measured_region(std::function<void()> const& work);
}
