// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace roam::detail {

struct cached_statement;
struct slot;

/// A running SELECT that its session may be used beside. The slot has a list of them, since they
/// end with the transaction, whoever ends that; the list is touched by whoever has entered the
/// slot.
struct interleaved_read {
    cached_statement* statement = nullptr;  ///< null: over
    std::size_t level = 0;                  ///< of the transaction that it ends with
    std::size_t parameters = 0;
    std::int64_t rows = 0;
    std::chrono::steady_clock::time_point started{};
};

/// Ends one: the statement goes back to the cache.
void end_read(slot& s, interleaved_read& read, bool failed = false) noexcept;

/// Ends those of this transaction or savepoint and of what is open inside it.
void end_reads(slot& s, std::size_t level) noexcept;

}  // namespace roam::detail
