// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace roam::test {

/// What `work` throws, if it is an E.
template <class E, class Work>
std::optional<E> caught(Work work) {
    try {
        work();
    } catch (E const& e) {
        return e;
    }
    return std::nullopt;
}

template <class Work>
void in_another_thread(Work work) {
    std::thread{std::move(work)}.join();
}

/// Waits until `holds` answers true; false after twenty seconds.
template <class Holds>
bool soon_true(Holds holds) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace roam::test
