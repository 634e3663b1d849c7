// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <utility>

namespace roam::mapping {

/// Memory for parameters that no member can lend: text made of a decimal, an array, a user's own
/// type. Empty until somebody takes from it, so that ordinary records cost nothing.
///
/// Cells made from it live as long as it does. Thread safety: one thread at a time.
class scratch {
public:
    scratch() = default;
    scratch(scratch&& other) noexcept : last_(std::exchange(other.last_, nullptr)) {}
    scratch& operator=(scratch&& other) noexcept {
        std::swap(last_, other.last_);
        return *this;
    }
    ~scratch() {
        if (last_)
            release();
    }

    /// `size` bytes that stay where they are.
    char* take(std::size_t size);

    /// The same cell, its text or bytes copied here.
    cell keep(cell const& c);

private:
    struct block {
        block* before;
    };
    void release() noexcept;

    block* last_ = nullptr;
};

}  // namespace roam::mapping
