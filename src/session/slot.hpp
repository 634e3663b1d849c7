// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/session/context.hpp>
#include <roam/session/database.hpp>
#include <roam/source_location.hpp>

#include "session/statement_cache.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace roam::detail {

class pool;

/// A connection's place in the process. Slots are never freed, only used again, so that a session
/// (slot and generation) can be asked whether it is still good, whatever became of its connection.
///
/// Thread safety: the atomics are for everybody; the rest belongs to whoever holds the lease, and
/// to the pool between leases.
struct slot {
    std::atomic<std::uint64_t> generation{1};  ///< counted up at each lease and each return
    std::atomic<std::uint64_t> owner{0};       ///< identity of the context that leased it
    std::atomic<bool> inside{false};           ///< a call is running
    std::atomic<bool> cancelling{false};       ///< some thread is about to cancel
    std::atomic<backend::connection*> cancel_target{nullptr};

    std::unique_ptr<backend::connection> connection;
    std::unique_ptr<statement_cache> statements;
    std::shared_ptr<pool> home;  ///< empty: adopted
    std::shared_ptr<observer> watch;
    std::uint64_t number = 0;
    std::uint32_t level = 0;           ///< of transactions: 1 the transaction, more are savepoints
    bool transaction_invalid = false;  ///< only the rollback may come
    bool read_only = false;            ///< the open transaction is
    bool touched = false;
    bool broken = false;
    bool streaming = false;
    bool limited = false;  ///< a statement timeout of its own
    unsigned process = 0;  ///< fork generation it was opened in

    std::chrono::steady_clock::time_point idle_since{};
    std::chrono::steady_clock::time_point leased_since{};
    source_location leased_at;
    slot* next_free = nullptr;

    static slot* acquire();
    static void recycle(slot* s) noexcept;

    void open_with(std::unique_ptr<backend::connection> c, std::size_t cache_size);
    void close() noexcept;

    /// The affinity and overlap checks, and entry.
    void enter(std::uint64_t expected_generation) {
        if (generation.load(std::memory_order_relaxed) != expected_generation) [[unlikely]] {
            throw_closed();
        }
        if (owner.load(std::memory_order_relaxed) != current_context().identity()) [[unlikely]] {
            throw_wrong_context();
        }
        if (inside.exchange(true, std::memory_order_acquire)) [[unlikely]] throw_overlap();
    }
    void leave() noexcept { inside.store(false, std::memory_order_release); }

    /// Makes the caller the owner under a new generation, which is returned.
    std::uint64_t lease_to(std::uint64_t identity, source_location where) noexcept;

    /// Ends the lease: no handle with an older generation is good any more. Waits for a cancel()
    /// that is under way, so that it cannot reach the next owner's statement.
    void end_lease() noexcept;

    [[noreturn]] static void throw_closed();
    [[noreturn]] void throw_wrong_context() const;
    [[noreturn]] void throw_overlap() const;

    void tell(session_event::kind what, std::string_view detail = {}) noexcept;
};

/// Grows by one in each forked child; connections of another value are not ours to use.
unsigned process_generation() noexcept;

}  // namespace roam::detail
