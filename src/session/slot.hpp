// SPDX-License-Identifier: MIT
#pragma once

#include "session/cache_line.hpp"
#include "session/call_limit.hpp"
#include "session/hook_list.hpp"
#include "session/interleaved.hpp"
#include "session/statement_cache.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/context.hpp>
#include <roam/session/database.hpp>
#include <roam/session/read_scope.hpp>
#include <roam/source_location.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace roam::detail {

class pool;

/// Where a lease was taken, for messages: another thread may ask while the slot is leased anew.
class lease_place {
public:
    void store(source_location where) noexcept {
        file_.store(where.file_name(), std::memory_order_relaxed);
        function_.store(where.function_name(), std::memory_order_relaxed);
        line_.store(where.line(), std::memory_order_relaxed);
    }
    source_location load() const noexcept {
        return source_location::current(file_.load(std::memory_order_relaxed),
                                        function_.load(std::memory_order_relaxed),
                                        line_.load(std::memory_order_relaxed));
    }

private:
    std::atomic<char const*> file_{""};
    std::atomic<char const*> function_{""};
    std::atomic<unsigned> line_{0};
};

/// A transaction (level 1) or a savepoint in it (more) of a slot. The serial tells it from a later
/// one of the same level, when they end in another order than they began.
struct transaction_mark {
    std::uint32_t level = 0;  ///< 0: none
    std::uint64_t serial = 0;
};

/// An open transaction or savepoint.
struct open_level {
    std::uint64_t serial = 0;
    isolation_level isolation = isolation_level::by_default;  ///< of level 1, as it was asked for
    bool savepoint = false;   ///< level 1 is one where somebody else had begun the transaction
    bool query_only = false;  ///< SQLite: this level has switched writing off
};

/// What the reads of a read scope see, and until when.
struct snapshot {
    transaction_mark mark;
    read_scope_options options;
    source_location where;  ///< of the scope
    std::chrono::steady_clock::time_point until{};
    bool over = false;  ///< it is gone, and the scope still there
};

/// A connection's place in the process. Slots are never freed, only used again, so that a session
/// (slot and generation) can be asked whether it is still good, whatever became of its connection.
///
/// Thread safety: the atomics are for everybody; the rest belongs to whoever holds the lease, and
/// to the pool between leases. Each is written at every call, so no two share a cache line.
struct alignas(cache_line) slot {
    std::atomic<std::uint64_t> generation{1};  ///< counted up at each lease and each return
    std::atomic<std::uint64_t> owner{0};       ///< identity of the context that leased it
    std::atomic<bool> inside{false};           ///< a call is running, or the lease is ending
    std::atomic<bool> streaming{false};        ///< that call is a stream
    std::atomic<bool> orphaned{false};         ///< the stream ends the lease
    std::atomic<bool> broken{false};           ///< to be closed when it comes back
    std::atomic<bool> cancelling{false};       ///< some thread is about to cancel
    std::atomic<backend::connection*> cancel_target{nullptr};

    std::unique_ptr<backend::connection> connection;
    std::unique_ptr<statement_cache> statements;
    std::shared_ptr<pool> home;  ///< as long as the connection is open; empty: adopted
    std::shared_ptr<observer> watch;
    std::uint64_t number = 0;
    std::vector<open_level> levels;  ///< of the transaction, the outermost first
    std::uint64_t next_serial = 1;   ///< of a level; never reset
    std::vector<std::shared_ptr<interleaved_read>> reads;  ///< streams that let others in between
    hook_list hooks;
    transaction_mark doomed;  ///< to be rolled back when the stream ends
    // Reasons to look twice before a statement: neighbours in one byte, and no bools, so that g++
    // makes one test of both.
    std::uint8_t transaction_invalid : 1 = false;  ///< only the rollback may come
    std::uint8_t aged : 1 = false;                 ///< a read scope with a greatest age is open
    std::optional<snapshot> reading;               ///< of it
    bool touched = false;
    bool schema_changed = false;    ///< by Roam, and nobody was told yet
    std::uint64_t schema_seen = 0;  ///< the pool's count when the statements were prepared
    std::chrono::milliseconds usual_limit{0};  ///< of statements, where the owner says nothing
    bool limited = false;                      ///< a statement timeout of its own
    std::vector<std::unique_ptr<call_limit>> limits;  ///< of calls and scopes, the outermost first
    std::atomic<unsigned> process{0};                 ///< fork generation it was opened in

