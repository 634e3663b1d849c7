// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <string>
#include <string_view>

// What MySQL's and MariaDB's numbers mean here, for every backend that reaches one: Connector/C's
// and ODBC's.

namespace roam::mysql {

/// What the server, or the client library in its place, said about a failure.
struct failure {
    unsigned number = 0;
    std::string sqlstate;
    std::string message;  ///< without values
    bool link_lost = false;
    bool undid_transaction = false;  ///< the server rolled back all of it
};

/// `text` is the message as it came, with the values that it quotes.
failure failure_from(unsigned number, std::string_view sqlstate, std::string_view text);

/// The prepared statement is gone, or its result has other columns: prepare it again (D36).
bool is_stale_statement(unsigned number) noexcept;

/// Throws the class of <roam/error.hpp> that belongs to the number, or else to the SQLSTATE.
[[noreturn]] void throw_failure(failure const& what, error_details details);

}  // namespace roam::mysql
