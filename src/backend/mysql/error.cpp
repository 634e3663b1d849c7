// SPDX-License-Identifier: MIT
#include "backend/mysql/error.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace roam::mysql {
namespace {

using thrower = void (*)(std::string const&, error_details&&);

template <class Error>
void raise(std::string const& message, error_details&& details) {
    throw Error(message, std::move(details));
}

struct number_rule {
    unsigned number;
    thrower raise;
};

// Numbers, because SQLSTATE says 23000 of every constraint and HY000 of most else. Those without a
// name in MariaDB's header are MySQL's own.
constexpr number_rule by_number[] = {
    {ER_DUP_KEY, raise<unique_error>},
    {ER_DUP_ENTRY, raise<unique_error>},
    {ER_DUP_UNIQUE, raise<unique_error>},
    {ER_DUP_ENTRY_WITH_KEY_NAME, raise<unique_error>},
    {ER_NO_REFERENCED_ROW, raise<foreign_key_error>},
    {ER_ROW_IS_REFERENCED, raise<foreign_key_error>},
    {ER_ROW_IS_REFERENCED_2, raise<foreign_key_error>},
    {ER_NO_REFERENCED_ROW_2, raise<foreign_key_error>},
    {ER_BAD_NULL_ERROR, raise<not_null_error>},
    {ER_NO_DEFAULT_FOR_FIELD, raise<not_null_error>},
    {ER_CONSTRAINT_FAILED, raise<check_error>},
    {3819, raise<check_error>},
    {ER_LOCK_DEADLOCK, raise<deadlock_error>},
    {ER_CHECKREAD, raise<serialization_error>},
    {ER_LOCK_WAIT_TIMEOUT, raise<busy_error>},
    {3572, raise<busy_error>},                       // NOWAIT
    {ER_UNKNOWN_COM_ERROR, raise<transient_error>},  // a Galera node without its quorum
    {ER_NEED_REPREPARE, raise<statement_invalidated_error>},
    {ER_NO_SUCH_TABLE, raise<missing_table_error>},
    {ER_BAD_TABLE_ERROR, raise<missing_table_error>},
    {ER_BAD_DB_ERROR, raise<missing_table_error>},
    {ER_BAD_FIELD_ERROR, raise<missing_column_error>},
    {ER_DBACCESS_DENIED_ERROR, raise<permission_error>},
    {ER_ACCESS_DENIED_ERROR, raise<permission_error>},
    {ER_TABLEACCESS_DENIED_ERROR, raise<permission_error>},
    {ER_COLUMNACCESS_DENIED_ERROR, raise<permission_error>},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, raise<permission_error>},
    {ER_OPTION_PREVENTS_STATEMENT, raise<permission_error>},
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, raise<permission_error>},
    {ER_READ_ONLY_MODE, raise<permission_error>},
    {ER_QUERY_INTERRUPTED, raise<cancelled_error>},
    {ER_STATEMENT_TIMEOUT, raise<timeout_error>},
    {3024, raise<timeout_error>},
    {ER_DISK_FULL, raise<storage_error>},
    {ER_RECORD_FILE_FULL, raise<storage_error>},
    {ER_GET_ERRNO, raise<storage_error>},
    {ER_NOT_KEYFILE, raise<storage_error>},
    {ER_CRASHED_ON_USAGE, raise<storage_error>},
    {ER_NOT_SUPPORTED_YET, raise<unsupported_error>},
    {ER_UNSUPPORTED_PS, raise<unsupported_error>},
    {ER_CANT_CHANGE_TX_CHARACTERISTICS, raise<unsupported_error>},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, raise<conversion_error>},
    {ER_TRUNCATED_WRONG_VALUE, raise<conversion_error>},
    {ER_WARN_DATA_OUT_OF_RANGE, raise<conversion_error>},
    {ER_DATA_TOO_LONG, raise<conversion_error>},
    {ER_DATA_OUT_OF_RANGE, raise<conversion_error>},
    {WARN_DATA_TRUNCATED, raise<conversion_error>},
    {ER_DIVISION_BY_ZERO, raise<conversion_error>},
};

