// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// SQLite is part of libroam itself: its URLs work without this header, which is for options as a
// struct, for process-wide settings, and for asking what is in force.

namespace roam::sqlite {

/// URL `mode=`: rwc, rw, ro.
enum class open_mode : std::uint8_t {
    create,      ///< read and write; a missing file is made
    read_write,  ///< read and write; a missing file is a connection_error
    read_only,   ///< a write is a permission_error
};

/// URL `journal_mode=`: wal, delete, truncate, persist, memory, off.
enum class journal_mode : std::uint8_t { wal, remove, truncate, persist, memory, off };

/// What survives a loss of power (a crash of the program alone loses nothing in any of them).
/// URL `synchronous=`: full, extra, normal, off.
enum class durability : std::uint8_t {
    full,     ///< every acknowledged commit
    extra,    ///< with a rollback journal, also the removal of the journal
    relaxed,  ///< NORMAL: with WAL the last commits may be lost, the file stays sound
    none,     ///< OFF: the file may be damaged
};

/// URL `temp_store=`: default, file, memory.
enum class temp_store : std::uint8_t { as_built, file, memory };

/// How each connection is opened. Every field has a URL option of the name given.
struct options {
    open_mode mode = open_mode::create;

    /// WAL: readers and the one writer do not wait for each other, and a commit is one sync
    /// instead of two or three. It stays in the file. Not for files on a network: use `remove`.
    journal_mode journal = journal_mode::wal;

    /// `synchronous`: FULL, as SQLite itself: an acknowledged commit survives a loss of power.
    durability sync = durability::full;

    /// `foreign_keys`: on. SQLite leaves them unchecked unless told.
    bool foreign_keys = true;

    /// `busy_timeout`, milliseconds: how long a statement waits for a lock of another connection
    /// before busy_error. 5 s outlasts any sound write transaction. 0: not at all. A statement's
    /// time limit and cancel() end the wait sooner.
    std::chrono::milliseconds busy_timeout{5000};

    /// `cache_size`, as SQLite's pragma: pages, or KiB when negative. Per connection; nothing:
    /// SQLite's own (2 MiB). -65536 made reads by key of a 100,000 row table 1.2 times as fast.
    std::optional<std::int64_t> cache_size;

    /// `mmap_size`, bytes: reads through a memory map up to this size. Off, because an I/O error
    /// under a map is a signal that ends the process.
    std::int64_t mmap_size = 0;

    /// `temp_store`: where sorting and temporary tables spill.
    temp_store temporary = temp_store::as_built;
};

/// A connector for the file `path`, or for a private memory database when it is ":memory:". All
/// connections of one memory connector share its data, which lives as long as the connector.
/// Opens nothing. An empty path or an option that cannot work is a usage_error.
std::shared_ptr<backend::connector> make_connector(std::string path, options const& how = {});

enum class threading_mode : std::uint8_t {
    single_thread,  ///< no locks at all: only one thread of the process may use SQLite
    multi_thread,   ///< one connection, one thread at a time: what Roam uses
    serialized,     ///< a lock around each call on a connection that does not decline it
};

/// Settings of the whole process, for every user of SQLite in it.
struct process_options {
    /// Nothing: as SQLite was built. Roam's own connections never use the connection's lock, so
    /// multi_thread only matters to others who open connections in this process.
    std::optional<threading_mode> threading;

    /// Off: the allocator's statistics take one process-wide lock per allocation, and without it
    /// two reading threads were twice as fast as one, with it 1.1 times. Then
    /// sqlite3_memory_used() and the soft heap limit do not work.
    bool memory_statistics = false;
};

/// Changes SQLite's process-wide settings; Roam never does so by itself. Call it before the first
/// database is opened, also by others, or it throws too_late_error. A mode that the library was
/// not built for is an unsupported_error.
///
/// Thread safety: none; call it from main() before other threads start.
void configure_process(process_options const& wanted = {});

/// What threading_report() found.
struct threading_facts {
    std::string library_version;          ///< "3.40.1"
    threading_mode built;                 ///< the most that the library was compiled for
    threading_mode in_force;              ///< of a connection opened without saying anything
    bool memory_statistics;               ///< whether each allocation takes the process-wide lock
    bool memory_databases_can_be_shared;  ///< otherwise sqlite::memory: has one connection
};

/// Asks SQLite by opening and closing an empty memory database: after this configure_process() is
/// too late. Thread safety: any number of threads.
threading_facts threading_report();

}  // namespace roam::sqlite

namespace roam::backend {

/// The driver of `sqlite:` URLs. Thread safety: immutable.
driver const& sqlite_driver();

namespace detail {
// A static libroam would leave the driver out of a program that nowhere names it.
inline bool const sqlite_registered = (register_driver(sqlite_driver()), true);
}  // namespace detail

}  // namespace roam::backend
