// SPDX-License-Identifier: MIT
#include "backend/firebird/watchdog.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace roam::firebird {
namespace {

// How often it looks whether somebody wants the statement to stop, and asks again where the engine
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

void watchdog::begin(isc_db_handle* database, std::chrono::milliseconds limit,
                     backend::stop_question stop) {
    bool const watching = limit.count() > 0 || stop.asked != nullptr;
    if (watching && !thread_.joinable())
        thread_ = std::thread{[this] { run(); }};
    {
        std::lock_guard const lock{mutex_};
        ++call_;
        running_ = database;
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
    if (outcome_ != outcome::quiet) {
        // A request that came when the call was over already would wait for the next one.
        ISC_STATUS_ARRAY status;
        fb_cancel_operation(status, running_, fb_cancel_disable);
        fb_cancel_operation(status, running_, fb_cancel_enable);
    }
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
    raise_cancel();
}

void watchdog::abandon() noexcept {
    // A std::thread that nobody joins ends the program; this one does not exist here.
    static_cast<void>(new (std::nothrow) std::thread{std::move(thread_)});
}

// Only ever with the mutex held, so that the attachment is still there.
void watchdog::raise_cancel() noexcept {
    ISC_STATUS_ARRAY status;
    fb_cancel_operation(status, running_, fb_cancel_raise);
}

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
        raise_cancel();
    }
}

}  // namespace roam::firebird
