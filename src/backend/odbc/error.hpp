// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/diagnosis.hpp"
#include "backend/odbc/engine.hpp"
#include <roam/error.hpp>

#include <string>

namespace roam::odbc {

/// What the server, or somebody on the way to it, said about a failure.
struct failure {
    std::string sqlstate;
    int native = 0;       ///< the server's number where it has one
    std::string message;  ///< without values
    bool link_lost = false;
    bool undid_transaction = false;  ///< the server rolled back all of it
    bool broken_off = false;         ///< somebody asked the server to stop
    bool from_server = true;         ///< false: the driver refused by itself
};

failure failure_of(diagnosis const& said, engine const& of);

/// The prepared statement is gone or its result has other columns: prepare it again (D36).
bool is_stale_statement(failure const& what, engine const& of);

/// Throws the class of <roam/error.hpp> that a native backend throws for the same fault.
[[noreturn]] void throw_failure(failure const& what, engine const& of, error_details details);

}  // namespace roam::odbc
