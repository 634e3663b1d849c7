// SPDX-License-Identifier: MIT
#include "backend/sqlite/error.hpp"
#include <roam/error.hpp>

#include <sqlite3.h>

#include <new>
#include <string>
#include <string_view>

namespace roam::sqlite::detail {
namespace {

int primary(int code) { return code & 0xff; }

template <typename Error>
[[noreturn]] void raise_as(failure const& what, std::string_view advice = {}) {
    error_details details;
    details.native_code = what.code;
    details.statement = what.statement;
    details.connection_usable = what.connection_usable;
    details.transaction_usable = what.transaction_usable;
    auto message = what.message + " [SQLite " + std::to_string(what.code) + ']';
    if (!advice.empty())
        message.append(": ").append(advice);
    throw Error{message, std::move(details)};
}

[[noreturn]] void raise_constraint(failure const& what) {
    switch (what.code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            raise_as<unique_error>(what);
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            raise_as<foreign_key_error>(what);
        case SQLITE_CONSTRAINT_TRIGGER:
            // ON DELETE RESTRICT is an internal trigger, and is reported as one.
            if (what.message == "FOREIGN KEY constraint failed")
                raise_as<foreign_key_error>(what);
            raise_as<constraint_error>(what);
        case SQLITE_CONSTRAINT_NOTNULL:
            raise_as<not_null_error>(what);
        case SQLITE_CONSTRAINT_CHECK:
            // So create_tables names what limits a text, which other engines know as a type.
            if (what.message.starts_with("CHECK constraint failed: length of "))
                raise_as<conversion_error>(what, "the text is longer than its column");
            raise_as<check_error>(what);
        case SQLITE_CONSTRAINT | (12 << 8):  // _DATATYPE, of a STRICT table; SQLite 3.37
            raise_as<conversion_error>(what);
        default:
            raise_as<constraint_error>(what);
    }
}

[[noreturn]] void raise_busy(failure const& what) {
    if (what.cancelled)
        raise_as<cancelled_error>(what, "cancelled while it waited for a lock");
    if (what.timed_out) {
        raise_as<timeout_error>(what,
                                "the statement's time limit passed while it waited for a lock");
    }
    if (what.code == SQLITE_BUSY_SNAPSHOT) {
        raise_as<busy_error>(what,
                             "another connection has written since this transaction began to "
                             "read, so waiting cannot help; repeat the whole transaction, and "
                             "begin it IMMEDIATE to avoid this");
    }
    if (what.code == SQLITE_LOCKED) {
        raise_as<busy_error>(what, "a statement of this same connection is still reading");
    }
    raise_as<busy_error>(what, "another connection held the lock for longer than busy_timeout");
}

[[noreturn]] void raise_access(failure const& what) {
    if (what.code == SQLITE_READONLY_DBMOVED) {
        auto lost = what;
        lost.connection_usable = false;
        lost.transaction_usable = false;
        raise_as<connection_lost_error>(lost, "the file was moved or removed after it was opened");
    }
    raise_as<permission_error>(what);
}

// SQLITE_ERROR stands for everything else; only the message tells the cases apart. These forms
// are unchanged since SQLite 3.0.
[[noreturn]] void raise_generic(failure const& what) {
    std::string_view const message = what.message;
    if (message.starts_with("no such table:") || message.starts_with("no such view:")) {
        raise_as<missing_table_error>(what);
    }
    bool const no_column_named =
        message.starts_with("table ") && message.find(" has no column named ") != message.npos;
    if (message.starts_with("no such column") || no_column_named) {
        raise_as<missing_column_error>(what);
    }
    if (message == "integer overflow")  // of sum()
        raise_as<conversion_error>(what);
    raise_as<statement_error>(what);
}

}  // namespace

void raise(failure const& what) {
    switch (primary(what.code)) {
        case SQLITE_NOMEM:
            throw std::bad_alloc{};
        case SQLITE_CONSTRAINT:
            raise_constraint(what);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            raise_busy(what);
        case SQLITE_IOERR:
            if (what.code == SQLITE_IOERR_NOMEM)
                throw std::bad_alloc{};
            raise_as<storage_error>(what);
        case SQLITE_FULL:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:  // of a journal or a temporary file: the database itself is open
        case SQLITE_NOLFS:
            raise_as<storage_error>(what);
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            raise_access(what);
        case SQLITE_INTERRUPT:
            if (what.timed_out)
                raise_as<timeout_error>(what, "the statement's time limit passed");
            raise_as<cancelled_error>(what);
        case SQLITE_TOOBIG:
        case SQLITE_RANGE:
        case SQLITE_MISMATCH:
            raise_as<conversion_error>(what);
        case SQLITE_SCHEMA:
            raise_as<statement_invalidated_error>(what);
        case SQLITE_MISUSE:
            raise_as<usage_error>(what);
        default:
            raise_generic(what);
    }
}

std::string without_values(std::string_view message) {
    if (message.starts_with("no such table:"))
        return std::string{message};
    auto end = message.find_first_of("\"'");
    for (std::string_view const before : {"column: ", "query: ", "column named "}) {
        auto const at = message.find(before);
        if (at < end)
            end = at + before.size();
    }
    if (end >= message.size())
        return std::string{message};
    return std::string{message.substr(0, end)} + "...";
}

}  // namespace roam::sqlite::detail
