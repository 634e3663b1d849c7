// SPDX-License-Identifier: MIT
#include <roam/sql/parameters.hpp>

#include <algorithm>

namespace roam::sql {

void parameters::grow() {
    auto* const larger = new mapping::cell[room_ * 2];
    std::copy(at_, at_ + size_, larger);
    if (room_ != inline_room)
        release();
    at_ = larger;
    room_ *= 2;
}

void parameters::release() noexcept { delete[] at_; }

}  // namespace roam::sql
