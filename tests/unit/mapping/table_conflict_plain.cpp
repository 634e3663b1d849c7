// SPDX-License-Identifier: MIT
#include "conflicting.hpp"

namespace conflict {

roam::mapping::table const& plain_table() { return roam::table_of<parcel>(); }

std::string plain_column(std::size_t index) {
    return std::string{roam::table_of<parcel>().columns[index].name};
}

}  // namespace conflict
