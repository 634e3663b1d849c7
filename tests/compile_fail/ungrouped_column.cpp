// SPDX-License-Identifier: MIT
// expect: Roam: beside an aggregate every selected column must be in group_by\(\)
#include <roam/record/select.hpp>

#include <cstdint>
#include <optional>
#include <string>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

auto const s = roam::select(roam::col<&book::title>, roam::sum(roam::col<&book::copies>)).tree();
