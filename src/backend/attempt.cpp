// SPDX-License-Identifier: MIT
#include "backend/attempt.hpp"

#include <unistd.h>

namespace roam::backend {

attempts& attempts::all() {
    static attempts one;
    return one;
}

attempts::~attempts() {
    std::unique_lock lock{mutex_};
    if (process_ == getpid())  // a forked child has no such threads
        none_.wait(lock, [&] { return running_ == 0; });
}

void attempts::begin() {
    std::lock_guard const lock{mutex_};
    process_ = getpid();
    ++running_;
}

void attempts::end() noexcept {
    std::lock_guard const lock{mutex_};
    if (--running_ == 0)
        none_.notify_all();
}

std::chrono::steady_clock::time_point attempt_end(std::chrono::steady_clock::time_point deadline,
                                                  std::optional<std::chrono::seconds> option,
                                                  std::string const& where) {
    constexpr std::chrono::milliseconds least{100};
    auto const now = std::chrono::steady_clock::now();
    if (deadline <= now)
        throw connection_error("no time was left to connect to " + where);
    if (option && option->count() > 0)
        deadline = std::min(deadline, now + *option);
    return std::max(deadline, now + least);
}

}  // namespace roam::backend
