// SPDX-License-Identifier: MIT
#pragma once

#include <roam/source_location.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace roam {

/// What happened to one statement. Views live during the call only.
struct statement_event {
    std::string_view sql;  ///< with placeholders, never a value
    std::size_t parameters = 0;
    std::chrono::nanoseconds elapsed{};  ///< until its result was finished
    std::int64_t rows = 0;               ///< read, or matched by a write
    bool failed = false;
    std::uint64_t session = 0;  ///< the connection's number, unique in the process
};

/// Something about a session that a program may want to log.
struct session_event {
    enum class kind : std::uint8_t {
        opened,
        closed,
        leased,
        returned,
        attached,       ///< a new owner has taken over what the one before had detached
        overdue,        ///< a lease has lasted longer than database_options::leak_after
        hook_failed,    ///< after a transaction that a destructor rolled back, a hook threw
        scope_crossed,  ///< a scope ended in another context than it began in: its lease was broken
    };
    kind what = kind::opened;
    std::uint64_t session = 0;
    std::string_view detail;
    source_location where = {};
};

/// The hook for logs, metrics and tests. Set in database_options.
/// Thread safety: called from every thread that uses the database, at once. A hook must not use
/// the session it is told about; what it throws is swallowed.
class observer {
public:
    virtual ~observer() = default;
    virtual void statement(statement_event const&) {}
    virtual void session(session_event const&) {}
};

}  // namespace roam
