// SPDX-License-Identifier: MIT
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>

#include <memory>

namespace roam::record_detail {

void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink to,
                  wanted_rows wanted) {
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
            if (found && wanted.at_most_one)
                throw_too_many(wanted.at_most_one);
            found = true;
            to.take(to.context, row);
            if (wanted.first)
                return;
        }
        if (wanted.required && !found)
            throw_no_row();
    });
}

bool read_back(detail::execution& run, row_target to) {
    if (!run.fetch(to.row))
        return false;
    explained(run, [&] { to.load(to.record, to.row); });
    run.drain();
    return true;
}

bool read_by_key(target const& on, detail::statement_source const& find, std::span<cell const> key,
                 row_target to, bool must) {
    detail::execution run{on, find, key};
    bool const found = run.fetch(to.row);
    if (!found && !must)
        return false;
    explained(run, [&] {
        if (!found)
            throw_not_found(*find.table);
        to.load(to.record, to.row);
    });
    return true;
}

void throw_stale(detail::execution const& run, mapping::table const& t, char const* verb) {
    explained(run, [&] { throw_stale(t, verb); });
    __builtin_unreachable();
}

}  // namespace roam::record_detail
