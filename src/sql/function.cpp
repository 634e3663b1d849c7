// SPDX-License-Identifier: MIT
#include <roam/sql/function.hpp>

namespace roam::sql {

std::string_view name_of(aggregate_function f) noexcept {
    switch (f) {
        case aggregate_function::count:
            return "COUNT";
        case aggregate_function::sum:
            return "SUM";
        case aggregate_function::min:
            return "MIN";
        case aggregate_function::max:
            return "MAX";
        case aggregate_function::avg:
            return "AVG";
    }
    return "COUNT";
}

}  // namespace roam::sql
