// SPDX-License-Identifier: MIT
#include "backend/watchdog.hpp"

#include <algorithm>
#include <utility>

namespace roam::backend {
namespace {

// How often it looks whether somebody wants the statement to stop: a wake-up of the processor each.
// Also the first pause before it asks again.
constexpr std::chrono::milliseconds time_between_looks{10};

// How long a server that was asked to stop may take before it is taken for dead.
constexpr std::chrono::seconds stop_patience{2};

}  // namespace

watchdog::watchdog(std::unique_ptr<statement_breaker> breaker) : breaker_(std::move(breaker)) {}

watchdog::~watchdog() {
    if (!thread_.joinable())
        return;
    {
        std::lock_guard const lock{mutex_};
        over_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

// A condition variable that the parent's thread waits on cannot be destroyed here.
void watchdog::abandon(std::unique_ptr<watchdog> inherited) noexcept {
    if (inherited != nullptr && inherited->thread_.joinable())
        static_cast<void>(inherited.release());
}

void watchdog::need_thread() {
    if (!thread_.joinable())
        thread_ = std::thread{[this] { run(); }};
}

void watchdog::begin(std::chrono::milliseconds limit, stop_question stop) {
    std::lock_guard const lock{mutex_};
    bool const watched = limit.count() > 0 || stop.asked != nullptr;
    if (watched)
        need_thread();
    stop_ = stop;
    deadline_ = limit.count() > 0 ? clock::now() + limit : never;
    ask_at_ = cut_at_ = never;
    outcome_ = outcome::quiet;
    due_ = false;
    running_ = true;
    // With one limit after another the thread wakes up for the oldest of them only.
    if (watched && next_look(clock::now()) < sleeps_until_)
        changed_.notify_all();
}

watchdog::outcome watchdog::end() noexcept {
    std::unique_lock lock{mutex_};
    running_ = false;
    changed_.wait(lock, [&] { return !asking_; });
    return outcome_;
}

void watchdog::cancel() noexcept try {
    std::lock_guard const lock{mutex_};
    if (!running_ || outcome_ != outcome::quiet)
        return;
    need_thread();
    outcome_ = outcome::stopped;
    ask_at_ = clock::now();
    pause_ = time_between_looks;
    changed_.notify_all();
} catch (...) {
    return;  // no thread is to be had, and nobody has been told that the statement stops
}

void watchdog::run() noexcept {
    std::unique_lock lock{mutex_};
    while (!over_) {
        auto const now = clock::now();
        if (running_)
            look(now);
        if (running_ && now >= cut_at_) {
            cut_at_ = never;
            if (breaker_->cut())
                ask_at_ = never;
        } else if (running_ && now >= ask_at_) {
            ask(lock);
        } else {
            sleeps_until_ = running_ ? next_look(now) : never;
            changed_.wait_until(lock, sleeps_until_);
        }
    }
}

void watchdog::look(clock::time_point now) {
    if (due_)
        return;
    bool const late = now >= deadline_;
    due_ = late || stop_;
    if (!due_)
        return;
    cut_at_ = now + stop_patience;
    if (outcome_ != outcome::quiet)  // a cancel() came before
        return;
    outcome_ = late ? outcome::timed_out : outcome::stopped;
    ask_at_ = now;
    pause_ = time_between_looks;
}

watchdog::clock::time_point watchdog::next_look(clock::time_point now) const {
    auto const event = std::min(ask_at_, cut_at_);
    if (due_)
        return event;
    auto const watch = stop_.asked != nullptr ? now + time_between_looks : never;
    return std::min({event, deadline_, watch});
}

// The statement stays the same meanwhile, since end() waits.
void watchdog::ask(std::unique_lock<std::mutex>& lock) noexcept {
    asking_ = true;
    lock.unlock();
    bool const reached = breaker_->ask();
    lock.lock();
    asking_ = false;
    changed_.notify_all();
    auto const now = clock::now();
    ask_at_ = now + pause_;
    pause_ *= 2;
    if (!reached && due_)
        cut_at_ = now;
}

}  // namespace roam::backend
