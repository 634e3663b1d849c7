// SPDX-License-Identifier: MIT
#include <roam/backend/backend.hpp>

#include <array>
#include <vector>

namespace roam::backend {

std::int64_t statement::run(std::span<mapping::cell const> parameters) {
    // The rows are fetched all the same: an INSERT ... RETURNING counts only once it has ended.
    std::array<mapping::cell, 16> few;
    std::vector<mapping::cell> many;
    mapping::cell* row = few.data();
    if (auto const columns = column_count(); columns > few.size()) {
        many.resize(columns);
        row = many.data();
    }
    start(parameters);
    while (fetch(row)) {
    }
    auto const affected = affected_rows();
    finish();
    return affected;
}

}  // namespace roam::backend
