// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace roam::detail {

/// What waits for the end of the transactions that are open on a slot, and what is due since one
/// has ended. Thread safety: as its slot.
class hook_list {
public:
    enum class when : std::uint8_t { committed, undone };

    /// For the level that is innermost now; 1 is the transaction itself.
    void add(std::size_t level, when w, std::function<void()> action) {
        waiting_.push_back({level, w, std::move(action)});
    }

    /// Of the innermost level: its hooks wait for the one around it, or are due.
    void committed(std::size_t level);

    /// Of this level and of those inside it.
    void undone(std::size_t level);

    /// Nobody knows how the transaction ended.
    void forget() noexcept { waiting_.clear(); }

    bool is_due() const noexcept { return !due_.empty(); }

    /// Runs what is due, each whatever the others throw, and answers what they said. Not while a
    /// call is inside the slot.
    static std::string run(std::vector<std::function<void()>> due);
    std::vector<std::function<void()>> take_due() noexcept { return std::exchange(due_, {}); }

private:
    struct hook {
        std::size_t level;
        when after;
        std::function<void()> action;
    };
    void end(std::size_t level, when w);

    std::vector<hook> waiting_;
    std::vector<std::function<void()>> due_;
};

}  // namespace roam::detail
