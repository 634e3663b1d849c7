// SPDX-License-Identifier: MIT
// expect: Roam: an aggregate belongs into having\(\)
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

auto const q = roam::select<book>().where(roam::count() > 1);
