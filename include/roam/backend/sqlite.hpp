// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/backend/sqlite_process.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// SQLite is part of libroam itself: its URLs work without this header, which is for options as a
// struct. What belongs to the process is in sqlite_process.hpp.

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

    /// `threading`: multi_thread opens with NOMUTEX, since one owner uses a session at a time;
    /// serialized with FULLMUTEX, for a program that also uses the native handle from another
    /// thread. Where the process has no locks serialized is an unsupported_error.
    threading_mode threading = threading_mode::multi_thread;

    /// `one_writer`: sessions of one database that want to write wait in a line, first come first
    /// served, where SQLite lets each ask again and again and the lucky one get it. busy_timeout,
    /// time limits and stops end the wait as they do otherwise. Readers never wait in it. Other
    /// writers of the file, in or beside this process, are waited for as without it.
    bool one_writer = false;
};

/// A connector for the file `path`, or for a private memory database when it is ":memory:". All
/// connections of one memory connector share its data, which lives as long as the connector.
/// Opens nothing. An empty path or an option that cannot work is a usage_error.
std::shared_ptr<backend::connector> make_connector(std::string path, options const& how = {});

}  // namespace roam::sqlite

namespace roam::backend {

/// The driver of `sqlite:` URLs. Thread safety: immutable.
driver const& sqlite_driver();

namespace detail {
// A static libroam would leave the driver out of a program that nowhere names it.
inline bool const sqlite_registered = (register_driver(sqlite_driver()), true);
}  // namespace detail

}  // namespace roam::backend
