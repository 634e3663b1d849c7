// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace roam::backend {

/// How the statement that runs on one connection is stopped from outside. A watchdog calls it
/// while a statement runs, never twice at once.
class statement_breaker {
public:
    virtual ~statement_breaker() = default;

    /// Asks the server to stop the statement, and is back when the server has answered; whoever
    /// waits for the statement waits for that too, so it takes seconds at most. False: the server
    /// was not reached.
    virtual bool ask() noexcept = 0;

    /// Breaks the link, so that the owner's wait ends; takes no time. False: there is no way.
    virtual bool cut() noexcept { return false; }
};

/// Stops the statement of one connection that runs too long or is no longer wanted, because the
/// client libraries wait for a server's answer without end. A thread of its own asks the breaker,
/// and asks again while the statement runs, each pause twice the last: a server that had not begun
/// the statement yet has nothing to stop. For a limit or a stop the link is cut when the server is
/// not reached, or still runs the statement after 2 s; never for a cancel() alone. The thread
/// begins when it is first needed.
///
/// Thread safety: cancel() is for any thread while the watchdog lives, the rest for the
/// connection's owner.
class watchdog {
public:
    enum class outcome : std::uint8_t {
        quiet,
        timed_out,  ///< the server was to stop the statement, which may have ended before
        stopped,    ///< the same, because somebody wanted it
    };

    explicit watchdog(std::unique_ptr<statement_breaker> breaker);
    watchdog(watchdog const&) = delete;
    watchdog& operator=(watchdog const&) = delete;
    ~watchdog();

    /// A statement begins, or a further wait for the one that runs. Zero: no limit.
    void begin(std::chrono::milliseconds limit, stop_question stop);

    /// It has ended. Waits for a request that is under way, so that the next statement is not met
    /// by it, unless the server acts on it after its answer.
    outcome end() noexcept;

    /// Has the running statement stopped, without waiting for it. Nothing when none runs.
    void cancel() noexcept;

    /// In a forked child, in place of the destructor: the thread is the parent's, and so is
    /// whoever held the lock.
    static void abandon(std::unique_ptr<watchdog> inherited) noexcept;

private:
    using clock = std::chrono::steady_clock;
    static constexpr clock::time_point never = clock::time_point::max();

    void need_thread();
    void run() noexcept;
    void look(clock::time_point now);
    void ask(std::unique_lock<std::mutex>& lock) noexcept;
    clock::time_point next_look(clock::time_point now) const;

    std::unique_ptr<statement_breaker> const breaker_;
    std::mutex mutex_;
    std::condition_variable changed_;
    stop_question stop_;
    clock::time_point deadline_ = never;
    clock::time_point ask_at_ = never;
    clock::time_point cut_at_ = never;
    clock::time_point sleeps_until_ = never;  ///< the thread
    clock::duration pause_{};                 ///< before it asks again
    outcome outcome_ = outcome::quiet;
    bool running_ = false;
    bool due_ = false;  ///< the limit has passed, or a stop is wanted
    bool asking_ = false;
    bool over_ = false;
    std::thread thread_;
};

}  // namespace roam::backend
