// SPDX-License-Identifier: MIT
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>

#include <memory>

namespace roam::record_detail {

void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink take,
                  void* context) {
    constexpr std::size_t usual = 64;
    alignas(mapping::cell) std::byte inline_row[usual * sizeof(mapping::cell)];
    std::unique_ptr<mapping::cell[]> wide;
    auto* row = reinterpret_cast<mapping::cell*>(inline_row);  // written whole by each fetch
    if (width > usual) {
        wide = std::make_unique<mapping::cell[]>(width);
        row = wide.get();
    }
    detail::execution run{on, source, parameters};
    explained(run, [&] {
        while (run.fetch(row) && take(context, row)) {
        }
    });
}

}  // namespace roam::record_detail
