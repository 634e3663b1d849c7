// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <ibase.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

namespace roam::firebird {

/// Breaks off the call that runs on one connection, from whatever thread: fb_cancel_operation() is
/// allowed beside a call that is under way. Limits are watched by a thread of its own, which begins
/// with the first of them.
///
/// Thread safety: cancel() is for any thread, the rest for the connection's owner.
class watchdog {
public:
    enum class outcome : std::uint8_t {
        quiet,
        timed_out,  ///< the engine was asked to cancel
        stopped,    ///< the same, because somebody wanted it
    };

    watchdog() = default;
    watchdog(watchdog const&) = delete;
    watchdog& operator=(watchdog const&) = delete;
    ~watchdog();

    /// A call on the attachment begins.
    void begin(isc_db_handle* database, std::chrono::milliseconds limit,
               backend::stop_question stop);

    /// It has ended. After this no request to stop is left, so that the next is not met.
    outcome end() noexcept;

    void cancel() noexcept;

    /// In a forked child: the thread is the parent's.
    void abandon() noexcept;

private:
    using clock = std::chrono::steady_clock;

    void run() noexcept;
    void raise_cancel() noexcept;

    std::mutex mutex_;
    std::condition_variable changed_;
    isc_db_handle* running_ = nullptr;
    std::uint64_t call_ = 0;  ///< counts them, since the next may begin before the thread wakes up
    std::optional<clock::time_point> deadline_;
    backend::stop_question stop_;
    outcome outcome_ = outcome::quiet;
    bool watching_ = false;
    bool over_ = false;
    std::thread thread_;
};

}  // namespace roam::firebird
