// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/target.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace roam::record_detail {

/// Takes one row; false: that was enough.
using row_sink = bool (*)(void* context, mapping::cell const* row);

/// Runs a query and hands each row of `width` cells to the sink. Not a template: the loop, the
/// errors and the cleaning up are compiled once for all queries.
void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink take,
                  void* context);

/// The same with a callable.
template <class Take>
void each_row(target const& on, detail::statement_source const& source,
              std::span<mapping::cell const> parameters, std::size_t width, Take& take) {
    for_each_row(
        on, source, parameters, width,
        [](void* context, mapping::cell const* row) { return (*static_cast<Take*>(context))(row); },
        std::addressof(take));
}

}  // namespace roam::record_detail
