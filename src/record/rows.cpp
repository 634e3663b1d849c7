// SPDX-License-Identifier: MIT
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>

#include <memory>

namespace roam::record_detail {

void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink to) {
    constexpr std::size_t usual = 64;
    mapping::cell few[usual];
    std::unique_ptr<mapping::cell[]> wide;
    auto* row = few;
    if (width > usual) {
        wide = std::make_unique<mapping::cell[]>(width);
        row = wide.get();
    }
    detail::execution run{on, source, parameters};
    explained(run, [&] {
        if (std::size_t const rows = to.expect ? run.rows_expected() : 0; rows != 0)
            to.expect(to.context, rows);
        bool found = false;
        while (run.fetch(row)) {
            found = true;
            if (!to.take(to.context, row))
                return;
        }
        if (to.required && !found)
            throw_no_row();
    });
}

}  // namespace roam::record_detail
