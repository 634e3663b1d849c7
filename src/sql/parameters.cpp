// SPDX-License-Identifier: MIT
#include <roam/sql/parameters.hpp>

namespace roam::sql {

void parameters::add_slowly(mapping::cell const& c) {
    if (spilled_.empty()) spilled_.assign(first(), first() + inline_limit);
    spilled_.push_back(c);
}

}  // namespace roam::sql
