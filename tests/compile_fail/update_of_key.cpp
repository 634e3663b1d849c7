// SPDX-License-Identifier: MIT
// expect: Roam: a key is not updated
#include <roam/record/update.hpp>

#include <cstdint>
#include <optional>
#include <string>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

void rename(book& b) { roam::update<&book::id>(b); }
