// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace roam::test {

/// A pool's clock that moves only when the test says so. Thread-safe.
class hand_clock final : public time_source {
public:
    std::chrono::steady_clock::time_point now() const noexcept override {
        return std::chrono::steady_clock::time_point{std::chrono::hours{1000}} +
               std::chrono::milliseconds{at_.load()};
    }
    void pass(std::chrono::milliseconds time) { at_ += time.count(); }

private:
    std::atomic<std::int64_t> at_{0};
};

}  // namespace roam::test
