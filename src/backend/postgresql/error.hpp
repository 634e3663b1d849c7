// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <libpq-fe.h>

#include <string>
#include <string_view>

namespace roam::postgresql {

/// What the server, or libpq in its place, said about a failure.
struct failure {
    std::string sqlstate;  ///< empty when it came from libpq
    std::string message;   ///< the primary message, without values, with the names it is about
    bool link_lost = false;

    bool is(std::string_view state) const noexcept { return sqlstate == state; }
};

/// `result` may be null. DETAIL and CONTEXT are left out: they hold values, as in
/// "Key (email)=(ann@example.org) already exists".
failure failure_of(PGconn const* link, PGresult const* result);

/// A named statement is not there, or there already: what a client sees behind a pooler that lends
/// it another session of the server's for each transaction.
bool is_about_names(failure const& what) noexcept;

/// Follows such a message.
inline constexpr std::string_view pooler_hint =
    "; if a pooler between lends sessions for a transaction only (PgBouncer with "
    "pool_mode=transaction), open the database with the URL option pooler=transaction";

/// The statement's plan or the statement itself is gone: prepare it again (D36).
bool is_stale_plan(PGresult const* result) noexcept;

/// A text that went with the types of its parameters met other ones: ask for them again.
bool is_about_types(PGresult const* result) noexcept;

/// More than one statement in a prepared text.
bool is_multiple_statements(PGresult const* result) noexcept;

/// Throws the class of <roam/error.hpp> that belongs to the SQLSTATE.
[[noreturn]] void throw_failure(failure const& what, error_details details);

}  // namespace roam::postgresql
