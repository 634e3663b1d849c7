// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace bench {

/// What one library does for the cases of sharing.cpp; what is empty is not compared.
struct sharing_subject {
    std::string name;

    /// A pool of so many sessions on an empty SQLite database in memory.
    std::function<void(std::size_t sessions)> open;

    /// Leases and gives back once, and touches nothing. Called from many threads at once.
    std::function<void()> cycle;

    /// The same, and leaves the session so that it has to be reset before its next owner.
    std::function<void()> cycle_touched;

    /// Makes `calls` calls on one session that do nothing but read a number: those that check
    /// first who calls, and those that do not.
    std::function<std::uint64_t(std::int64_t calls)> checked;
    std::function<std::uint64_t(std::int64_t calls)> unchecked;

    /// A database file with an empty table, every commit durable, for so many clients.
    std::function<void(std::string const& file, std::size_t clients)> open_file;

    /// One row, durable when it returns: by a commit of its own, or shared with others that come
    /// at the same time. Called from all clients at once.
    std::function<void(std::int64_t value)> write_alone;
    std::function<void(std::int64_t value)> write_grouped;

    /// How many rows there are.
    std::function<std::int64_t()> count;

    std::function<void()> close;
};

/// Defined by the subject's source.
sharing_subject make_sharing_subject();

/// Syncs of files since the start, and from now on each lasts for so long and does nothing else;
/// zero: the disk's own.
std::uint64_t syncs();
void fix_sync(std::int64_t microseconds);

}  // namespace bench
