// SPDX-License-Identifier: MIT
#include "backend/odbc/watchdog.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace roam::odbc {
namespace {

// How often it looks whether somebody wants the statement to stop, and asks again where the driver
// had not begun yet when it was asked: a wake-up of the processor each.
constexpr std::chrono::milliseconds time_between_looks{10};

}  // namespace

watchdog::~watchdog() {
    {
        std::lock_guard const lock{mutex_};
        over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void watchdog::begin(SQLHSTMT statement, std::chrono::milliseconds limit,
                     backend::stop_question stop) {
    bool const watching = limit.count() > 0 || stop.asked != nullptr;
    if (watching && !thread_.joinable())
        thread_ = std::thread{[this] { run(); }};
    {
        std::lock_guard const lock{mutex_};
        ++call_;
        running_ = statement;
        outcome_ = outcome::quiet;
        watching_ = watching;
        deadline_.reset();
        if (limit.count() > 0)
            deadline_ = clock::now() + limit;
        stop_ = stop;
    }
    if (watching)
        changed_.notify_all();
}

watchdog::outcome watchdog::end() noexcept {
    std::lock_guard const lock{mutex_};
    running_ = nullptr;
    if (std::exchange(watching_, false))
        changed_.notify_all();
    return outcome_;
}

void watchdog::cancel() noexcept {
    std::lock_guard const lock{mutex_};
    if (running_ == nullptr)
        return;
    if (outcome_ == outcome::quiet)
        outcome_ = outcome::stopped;
    SQLCancel(running_);
}

void watchdog::abandon() noexcept {
    // A std::thread that nobody joins ends the program; this one does not exist here.
    static_cast<void>(new (std::nothrow) std::thread{std::move(thread_)});
}

// SQLCancel() is called with the mutex held, so that the handle is still there.
void watchdog::run() noexcept {
    std::unique_lock lock{mutex_};
    while (!over_) {
        if (!watching_) {
            changed_.wait(lock, [&] { return over_ || watching_; });
            continue;
        }
        auto const call = call_;
        bool const asked = outcome_ != outcome::quiet;
        auto look = asked ? clock::time_point::max() : deadline_.value_or(clock::time_point::max());
        if (asked || stop_.asked != nullptr)
            look = std::min(look, clock::now() + time_between_looks);
        changed_.wait_until(lock, look, [&] { return over_ || !watching_ || call != call_; });
        if (over_ || !watching_ || call != call_)
            continue;
        bool const late = deadline_ && clock::now() >= *deadline_;
        if (!asked && !late && !stop_)
            continue;
        if (!asked)
            outcome_ = late ? outcome::timed_out : outcome::stopped;
        SQLCancel(running_);
    }
}

}  // namespace roam::odbc
