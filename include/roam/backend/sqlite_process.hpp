// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What SQLite does about threads: how the library was compiled, what the process has chosen, and
// what a connection gets. Roam never changes a setting of the process by itself (D23).

namespace roam::sqlite {

/// SQLite's threading modes, from no locks to most.
enum class threading_mode : std::uint8_t {
    single_thread,  ///< no locks at all: only one thread of the process may use SQLite
    multi_thread,   ///< one connection, one thread at a time: what Roam uses
    serialized,     ///< a lock around each call on a connection that does not decline it
};

std::string to_string(threading_mode mode);

/// Settings of the whole process, for every user of SQLite in it.
struct process_options {
    /// Nothing: as SQLite was built. With single_thread the thread that calls configure_process()
    /// is the only one that Roam lets into SQLite: any other gets an unsupported_error, and what
    /// it destroys is left open rather than closed. A SQLite that was compiled so lets the first
    /// thread in that opens a database.
    std::optional<threading_mode> threading = {};

    /// Off: the allocator's statistics take one process-wide lock per allocation; what that costs
    /// is in docs/performance.md. Then sqlite3_memory_used() and the soft heap limit do not work.
    bool memory_statistics = false;
};

/// Changes SQLite's process-wide settings. Call it before the first database is opened, also by
/// others, or it throws too_late_error and nothing is changed. A mode that the library was not
/// compiled for is an unsupported_error.
///
/// Thread safety: none; call it from main() before other threads start.
void configure_process(process_options const& wanted = {});

/// What threading_report() found.
struct threading_facts {
    std::string library_version;  ///< "3.40.1"

    /// Compile time: the most that the library was made for, and its options that have to do with
    /// threads and memory, as "THREADSAFE=1".
    threading_mode built = threading_mode::serialized;
    std::vector<std::string> compile_options;

    /// Start time: what configure_process() was told, if it was called, and what holds.
    std::optional<threading_mode> asked;
    threading_mode in_force = threading_mode::serialized;
    bool memory_statistics = true;  ///< each allocation takes the process-wide lock
    bool too_late = false;          ///< SQLite is initialised: configure_process() would throw

    /// Whether several sessions can have one memory database; else sqlite::memory: has one.
    bool memory_databases_can_be_shared = false;

    /// Run time: what a connection has whose options ask for `wanted`.
    threading_mode of_connection(threading_mode wanted = threading_mode::multi_thread) const;
};

/// A table for people, a line for each fact.
std::string to_string(threading_facts const& facts);

/// Tells what holds. Once SQLite is initialised it is asked, by opening and closing empty memory
/// databases, once per process; before, the answer is what will hold, nothing is initialised and
/// configure_process() can still be called.
///
/// Thread safety: any number of threads, where SQLite itself allows more than one.
threading_facts threading_report();

}  // namespace roam::sqlite
