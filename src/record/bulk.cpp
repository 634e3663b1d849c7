// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/record/bulk.hpp>

#include <algorithm>

namespace roam::record_detail {

std::size_t rows_per_insert(std::size_t columns, sql::dialect const& d) noexcept {
    constexpr std::size_t enough = 100;
    return std::clamp<std::size_t>(d.max_parameters / std::max<std::size_t>(columns, 1), 1, enough);
}

std::vector<std::int64_t> sorted_keys(detail::execution& run, std::size_t rows) {
    std::vector<std::int64_t> keys;
    keys.reserve(rows);
    cell row;
    while (run.fetch(&row)) {
        std::int64_t key = 0;
        mapping::load(row, key);
        keys.push_back(key);
    }
    if (keys.size() != rows) {
        throw statement_error("an insert of " + std::to_string(rows) + " rows returned " +
                              std::to_string(keys.size()) +
                              " keys; a trigger may have refused some");
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

// 42804: the column is of type json, but the expression of type text.
bool is_unlike_column(error const& e) noexcept { return e.sqlstate() == "42804"; }

}  // namespace roam::record_detail
