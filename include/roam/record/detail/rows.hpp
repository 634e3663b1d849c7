// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/target.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace roam::record_detail {

/// Where the rows of a query go.
struct row_sink {
    void* context;
    void (*expect)(void* context, std::size_t rows) = nullptr;  ///< about so many come
    bool (*take)(void* context, mapping::cell const* row);      ///< false: that was enough
    bool required = false;                                      ///< without a row: not_found_error
};

/// Runs a query and hands each row of `width` cells to the sink. Not a template: the loop, the
/// errors and the cleaning up are compiled once for all queries.
void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink to);

/// The same with a callable.
template <class Take>
void each_row(target const& on, detail::statement_source const& source,
              std::span<mapping::cell const> parameters, std::size_t width, Take& take,
              bool required = false) {
    for_each_row(
        on, source, parameters, width,
        {.context = std::addressof(take),
         .take = [](void* context,
                    mapping::cell const* row) { return (*static_cast<Take*>(context))(row); },
         .required = required});
}

/// Every row that P makes, in a vector.
template <class P>
auto every_row(target const& on, detail::statement_source const& source,
               std::span<mapping::cell const> parameters) {
    using list = std::vector<typename P::row_type>;
    list rows;
    for_each_row(
        on, source, parameters, P::width,
        {.context = &rows,
         .expect = [](void* to, std::size_t count) { static_cast<list*>(to)->reserve(count); },
         .take =
             [](void* to, mapping::cell const* row) {
                 P::load(row, static_cast<list*>(to)->emplace_back());
                 return true;
             }});
    if (rows.capacity() / 2 > rows.size())  // fewer than expected
        rows.shrink_to_fit();
    return rows;
}

}  // namespace roam::record_detail