struct state_rule {
    std::string_view state;  ///< five characters, or the two of a class
    thrower raise;
};
constexpr state_rule by_state[] = {
    {"23", raise<constraint_error>},        {"40", raise<transient_error>},
    {"22", raise<conversion_error>},        {"25006", raise<permission_error>},
    {"28", raise<permission_error>},        {"42S02", raise<missing_table_error>},
    {"42S22", raise<missing_column_error>}, {"0A", raise<unsupported_error>},
    {"21", raise<statement_error>},         {"25", raise<statement_error>},
    {"3D", raise<statement_error>},         {"42", raise<statement_error>},
};

constexpr unsigned link_losses[] = {
    CR_CONNECTION_ERROR,     CR_CONN_HOST_ERROR,    CR_SERVER_GONE_ERROR,     CR_SERVER_LOST,
    CR_SERVER_LOST_EXTENDED, ER_SERVER_SHUTDOWN,    ER_NET_PACKET_TOO_LARGE,  ER_NET_READ_ERROR,
    ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE, ER_NET_WRITE_INTERRUPTED, ER_CONNECTION_KILLED,
    ER_NORMAL_SHUTDOWN,      CR_MALFORMED_PACKET,
};

bool is_one_of(unsigned number, auto const& list) {
    return std::find(std::begin(list), std::end(list), number) != std::end(list);
}

// "Duplicate entry 'ann@example.org' for key 'email'": the value may hold quotes itself, so it goes
// from the first quote to the last one before what follows it.
void hide_value(std::string& message, std::string_view begin, std::string_view end) {
    auto const found = message.find(begin);
    if (found == std::string::npos)
        return;
    auto const from = found + begin.size() - 1;  // the quote
    auto const to = end.empty() ? std::string::npos : message.rfind(end);
    bool const closed = to != std::string::npos && to > from;
    message.replace(from, closed ? to + 1 - from : std::string::npos, "(not shown)");
}

failure failure_from(unsigned number, char const* state, char const* text) {
    failure what;
    what.number = number;
    what.sqlstate = state;
    what.message = *text == '\0' ? "the server gave no message" : text;
    if (number == ER_DUP_ENTRY || number == ER_DUP_ENTRY_WITH_KEY_NAME) {
        hide_value(what.message, " '", "' for key ");
    } else if (what.sqlstate.starts_with("22") || number == ER_TRUNCATED_WRONG_VALUE_FOR_FIELD) {
        // "Incorrect integer value: 'x' for column `d`.`t`.`c` at row 1"
        hide_value(what.message, " value: '", "' for ");
        // "BIGINT value is out of range in '(`d`.`t`.`c` - 4711)'"
        hide_value(what.message, " in '", {});
    }
    what.link_lost = is_one_of(number, link_losses);
    // Galera says 1213 at COMMIT; the next COMMIT would be answered with OK though nothing is left.
    what.undid_transaction = number == ER_LOCK_DEADLOCK || number == ER_CHECKREAD;
    return what;
}

}  // namespace

failure failure_of(MYSQL* link) {
    return failure_from(mysql_errno(link), mysql_sqlstate(link), mysql_error(link));
}

failure failure_of(MYSQL_STMT* statement) {
    return failure_from(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                        mysql_stmt_error(statement));
}

bool is_stale_statement(unsigned number) noexcept {
    return number == ER_UNKNOWN_STMT_HANDLER || number == CR_NEW_STMT_METADATA ||
           number == ER_NEED_REPREPARE;
}

void throw_failure(failure const& what, error_details details) {
    details.native_code = static_cast<int>(what.number);
    details.sqlstate = what.sqlstate;
    if (what.link_lost) {
        details.connection_usable = false;
        details.transaction_usable = false;
        throw connection_lost_error("the connection to the server is lost: " + what.message,
                                    std::move(details));
    }
    if (what.undid_transaction)
        details.transaction_usable = false;
    for (auto const& rule : by_number) {
        if (rule.number == what.number)
            rule.raise(what.message, std::move(details));
    }
    for (auto const& rule : by_state) {
        if (what.sqlstate.starts_with(rule.state))
            rule.raise(what.message, std::move(details));
    }
    throw error(what.message, std::move(details));
}

}  // namespace roam::mysql
