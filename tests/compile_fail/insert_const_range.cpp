// SPDX-License-Identifier: MIT
// expect: Roam: inserted records get their keys, so they cannot be const
#include <roam/record/bulk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

void add(std::vector<book> const& books) { roam::insert(books); }
