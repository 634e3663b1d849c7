// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace roam::sqlite::detail {

/// What SQLite said about a call that failed, read from the handle before anything else could
/// overwrite it.
struct failure {
    int code = 0;  ///< extended result code
    std::string message;
    std::string statement;
    bool connection_usable = true;
    bool transaction_usable = true;
    bool timed_out = false;  ///< the time limit ended a wait or a run
    bool cancelled = false;  ///< cancel() did
};

/// Throws the class of roam/error.hpp that the failure is; std::bad_alloc when memory ran out.
[[noreturn]] void raise(failure const& what);

/// A message of the engine that may quote a text parameter (FTS and JSON functions do), cut off
/// before the quotation. Errors of the schema keep their names.
std::string without_values(std::string_view message);

}  // namespace roam::sqlite::detail
