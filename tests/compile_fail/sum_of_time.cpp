// SPDX-License-Identifier: MIT
// expect: Roam: sum\(\) is for numbers
#include <roam/sql/function.hpp>

#include <chrono>

struct book {
    int id = 0;
    std::chrono::sys_days bought;
};

auto const c = roam::sum(roam::col<&book::bought>);
