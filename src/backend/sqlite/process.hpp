// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/sqlite_process.hpp>

#include <thread>

struct sqlite3;
struct sqlite3_mutex;

namespace roam::sqlite::detail {

/// Keeps every thread but one out of a SQLite that has no locks.
///
/// Thread safety: any number of threads.
class thread_gate {
public:
    explicit thread_gate(threading_mode in_force,
                         std::thread::id admitted = std::this_thread::get_id()) noexcept
        : has_locks_(in_force != threading_mode::single_thread),
          admitted_(admitted) {}

    bool has_locks() const noexcept { return has_locks_; }

    bool admits_caller() const noexcept {
        return has_locks_ || std::this_thread::get_id() == admitted_;
    }

    /// Throws unsupported_error for a thread that must not make a single call.
    void check_caller() const;

private:
    bool const has_locks_;
    std::thread::id const admitted_;
};

/// The gate of this process. The first call initialises SQLite and asks it for its mode. Where
/// there are no locks the thread is let in that called configure_process(), else the one that calls
/// this first.
thread_gate const& process_gate();

/// Held by each call on the connection; nullptr where it is opened, or SQLite compiled, without.
sqlite3_mutex* mutex_of(sqlite3* db) noexcept;

}  // namespace roam::sqlite::detail
