// SPDX-License-Identifier: MIT
#include "session/sharded.hpp"

#include <support/catch.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

using roam::detail::cache_line;
using roam::detail::sharded;

TEST_CASE("a change reaches each caller") {
    sharded<int> numbers;
    numbers.change([](int& value, std::size_t) { value = 7; });
    for (std::uint64_t caller = 0; caller < 3 * numbers.size; ++caller)
        CHECK(numbers.read(caller, [](int value) { return value; }) == 7);
}

TEST_CASE("callers that follow one another share no cache line") {
    sharded<char> letters;
    std::set<std::uintptr_t> lines;
    for (std::uint64_t caller = 1; caller <= letters.size; ++caller) {
        lines.insert(letters.read(caller, [](char const& value) {
            return reinterpret_cast<std::uintptr_t>(&value) / cache_line;
        }));
    }
    CHECK(lines.size() == letters.size);
}

TEST_CASE("a reader that saw a change never sees what was before it") {
    sharded<std::shared_ptr<int const>> newest;
    newest.change([](auto& value, std::size_t) { value = std::make_shared<int>(0); });
    constexpr int last = 500;
    std::atomic<int> wrong{0};
    std::vector<std::jthread> readers;
    for (std::uint64_t caller = 0; caller < 3; ++caller) {
        readers.emplace_back([&, caller] {
            for (int seen = 0; seen != last;) {
                auto const now = newest.read(caller, [](auto const& value) { return value; });
                wrong += *now < seen;
                seen = *now;
            }
        });
    }
    for (int i = 1; i <= last; ++i)
        newest.change([&](auto& value, std::size_t) { value = std::make_shared<int>(i); });
    readers.clear();
    CHECK(wrong == 0);
}
