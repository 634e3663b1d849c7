// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/mapping/scratch.hpp>
#include <roam/mapping/value.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace roam::sql {

/// The parameters of one execution, in order. The first few stay on the stack, so that an ordinary
/// query allocates nothing; what a value cannot lend lives in its scratch memory.
/// Thread safety: one thread.
class parameters {
public:
    parameters() : at_(reinterpret_cast<mapping::cell*>(inline_)) {}
    parameters(parameters const&) = delete;
    parameters& operator=(parameters const&) = delete;
    ~parameters() {
        if (room_ != inline_room)
            release();
    }

    void add(mapping::cell const& c) {
        if (size_ == room_)
            grow();
        std::construct_at(at_ + size_++, c);
    }

    template <mapping::storable T>
    void bind(T const& value) {
        add(mapping::store(value, memory_));
    }

    /// Gives those from `first` on that equal an earlier one of [0, selected) or [first, ...) its
    /// place, and closes the gaps. Answers the number of each, from 1, as it was before.
    ///
    /// So the parameters of `a + ?` in a select list and in GROUP BY become one; PostgreSQL takes
    /// two for two expressions.
    std::vector<std::size_t> share(std::size_t selected, std::size_t first);

    std::size_t size() const { return size_; }
    std::span<mapping::cell const> all() const { return {at_, size_}; }

private:
    static constexpr std::size_t inline_room = 16;
    void grow();
    void release() noexcept;

    mapping::cell* at_;
    std::size_t size_ = 0;
    std::size_t room_ = inline_room;
    mapping::scratch memory_;
    alignas(mapping::cell) std::byte inline_[inline_room * sizeof(mapping::cell)];
};

}  // namespace roam::sql
