// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace roam::sqlite::detail {

struct engine;

/// Where the connections of one database wait for the right to write, first come first served.
///
/// Thread safety: every member may be called from any number of threads at once.
class writer_line {
public:
    using clock = std::chrono::steady_clock;
    enum class answer { granted, late, unwanted };

    /// True: the right is the caller's until leave(). Nobody had it, and nobody was in line.
    bool try_enter();

    /// Waits for it until then, or until somebody wants `who` to stop.
    answer enter(engine const& who, clock::time_point until);

    /// The first in line has it from now on.
    void leave() noexcept;

    /// Has all who wait ask again whether they are wanted.
    void wake() noexcept;

    /// How many wait.
    std::size_t waiting() const;

private:
    struct waiter {
        std::condition_variable ready = {};
        waiter* next = nullptr;
        bool granted = false;
    };
    void step_out(waiter& w) noexcept;

    mutable std::mutex mutex_;
    bool taken_ = false;  ///< stays so when it is handed on: nobody who comes now gets in between
    waiter* first_ = nullptr;
};

}  // namespace roam::sqlite::detail
