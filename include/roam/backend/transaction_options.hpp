// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace roam {

/// How far a transaction is kept from what others do meanwhile: at least so far. An engine may
/// give more: SQLite is always serializable, PostgreSQL reads nothing uncommitted.
enum class isolation_level : std::uint8_t {
    by_default,  ///< what the server or the connection says
    read_uncommitted,
    read_committed,
    repeatable_read,
    serializable,
};

/// How a transaction begins.
struct transaction_options {
    /// Nothing may be written. On SQLite the difference matters: a transaction that may write
    /// takes the write lock at once (IMMEDIATE), so that it cannot fail half-way for having read
    /// first (D40).
    bool read_only = false;

    /// A savepoint has the isolation of the transaction around it; a stronger one there than that
    /// one began with is a usage_error.
    isolation_level isolation = isolation_level::by_default;

    /// PostgreSQL, serializable and read-only: waits for a moment from which on it can neither fail
    /// nor make another fail. Elsewhere, and in a savepoint, without effect.
    bool deferrable = false;
};

}  // namespace roam
