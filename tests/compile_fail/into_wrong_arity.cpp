// SPDX-License-Identifier: MIT
// expect: Roam: into<S>\(\) needs as many members in S
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

struct title_only {
    std::string title;
};

auto const q = roam::select(roam::col<&book::title>, roam::col<&book::copies>).into<title_only>();
