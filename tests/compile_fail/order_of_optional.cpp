// SPDX-License-Identifier: MIT
// expect: Roam: an optional can only be compared by == and !=
#include <roam/sql/column.hpp>

#include <cstdint>
#include <optional>
#include <string>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

auto const c = roam::col<&book::year> < std::optional<int>{5};
