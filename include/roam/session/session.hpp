// SPDX-License-Identifier: MIT
#pragma once

#include <roam/fwd.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/source_location.hpp>
#include <roam/sql/dialect.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace soci {
class session;
}

namespace roam {

namespace detail {
class attempts;
struct hand_over;
struct scope_entry;
struct slot;
}  // namespace detail

class detached_session;

/// Asks a session's running statement to stop. The one thing that another thread may do to a
/// session. Harmless once the session has been given back.
/// Thread safety: any thread, any time, any number.
class cancel_handle {
public:
    void cancel() const noexcept;

private:
    friend class session;
    detail::slot* slot_ = nullptr;
    std::uint64_t generation_ = 0;
};

/// One leased connection with its statement cache and its transaction state, for one owner at a
/// time. Destroying it gives the connection back: an open transaction is rolled back first.
///
/// Ownership: a handle. The connection belongs to the pool; using a session after it was given back
/// or moved from throws session_closed_error. A session that is leased when its database is closed,
/// or when the last handle of the database is gone, works on and then closes its connection. One
/// that is given back while a stream is open on it stays leased until the stream ends.
/// Thread safety: one owner, the context (by default the thread) that leased it. A call from
/// another throws wrong_context_error; two calls at once throw session_overlap_error.
class session {
public:
    session(session&& other) noexcept;
    session& operator=(session&& other) noexcept;
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session();

    /// True while it can be used.
    explicit operator bool() const noexcept;

    sql::dialect const& dialect() const;

    /// Whether a transaction is open; asks the engine's own state, no round trip.
    bool in_transaction() const;

    /// The connection's number, unique in the process.
    std::uint64_t id() const;

    /// Runs SQL without parameters, several statements allowed. Marks the session touched: it is
    /// reset before its next owner gets it.
    void execute(std::string_view sql, source_location where = source_location::current());

    /// From now on, until the session is given back; zero: no limit.
    void set_statement_timeout(std::chrono::milliseconds limit);

    cancel_handle canceller() const;

    /// Ends the caller's ownership, so that another context can take the session over with
    /// attach(). Throws, and nothing has changed, while a transaction is open or a statement of the
    /// program's own on the SOCI session or native handle (usage_error), or a stream
    /// (session_busy_error). Scopes over this session and its cancel handles are void then.
    detached_session detach() &&;

    /// The SOCI session underneath, to use beside Roam. Marks the session touched.
    soci::session& soci();

    /// sqlite3* or PGconn*. Marks the session touched.
    void* native_handle();

private:
    friend class database;
    friend class detached_session;
    friend class target;
    friend class read_scope;
    friend class session_scope;
    friend class transaction;
    friend class detail::attempts;
    friend struct detail::hand_over;
    friend struct detail::scope_entry;
    friend session adopt(soci::session&);
    session() noexcept = default;
    session(detail::slot* slot, std::uint64_t generation) noexcept
        : slot_(slot),
          generation_(generation) {}
    void give_back() noexcept;

    detail::slot* slot_ = nullptr;
    std::uint64_t generation_ = 0;
};

/// Lends a SOCI session that the program opened itself. Until the result is destroyed Roam may use
/// it beside the program; its flags, pragmas and handlers stay as they are, every statement of
/// Roam's is finalized at the end, and a close() or reconnect() in between is reported by the next
/// operation. The SOCI session must outlive the result, which never enters a pool.
session adopt(soci::session& theirs);

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<session> = true;
template <>
inline constexpr bool mapping::detail::is_bound_to_connection<cancel_handle> = true;

}  // namespace roam
