// SPDX-License-Identifier: MIT
#include <roam/error.hpp>

#include <utility>

namespace roam {

error::error(std::string const& message, error_details details)
    : std::runtime_error(message),
      details_(std::make_shared<error_details>(std::move(details))) {}

error::~error() = default;

void error::locate(source_location where, std::string_view statement) noexcept {
    if (details_->location.line() == 0)
        details_->location = where;
    if (!details_->statement.empty())
        return;
    try {
        details_->statement = statement;
    } catch (...) {  // out of memory: the error goes on without its statement
    }
}

std::string_view error::code() const noexcept { return "error"; }

// The destructors stand here so that each class has its type information in this library alone:
// with hidden visibility a catch clause in another one would otherwise miss it.
#define ROAM_ERROR_CODE(name, text) \
    name::~name() = default;        \
    std::string_view name::code() const noexcept { return text; }

ROAM_ERROR_CODE(usage_error, "usage")
ROAM_ERROR_CODE(no_session_error, "no_session")
ROAM_ERROR_CODE(cross_database_error, "cross_database")
ROAM_ERROR_CODE(session_closed_error, "session_closed")
ROAM_ERROR_CODE(wrong_context_error, "wrong_context")
ROAM_ERROR_CODE(session_overlap_error, "session_overlap")
ROAM_ERROR_CODE(session_busy_error, "session_busy")
ROAM_ERROR_CODE(mapping_error, "mapping")
ROAM_ERROR_CODE(mapping_conflict_error, "mapping_conflict")
ROAM_ERROR_CODE(url_error, "url")
ROAM_ERROR_CODE(unsupported_error, "unsupported")
ROAM_ERROR_CODE(too_late_error, "too_late")

ROAM_ERROR_CODE(connection_error, "connection")
ROAM_ERROR_CODE(connection_lost_error, "connection_lost")
ROAM_ERROR_CODE(commit_in_doubt_error, "commit_in_doubt")
ROAM_ERROR_CODE(pool_timeout_error, "pool_timeout")
ROAM_ERROR_CODE(pool_closed_error, "pool_closed")

ROAM_ERROR_CODE(constraint_error, "constraint")
ROAM_ERROR_CODE(unique_error, "unique")
ROAM_ERROR_CODE(foreign_key_error, "foreign_key")
ROAM_ERROR_CODE(not_null_error, "not_null")
ROAM_ERROR_CODE(check_error, "check")

ROAM_ERROR_CODE(transient_error, "transient")
ROAM_ERROR_CODE(deadlock_error, "deadlock")
ROAM_ERROR_CODE(serialization_error, "serialization")
ROAM_ERROR_CODE(busy_error, "busy")
ROAM_ERROR_CODE(read_scope_expired_error, "read_scope_expired")
ROAM_ERROR_CODE(statement_invalidated_error, "statement_invalidated")

ROAM_ERROR_CODE(statement_error, "statement")
ROAM_ERROR_CODE(missing_table_error, "missing_table")
ROAM_ERROR_CODE(missing_column_error, "missing_column")
ROAM_ERROR_CODE(permission_error, "permission")
ROAM_ERROR_CODE(timeout_error, "timeout")
ROAM_ERROR_CODE(cancelled_error, "cancelled")
ROAM_ERROR_CODE(storage_error, "storage")
ROAM_ERROR_CODE(transaction_failed_error, "transaction_failed")

ROAM_ERROR_CODE(hook_error, "hook")
ROAM_ERROR_CODE(conversion_error, "conversion")
ROAM_ERROR_CODE(not_found_error, "not_found")
ROAM_ERROR_CODE(too_many_rows_error, "too_many_rows")
ROAM_ERROR_CODE(stale_record_error, "stale_record")
#undef ROAM_ERROR_CODE

}  // namespace roam
