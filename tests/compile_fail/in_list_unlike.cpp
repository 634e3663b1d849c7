// SPDX-License-Identifier: MIT
// expect: Roam: this column and this value have no type in common
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

auto const c = roam::col<&book::copies>.in({"one", "two"});
