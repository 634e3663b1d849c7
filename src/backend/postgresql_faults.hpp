// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <string>
#include <string_view>

// What PostgreSQL's SQLSTATEs mean here, for every backend that reaches one: libpq's and ODBC's.

namespace roam::postgresql {

/// Takes the values out of a message of class 22, which quotes them: invalid input syntax for type
/// integer: "4711".
void hide_quoted(std::string& message);

/// SQLSTATEs after which the server closes the session, whatever the client has noticed yet.
bool is_end_of_session(std::string_view sqlstate) noexcept;

/// Throws the class of <roam/error.hpp> that belongs to details.sqlstate.
[[noreturn]] void throw_sqlstate(std::string const& message, error_details details);

}  // namespace roam::postgresql
