// SPDX-License-Identifier: MIT
#pragma once

#include <roam/source_location.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace roam {

/// What an error knows besides its message. Every field may be empty.
struct error_details {
    std::string sqlstate = {};       ///< five characters, where the server speaks SQLSTATE
    int native_code = 0;             ///< SQLite's extended result code, or the server's own number
    std::string statement = {};      ///< the SQL text, with placeholders: never a value
    std::size_t parameter = 0;       ///< the parameter at fault, counted from 1; 0: none
    source_location location = {};   ///< the user's line that asked for the operation
    bool connection_usable = true;   ///< false: the connection is gone and will be discarded
    bool transaction_usable = true;  ///< false: only a rollback is possible in the open transaction
};

/// The root of everything Roam throws. Catch a leaf to act on it, this to report it.
///
/// Messages never hold a password, nor a value of a parameter. Each class has a short code that
/// names its section in docs/errors.md. Errors are cheap to copy and copying never throws.
///
/// Thread safety: an error object may be read by any number of threads.
class error : public std::runtime_error {
public:
    explicit error(std::string const& message, error_details details = {});
    ~error() override;

    /// A short, stable name such as "unique"; the section of docs/errors.md.
    virtual std::string_view code() const noexcept;

    std::string_view sqlstate() const noexcept { return details_->sqlstate; }
    int native_code() const noexcept { return details_->native_code; }
    std::string_view statement() const noexcept { return details_->statement; }
    source_location const& location() const noexcept { return details_->location; }

    /// Whether the session that threw can still be used (after a rollback, if one is due).
    bool connection_usable() const noexcept { return details_->connection_usable; }

    /// Whether the transaction that was open can go on; if not, every call fails until its
    /// rollback.
    bool transaction_usable() const noexcept { return details_->transaction_usable; }

    error_details const& details() const noexcept { return *details_; }

    /// Adds the user's line and the statement where they are not known yet. Roam's own: the layer
    /// that knows them does it while the error passes through.
    void locate(source_location where, std::string_view statement) noexcept;

private:
    std::shared_ptr<error_details> details_;
};

// clang-format off
// One line each: the class, its parent, and when it is thrown. The codes are in src/error.cpp.
#define ROAM_ERROR_CLASS(name, parent)                        \
    class name : public parent {                              \
    public:                                                   \
        using parent::parent;                                 \
        ~name() override;                                     \
        std::string_view code() const noexcept override;      \
    }

// The program is wrong; fix the code.
ROAM_ERROR_CLASS(usage_error, error);                        ///< a call that can never work as written
ROAM_ERROR_CLASS(no_session_error, usage_error);             ///< no argument, no scope: nothing says which database
ROAM_ERROR_CLASS(cross_database_error, usage_error);         ///< a routed write beside a transaction that is open elsewhere
ROAM_ERROR_CLASS(session_closed_error, usage_error);         ///< the session was given back, moved from, or its database closed
ROAM_ERROR_CLASS(wrong_context_error, usage_error);          ///< the caller is not the session's owner (affinity)
ROAM_ERROR_CLASS(session_overlap_error, usage_error);        ///< two calls were inside one session at once (overlap)
ROAM_ERROR_CLASS(session_busy_error, usage_error);           ///< a stream is still open on the session
ROAM_ERROR_CLASS(mapping_error, usage_error);                ///< a record's description cannot serve the request
ROAM_ERROR_CLASS(mapping_conflict_error, mapping_error);     ///< two translation units describe one record differently
ROAM_ERROR_CLASS(url_error, usage_error);                    ///< a database URL that cannot be understood
ROAM_ERROR_CLASS(unsupported_error, usage_error);            ///< this backend, library or server cannot do it
ROAM_ERROR_CLASS(too_late_error, usage_error);               ///< a process-wide setting after its time

// The connection or the pool.
ROAM_ERROR_CLASS(connection_error, error);                   ///< no connection could be made
ROAM_ERROR_CLASS(connection_lost_error, connection_error);   ///< an open connection broke; what was not committed is gone
ROAM_ERROR_CLASS(commit_in_doubt_error, connection_lost_error);  ///< it broke during COMMIT: committed or not, nobody can say
ROAM_ERROR_CLASS(pool_timeout_error, error);                 ///< no session came free before the deadline
ROAM_ERROR_CLASS(pool_closed_error, error);                  ///< the database was closed

// The database refused the data.
ROAM_ERROR_CLASS(constraint_error, error);                   ///< a declared rule was violated
ROAM_ERROR_CLASS(unique_error, constraint_error);            ///< primary key or unique
ROAM_ERROR_CLASS(foreign_key_error, constraint_error);       ///< the other row is missing, or still referenced
ROAM_ERROR_CLASS(not_null_error, constraint_error);          ///< NULL into a NOT NULL column
ROAM_ERROR_CLASS(check_error, constraint_error);             ///< a CHECK said no

// Nothing is wrong; run the whole transaction again.
ROAM_ERROR_CLASS(transient_error, error);                    ///< may succeed when the whole transaction is repeated
ROAM_ERROR_CLASS(deadlock_error, transient_error);           ///< chosen as the victim of a deadlock
ROAM_ERROR_CLASS(serialization_error, transient_error);      ///< a concurrent transaction got in first
ROAM_ERROR_CLASS(busy_error, transient_error);               ///< a lock was not granted in time
ROAM_ERROR_CLASS(read_scope_expired_error, transient_error); ///< a read scope was older than its greatest age
ROAM_ERROR_CLASS(statement_invalidated_error, transient_error);  ///< the schema changed under a prepared statement inside a transaction

// The statement.
ROAM_ERROR_CLASS(statement_error, error);                    ///< the SQL is wrong for this database
ROAM_ERROR_CLASS(missing_table_error, statement_error);      ///< no such table
ROAM_ERROR_CLASS(missing_column_error, statement_error);     ///< no such column
ROAM_ERROR_CLASS(permission_error, error);                   ///< not allowed, or read-only
ROAM_ERROR_CLASS(timeout_error, error);                      ///< the statement's time limit passed
ROAM_ERROR_CLASS(cancelled_error, error);                    ///< cancel() was called
ROAM_ERROR_CLASS(storage_error, error);                      ///< disk full, I/O error, damaged file
ROAM_ERROR_CLASS(transaction_failed_error, error);           ///< the open transaction is already invalid: roll back first
ROAM_ERROR_CLASS(hook_error, error);                         ///< the transaction has ended as asked, but what was to run after it threw

// The rows.
ROAM_ERROR_CLASS(conversion_error, error);                   ///< a value does not fit the member or the column
ROAM_ERROR_CLASS(not_found_error, error);                    ///< no row where one must be
ROAM_ERROR_CLASS(too_many_rows_error, error);                ///< several rows where one() or optional() was asked
ROAM_ERROR_CLASS(stale_record_error, not_found_error);       ///< update or remove found no row with this key (and version)
#undef ROAM_ERROR_CLASS
// clang-format on

}  // namespace roam
