// SPDX-License-Identifier: MIT
#include "session/local_execution.hpp"
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>

#include <memory>

namespace roam::record_detail {

void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink const& to,
                  wanted_rows wanted) {
    constexpr std::size_t usual = 64;
    mapping::cell few[usual];
    std::unique_ptr<mapping::cell[]> wide;
    auto* row = few;
    if (width > usual) {
        wide = std::make_unique<mapping::cell[]>(width);
        row = wide.get();
    }
    detail::local_execution run{on, source, parameters};
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

namespace {

template <class Run>
bool read_back_from(Run& run, row_target const& to) {
    if (!run.fetch(to.row))
        return false;
    explained(run, [&] { to.load(to.record, to.row); });
    while (run.fetch(to.row)) {  // only then has the statement succeeded
    }
    return true;
}

}  // namespace

bool read_back(detail::execution& run, row_target const& to) { return read_back_from(run, to); }

void insert_row(target const& on, detail::statement_source const& insert,
                std::span<cell const> values, row_target const& to, bool only_key) {
    detail::local_execution run{on, insert, values};
    if (only_key) {
        if (auto const told = run.inserted_key()) {
            to.row[0] = cell::of(mapping::cell_kind::integer, *told);
            return explained(run, [&] { to.load(to.record, to.row); });
        }
    }
    if (to.row) {
        read_back_from(run, to);
    } else {
        run.affected();
    }
}

void change_row(target const& on, detail::statement_source const& change,
                std::span<cell const> parameters, char const* verb) {
    detail::local_execution run{on, change, parameters};
    if (run.affected() != 1) [[unlikely]]
        explained(run, [&] { throw_stale(*change.table, verb); });
}

bool read_by_key(target const& on, detail::statement_source const& find, std::span<cell const> key,
                 row_target const& to, bool must) {
    detail::local_execution run{on, find, key};
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
