// SPDX-License-Identifier: MIT
// expect: Roam: update<>\(\) needs a set\(\)
#include <roam/record/set.hpp>

#include <cstdint>
#include <optional>
#include <string>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

auto const q = roam::update<book>().every_row().sql(roam::sql::dialect{});
