// SPDX-License-Identifier: MIT
#pragma once

#include <roam/fwd.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/source_location.hpp>

namespace roam {

namespace detail {
struct scope_entry;
}

struct separate_tag {};
/// session_scope own{db, separate}: another session on purpose, though the caller has one already.
inline constexpr separate_tag separate{};

/// Makes a session on a database the caller's current one until the closing brace.
///
/// Nothing is leased before the first operation; from then on that session is held to the brace.
/// A scope on a database for which this context has one already joins it: they share one lease,
/// which ends with the last of them. An open stream keeps the lease to its own end. Waiting for
/// another thread while a scope holds a lease can exhaust a small pool: end the scope first. Thread
/// safety: belongs to the context that made it. Destroyed in another (a coroutine that resumed
/// elsewhere), its lease is broken off, the observer is told, and the first context's next
/// operation throws wrong_context_error.
class session_scope {
public:
    explicit session_scope(database const& db, source_location where = source_location::current());
    session_scope(database const& db, separate_tag,
                  source_location where = source_location::current());

    /// Makes a session that the caller owns current; the scope must end before it.
    explicit session_scope(session& s, source_location where = source_location::current());

    /// The same within a limit, which is on all operations of that session until the scope ends;
    /// leases at once.
    explicit session_scope(limit const& l, source_location where = source_location::current());

    session_scope(session_scope const&) = delete;
    session_scope& operator=(session_scope const&) = delete;
    ~session_scope();

    /// The scope's session, leased now if no operation did it before.
    operator session&();
    session& get() { return *this; }

private:
    friend class target;
    friend class transaction;
    detail::scope_entry* entry_ = nullptr;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<session_scope> = true;

}  // namespace roam