    std::chrono::steady_clock::time_point idle_since{};
    std::chrono::steady_clock::time_point old_from{};  ///< then it is too old
    std::uint64_t member = 0;      ///< the context that alone may lease it; 0: any
    std::size_t place = 0;         ///< in its pool
    std::uint8_t wait_bucket = 0;  ///< of pool_counts::waits, where this lease was counted
    std::atomic<std::uint64_t> leases_at_once{0};  ///< of them, those that did not wait
    std::atomic<std::chrono::steady_clock::time_point> leased_since{};
    std::chrono::steady_clock::time_point reported{};  ///< `leased_since` of the lease told of
    lease_place leased_at;
    slot* next_free = nullptr;
    slot* next_made = nullptr;

    static slot* acquire();
    static void recycle(slot* s) noexcept;

    void open_with(std::unique_ptr<backend::connection> c, std::size_t cache_size);
    void close() noexcept;

    /// The affinity and overlap checks, and entry. The generation is looked at last, because a
    /// lease ends only while `inside` is held.
    void enter(std::uint64_t expected) { enter(expected, current_context().identity()); }
    void enter(std::uint64_t expected, std::uint64_t caller) {
        if (!try_enter(expected, caller)) [[unlikely]]
            throw_not_entered(expected, caller);
    }
    bool try_enter(std::uint64_t expected, std::uint64_t caller) noexcept {
        if (owner.load(std::memory_order_relaxed) != caller ||
            inside.exchange(true, std::memory_order_acquire))
            return false;
        if (generation.load(std::memory_order_relaxed) == expected) [[likely]]
            return true;
        leave();
        return false;
    }
    void leave() noexcept { inside.store(false, std::memory_order_release); }

    /// Makes the caller the owner under a new generation, which is returned.
    std::uint64_t lease_to(std::uint64_t identity, source_location where) noexcept;

    /// Ends the lease: no handle with an older generation is good any more. Waits for a cancel()
    /// that is under way, so that it cannot reach the next owner's statement. `inside` is held.
    void end_lease() noexcept;

    /// Puts a limit in force, and answers its place from 1.
    std::uint32_t begin_limit(std::chrono::milliseconds time, std::stop_token stop);

    /// Ends the limit of that place and those that began after it, unless that is done already.
    void end_limits(std::uint32_t place) noexcept;

    /// Ends the owner's handles and nothing else: the lease waits for take_up(). `inside` is held.
    void put_down() noexcept;

    /// Makes the caller the owner of what was put down, under a new generation, which is returned.
    std::uint64_t take_up(source_location where) noexcept;

    /// What a handle does at its end, in whatever context: gives the connection back once no call
    /// is inside; a stream that is open does it at its own end. Nothing if the lease is over.
    void part(std::uint64_t expected) noexcept;

    /// The end of a stream that was entered here. True: its session is gone meanwhile, and the
    /// caller has to give the slot back.
    bool end_stream() noexcept;

    /// Gives the slot back to its pool, or the connection to its lender; `inside` is held.
    void hand_back() noexcept;

    /// The owner of a detached session: no context has this identity.
    static constexpr std::uint64_t nobody = ~std::uint64_t{0};

    [[noreturn]] static void throw_closed();
    [[noreturn]] void throw_not_owner(std::uint64_t expected) const;
    [[noreturn]] void throw_inside(std::uint64_t expected) const;
    [[noreturn]] void throw_not_entered(std::uint64_t expected, std::uint64_t caller) const;

    void tell(session_event::kind what, std::string_view detail = {}) noexcept;
};

/// Grows by one in each forked child; connections of another value are not ours to use.
unsigned process_generation() noexcept;

}  // namespace roam::detail
