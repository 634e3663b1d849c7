// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <support/waiting.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roam::test {

struct thing {
    std::int64_t id = 0;
    int count = 0;
};

/// Whether another thread is kept out of SQLite, with a message that says so much.
template <class Work>
bool is_refused_elsewhere(std::string_view told, Work work) {
    std::optional<unsupported_error> e;
    in_another_thread([&] { e = caught<unsupported_error>(work); });
    return e && std::string_view{e->what()}.find(told) != std::string_view::npos;
}

}  // namespace roam::test
