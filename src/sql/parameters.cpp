// SPDX-License-Identifier: MIT
#include <roam/sql/parameters.hpp>

#include <algorithm>
#include <cstring>

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

namespace {

bool is_same(mapping::cell const& a, mapping::cell const& b) {
    if (a.kind != b.kind || a.size != b.size)
        return false;
    switch (a.kind) {
        case mapping::cell_kind::null:
            return true;
        case mapping::cell_kind::boolean:
        case mapping::cell_kind::integer:
        case mapping::cell_kind::date:
        case mapping::cell_kind::timestamp:
        case mapping::cell_kind::local_timestamp:
            return a.integer == b.integer;
        case mapping::cell_kind::real:
            return std::memcmp(&a.real, &b.real, sizeof a.real) == 0;
        default:
            return a.as_text() == b.as_text();
    }
}

}  // namespace

std::vector<std::size_t> parameters::share(std::size_t selected, std::size_t first) {
    std::vector<std::size_t> numbers;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
        std::size_t same = i;
        for (std::size_t j = 0; i >= first && j < i && same == i; ++j) {
            if ((j < selected || j >= first) && is_same(at_[numbers[j] - 1], at_[i]))
                same = j;
        }
        if (same == i)
            at_[kept++] = at_[i];
        numbers.push_back(same == i ? kept : numbers[same]);
    }
    size_ = kept;
    return numbers;
}

}  // namespace roam::sql
