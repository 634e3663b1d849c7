// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>

#include <mysql.h>

#include <string>

namespace roam::mysql {

/// What the server, or the client library in its place, said about a failure.
struct failure {
    unsigned number = 0;
    std::string sqlstate;
    std::string message;  ///< without values
    bool link_lost = false;
    bool undid_transaction = false;  ///< the server rolled back all of it
};

failure failure_of(MYSQL* link);
failure failure_of(MYSQL_STMT* statement);

/// The prepared statement is gone, or its result has other columns: prepare it again (D36).
bool is_stale_statement(unsigned number) noexcept;

/// Throws the class of <roam/error.hpp> that belongs to the number, or else to the SQLSTATE.
[[noreturn]] void throw_failure(failure const& what, error_details details);

}  // namespace roam::mysql
