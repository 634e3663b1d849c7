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

/// The parameters of one execution, in order. A few stay on the stack, so that an ordinary query
/// allocates nothing; what a value cannot lend lives in its scratch memory.
/// Thread safety: one thread.
class parameters {
public:
    parameters() = default;
    parameters(parameters const&) = delete;
    parameters& operator=(parameters const&) = delete;

    void add(mapping::cell const& c) {
        if (size_ < inline_limit) {
            std::construct_at(first() + size_, c);
        } else {
            add_slowly(c);
        }
        ++size_;
    }

    template <mapping::storable T>
    void bind(T const& value) {
        add(mapping::store(value, memory_));
    }

    std::size_t size() const { return size_; }
    std::span<mapping::cell const> all() const {
        return size_ <= inline_limit ? std::span<mapping::cell const>{first(), size_}
                                     : std::span<mapping::cell const>{spilled_};
    }
    mapping::scratch& memory() { return memory_; }

private:
    static constexpr std::size_t inline_limit = 16;
    mapping::cell* first() { return reinterpret_cast<mapping::cell*>(bytes_); }
    mapping::cell const* first() const { return reinterpret_cast<mapping::cell const*>(bytes_); }
    void add_slowly(mapping::cell const& c);

    std::size_t size_ = 0;
    alignas(mapping::cell) std::byte bytes_[inline_limit * sizeof(mapping::cell)];
    std::vector<mapping::cell> spilled_;
    mapping::scratch memory_;
};

}  // namespace roam::sql
