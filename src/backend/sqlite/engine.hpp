// SPDX-License-Identifier: MIT
#pragma once

#include "backend/sqlite/command.hpp"
#include "backend/sqlite/error.hpp"
#include "backend/sqlite/process.hpp"
#include <roam/backend/backend.hpp>

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace soci {
class session;
}

namespace roam::sqlite::detail {

using clock = std::chrono::steady_clock;
class prepared;
class writer_line;

/// One step of waiting for a lock; false once `until` has passed or `cancelled` is set. Begins
/// with 100 us, where SQLite's own handler has 1 ms: a commit takes less than that on a good disk.
bool wait_for_lock(int attempt, clock::time_point until, std::atomic<bool> const* cancelled);

/// What a connection and its statements share: the handle and what is known about it.
///
/// Thread safety: as its connection; cancel() from any thread.
struct engine {
    // Reasons to look twice before a statement runs. All unset is the usual case, so that start()
    // pays one test for all of them.
    static constexpr std::uint8_t failed = 1;   ///< the engine ended the open transaction
    static constexpr std::uint8_t watched = 2;  ///< somebody else can close or reopen the handle
    static constexpr std::uint8_t limited = 4;  ///< statements have a time limit, or may be stopped
    static constexpr std::uint8_t read_only = 8;  ///< a read-only transaction is open
    static constexpr std::uint8_t guarded = 16;   ///< the transaction is not the program's to end
    static constexpr std::uint8_t confined = 32;  ///< only one thread of the process may come in

    sqlite3* db = nullptr;
    sqlite3_mutex* mutex = nullptr;  ///< held while values are read; none on a NOMUTEX handle
    std::uint8_t attention = 0;
    bool in_transaction = false;  ///< as it was before the statement that ran last
    bool begun_here = false;      ///< the open transaction was begun by Roam
    bool abandoned = false;       ///< a forked child: nothing of the handle may be touched
    bool broken = false;          ///< the connection is of no use any more
    bool timed_out = false;
    bool exposed = false;       ///< somebody outside has the handle and can look at statements
    prepared* bound = nullptr;  ///< statements that still name memory of finished parameters
    std::atomic<bool> cancelled = false;
    thread_gate const* gate = nullptr;  ///< of a SQLite without locks; set before anybody uses it

    std::chrono::milliseconds busy_timeout{0};
    std::chrono::milliseconds limit{0};
    backend::stop_question stop;
    clock::time_point deadline{};    ///< of the running statement, where it is `limited`
    clock::time_point busy_until{};  ///< of the wait that is going on
    /// When the wait in line for the running statement began; its limits count from there.
    clock::time_point waiting_since{};
    writer_line* line = nullptr;    ///< where the connection waits to write; set before its use
    soci::session* soci = nullptr;  ///< of a watched handle
    std::string failure_cause;      ///< why the transaction failed

    /// Whether the calling thread must not touch the handle.
    bool is_foreign() const noexcept { return gate != nullptr && !gate->admits_caller(); }

    /// Throws for such a thread.
    void check_caller() const {
        if (gate != nullptr)
            gate->check_caller();
    }

    /// Lets one thread in and no other, where SQLite has no locks.
    void confine() {
        if (process_gate().has_locks())
            return;
        gate = &process_gate();
        attention |= confined;
    }

    bool autocommit() const noexcept { return sqlite3_get_autocommit(db) != 0; }

    /// Whether cancel() was called, or a stop requested.
    bool is_unwanted() const noexcept { return cancelled.load(std::memory_order_relaxed) || stop; }

    /// From when the running statement's limits count.
    clock::time_point began() const noexcept {
        return waiting_since == clock::time_point{} ? clock::now() : waiting_since;
    }

    /// Before each use of the handle: remembers the transaction's state, forgets old requests to
    /// cancel.
    void note_begin() noexcept {
        in_transaction = !autocommit();
        cancelled.store(false, std::memory_order_relaxed);
    }

    /// Before a statement runs while `attention` is set. False: there is nothing to run, because
    /// it is the ROLLBACK of a transaction that the engine has ended already.
    bool admit(command kind, bool writes, std::string_view sql);

    /// After a statement that controls the transaction.
    void note_control(command kind) noexcept;

    /// Throws when somebody closed or reopened a watched handle.
    void check_handle();

    void start_clock() noexcept;

    /// What the handle says about the call that failed with `code`.
    failure describe(int code, std::string_view sql, bool hide_values) const;

    /// To be called after the statement was reset: notes whether the engine ended the transaction,
    /// and throws.
    [[noreturn]] void fail(failure what);

    void install_busy_handler() noexcept;
    void set_limit(std::chrono::milliseconds wanted) noexcept;

    /// To be called when `limit` or `stop` was changed.
    void watch_clock() noexcept;
    void cancel() noexcept;
};

}  // namespace roam::sqlite::detail
