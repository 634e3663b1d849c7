// SPDX-License-Identifier: MIT
#include "backend/sqlite/engine.hpp"
#include "backend/sqlite/writer_line.hpp"

#include <algorithm>
#include <utility>

namespace roam::sqlite::detail {

bool writer_line::try_enter() {
    std::lock_guard const lock{mutex_};
    return !std::exchange(taken_, true);
}

writer_line::answer writer_line::enter(engine const& who, clock::time_point until) {
    // A stop can only be asked for; PostgreSQL's waits ask as often.
    constexpr std::chrono::milliseconds between_questions{10};
    std::unique_lock lock{mutex_};
    if (!std::exchange(taken_, true))
        return answer::granted;
    waiter self;
    waiter** end = &first_;
    while (*end != nullptr)
        end = &(*end)->next;
    *end = &self;
    while (!self.granted) {
        auto const now = clock::now();
        bool const unwanted = who.is_unwanted();
        if (unwanted || now >= until) {
            step_out(self);
            return unwanted ? answer::unwanted : answer::late;
        }
        bool const asks = who.stop.asked != nullptr;
        self.ready.wait_until(lock, asks ? std::min(until, now + between_questions) : until);
    }
    return answer::granted;
}

void writer_line::leave() noexcept {
    std::lock_guard const lock{mutex_};
    waiter* const next = first_;
    taken_ = next != nullptr;
    if (next == nullptr)
        return;
    first_ = next->next;
    next->granted = true;
    next->ready.notify_one();
}

void writer_line::wake() noexcept {
    std::lock_guard const lock{mutex_};
    for (waiter* w = first_; w != nullptr; w = w->next)
        w->ready.notify_one();
}

std::size_t writer_line::waiting() const {
    std::lock_guard const lock{mutex_};
    std::size_t count = 0;
    for (waiter const* w = first_; w != nullptr; w = w->next)
        ++count;
    return count;
}

void writer_line::step_out(waiter& w) noexcept {
    waiter** at = &first_;
    while (*at != &w)
        at = &(*at)->next;
    *at = w.next;
}

}  // namespace roam::sqlite::detail
