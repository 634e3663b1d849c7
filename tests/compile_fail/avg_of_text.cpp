// SPDX-License-Identifier: MIT
// expect: Roam: avg\(\) is for numbers
#include <roam/sql/function.hpp>

#include <cstdint>
#include <optional>
#include <string>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

auto const c = roam::avg(roam::col<&book::title>);
