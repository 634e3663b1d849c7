// SPDX-License-Identifier: MIT
#include "measure.hpp"

[[gnu::noinline]] void bench_measured_region(std::function<void()> const& work) {
    work();
    // Without something after the call it would become a jump, and callgrind sees an exit by jump
    // only where it can match the stack pointer.
    asm volatile("" ::: "memory");
}
