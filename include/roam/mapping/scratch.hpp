// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace roam::mapping {

/// Memory for parameters that no member can lend: text made of a decimal, an array, a user's own
/// type. Empty until somebody takes from it, so that ordinary records cost nothing.
///
/// Cells made from it live as long as it does. Thread safety: one thread at a time.
class scratch {
public:
    /// `size` bytes that stay where they are.
    char* take(std::size_t size);

    /// The same cell, its text or bytes copied here.
    cell keep(cell const& c);

private:
    std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace roam::mapping
