// SPDX-License-Identifier: MIT
#pragma once

#include <ibase.h>

#include <chrono>
#include <mutex>
#include <set>
#include <string>

namespace roam::firebird {

/// A prepared statement that nobody runs may be dropped by whoever changes its table, from any
/// thread: the engine refuses to change a table that a prepared statement names.
struct prepared {
    isc_stmt_handle handle = 0;  ///< zero: to be prepared anew
    bool running = true;
};

/// The prepared statements of one connection.
/// Thread safety: any number of threads.
class idle_statements {
public:
    /// `database` names the attachments to the same tables.
    explicit idle_statements(std::string database);
    ~idle_statements();
    idle_statements(idle_statements const&) = delete;
    idle_statements& operator=(idle_statements const&) = delete;

    void add(prepared& one);
    void remove(prepared& one) noexcept;

    /// From now on the owner alone uses it.
    void take(prepared& one) noexcept;
    void give_back(prepared& one) noexcept;

    /// Drops what is idle, here and in each other connection of this process to that database.
    void drop_all_around() noexcept;

    /// Waits until no other connection of this process to that database has a transaction that
    /// changes its tables: side by side they damage the memory of Firebird 3's engine. False when
    /// that lasts longer.
    bool take_schema_turn(std::chrono::seconds limit);
    void end_schema_turn() noexcept;

    /// Drops what is idle here.
    void drop_own() noexcept;

private:
    std::string const database_;
    std::mutex mutex_;
    std::set<prepared*> all_;
};

}  // namespace roam::firebird
