// SPDX-License-Identifier: MIT
// One struct for two translation units: table_conflict.cpp describes it, table_conflict_plain.cpp
// forgets to, as happens when ROAM_RECORD does not stand beside the struct.
#pragma once

#include <roam/mapping/record.hpp>

#include <cstdint>
#include <string>

namespace conflict {

struct parcel {
    std::int64_t id = 0;
    std::string label;
};

// In table_conflict_plain.cpp, which sees no ROAM_RECORD for parcel.
roam::mapping::table const& plain_table();
std::string plain_column(std::size_t index);

}  // namespace conflict
