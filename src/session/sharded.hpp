// SPDX-License-Identifier: MIT
#pragma once

#include "session/cache_line.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace roam::detail {

/// What every operation reads and the program changes now and then, once for each of several
/// groups of callers: a reader locks, and counts itself in, where up to so many threads that were
/// started one after the other do not meet. (A single lock, or a single count of owners, is a line
/// of memory that all processors want to write.)
///
/// A change takes one group after the other: a reader beside it finds the old or the new value, one
/// that comes after it the new.
/// Thread safety: every member may be called from any number of threads at once.
template <class T>
class sharded {
public:
    static constexpr std::size_t size = 16;

    /// `look(value)` of the caller's group, under its lock: to copy what it needs, no more.
    template <class Look>
    auto read(std::uint64_t caller, Look look) {
        shard& mine = shards_[caller % size];
        std::lock_guard const lock{mine.mutex};
        return look(mine.value);
    }

    /// `alter(value, i)` for each group i under its lock; one change after the other.
    template <class Alter>
    void change(Alter alter) {
        std::lock_guard const alone{changing_};
        for (std::size_t i = 0; i != size; ++i) {
            std::lock_guard const lock{shards_[i].mutex};
            alter(shards_[i].value, i);
        }
    }

private:
    struct alignas(cache_line) shard {
        std::mutex mutex;
        T value;
    };
    std::mutex changing_;
    std::array<shard, size> shards_;
};

}  // namespace roam::detail
