// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

// Client libraries connect without a way to break off, and count their own limit in whole seconds.
// So a thread waits for the library, and whoever asked waits for the thread; an attempt that is
// given up ends by the library's limit and closes what it may have opened.

namespace roam::backend {

/// The attempts to connect that are under way. The end of the program waits for them, because a
/// thread must not be in a client library when that is taken down.
/// Thread safety: any number of threads.
class attempts {
public:
    /// Made by the first call: before whatever is to be destroyed before it.
    static attempts& all();

    ~attempts();
    attempts(attempts const&) = delete;
    attempts& operator=(attempts const&) = delete;
    void begin();
    void end() noexcept;

private:
    attempts() = default;
    std::mutex mutex_;
    std::condition_variable none_;
    unsigned running_ = 0;
    pid_t process_ = 0;
};

/// The end of an attempt: a session, or why there is none, as text, since an exception that two
/// threads hold is freed by the standard library where ThreadSanitizer cannot see its count.
template <class Session>
struct attempt_result {
    Session session;
    std::string refusal;
};

/// When an attempt must have ended: the caller's deadline, or the option's if that is earlier, but
/// not at once, since a connection is made in milliseconds and none would ever be made.
/// Throws connection_error when no time is left at all.
std::chrono::steady_clock::time_point attempt_end(std::chrono::steady_clock::time_point deadline,
                                                  std::optional<std::chrono::seconds> option,
                                                  std::string const& where);

/// Waits for open(), which returns an attempt_result, in a thread of its own until the deadline.
/// Throws connection_error when the time is over, or no thread could be started.
template <class Open>
auto open_until(std::chrono::steady_clock::time_point deadline, std::string const& where,
                Open open) {
    using result = decltype(open());
    attempts& all = attempts::all();
    std::packaged_task<result()> attempt{std::move(open)};
    auto made = attempt.get_future();
    all.begin();
    try {
        std::thread{[&all, attempt = std::move(attempt)]() mutable {
            attempt();
            attempt = {};  // closes a session that nobody took
            all.end();
        }}.detach();
    } catch (std::system_error const&) {
        all.end();
        throw connection_error("cannot connect to " + where + ": no thread could be started");
    }
    if (made.wait_until(deadline) != std::future_status::ready)
        throw connection_error("cannot connect to " + where + ": no answer before the deadline");
    return made.get();
}

}  // namespace roam::backend
