// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <stop_token>

namespace roam::detail {

/// A limit that is in force on a connection until it is destroyed, which puts back what it took the
/// place of: the last one first. Thread safety: as the connection's.
class call_limit {
public:
    /// Throws cancelled_error when a stop was requested before, usage_error for a negative time.
    static void check(std::chrono::milliseconds time, std::stop_token const& stop);

    call_limit(backend::connection& on, std::chrono::milliseconds time, std::stop_token stop);
    call_limit(call_limit const&) = delete;
    call_limit& operator=(call_limit const&) = delete;
    ~call_limit();

private:
    backend::connection& on_;
    std::stop_token const stop_;
    std::chrono::milliseconds const outer_time_;
    backend::stop_question const outer_stop_;
};

}  // namespace roam::detail
