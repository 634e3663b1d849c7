// SPDX-License-Identifier: MIT
#include "backend/mysql_faults.hpp"
#include "backend/odbc/error.hpp"
#include "backend/postgresql_faults.hpp"
#include "backend/sqlite/error.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace roam::odbc {
namespace {

constexpr int mysql_interrupted = 1317;

// "[ma-3.1.15][10.11.19-MariaDB]Duplicate entry ..."
std::string_view without_origin(std::string_view message) {
    while (message.starts_with('[')) {
        auto const end = message.find(']');
        if (end == std::string_view::npos)
            break;
        message.remove_prefix(end + 1);
    }
    return message;
}

// "ERROR: duplicate key ... \"t_name_key\"\nDETAIL: Key (name)=(ann) already exists.;\nError while
// executing the query": the word before is the severity in the server's language, and the lines
// after hold values.
std::string postgresql_message(std::string_view text, std::string_view sqlstate) {
    constexpr std::string_view ends[] = {"\nDETAIL:", "\nHINT:", "\nCONTEXT:", ";\nError while",
                                         ";\nNo query has"};
    auto end = text.size();
    for (auto const mark : ends)
        end = std::min(end, text.find(mark));
    std::string message{text.substr(0, end)};
    if (auto const severity = message.find(": "); severity < message.find(' '))
        message.erase(0, severity + 2);
    if (sqlstate.starts_with("22"))
        postgresql::hide_quoted(message);
    message.resize(std::min(message.find('\n'), message.size()));
    while (message.ends_with(';') || message.ends_with(' '))
        message.pop_back();
    return message;
}

// "UNIQUE constraint failed: t.name (19)"
std::string sqlite_message(std::string_view text) {
    if (auto const number = text.rfind(" ("); text.ends_with(')') && number != text.npos)
        text = text.substr(0, number);
    return std::string{text};
}

// The driver tells SQLite's primary code only.
int sqlite_code(int primary, std::string_view message) {
    struct rule {
        std::string_view begin;
        int code;
    };
    constexpr rule rules[] = {
        {"UNIQUE constraint failed", SQLITE_CONSTRAINT_UNIQUE},
        {"NOT NULL constraint failed", SQLITE_CONSTRAINT_NOTNULL},
        {"CHECK constraint failed", SQLITE_CONSTRAINT_CHECK},
        {"FOREIGN KEY constraint failed", SQLITE_CONSTRAINT_FOREIGNKEY},
        {"cannot store ", SQLITE_CONSTRAINT | (12 << 8)},
        {"attempt to write a readonly database", SQLITE_READONLY},
    };
    for (auto const& each : rules) {
        if (message.starts_with(each.begin))
            return each.code;
    }
    return primary > 0 ? primary : SQLITE_ERROR;
}

// Whether the engine may have rolled the transaction back.
bool is_sqlite_undoing(int code) {
    return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_NOMEM ||
           code == SQLITE_INTERRUPT;
}

bool is_from_manager(std::string_view text) { return text.starts_with("[unixODBC]"); }

[[noreturn]] void throw_sqlite(failure const& what, error_details const& details) {
    sqlite::detail::failure same;
    same.code = what.native;
    same.message = what.message;
    same.statement = details.statement;
    same.connection_usable = details.connection_usable;
    same.transaction_usable = details.transaction_usable;
    sqlite::detail::raise(same);
}

}  // namespace

failure failure_of(diagnosis const& said, engine const& of) {
    failure what;
    what.sqlstate = said.sqlstate;
    what.native = said.native;
    auto const text = without_origin(said.message);
    bool const states_of_client = what.sqlstate.starts_with("07") ||
                                  what.sqlstate.starts_with("IM") ||
                                  what.sqlstate.starts_with("HY");
    what.from_server = !is_from_manager(said.message);
    what.message = text;
    if (is_from_manager(said.message)) {
        what.native = 0;
    } else if (of.is_postgresql()) {
        what.from_server = !states_of_client;
        what.message = postgresql_message(text, what.sqlstate);
        what.native = 0;  // of the driver only
        what.link_lost = postgresql::is_end_of_session(what.sqlstate);
        what.broken_off = what.sqlstate == "57014";
    } else if (of.is_mysql()) {
        auto const same =
            mysql::failure_from(static_cast<unsigned>(said.native), said.sqlstate, text);
        what.message = same.message;
        what.link_lost = same.link_lost || what.sqlstate == "08S01";
        what.undid_transaction = same.undid_transaction;
        what.broken_off = said.native == mysql_interrupted;
    } else if (of.is_sqlite()) {
        what.message = sqlite_message(text);
        what.native = sqlite_code(said.native, what.message);
        what.message = sqlite::detail::without_values(what.message);
        what.undid_transaction = is_sqlite_undoing(what.native & 0xff);
        what.broken_off = (what.native & 0xff) == SQLITE_INTERRUPT;
    } else {
        what.link_lost = what.sqlstate.starts_with("08");
        what.broken_off = what.sqlstate == "HY008";
    }
    return what;
}

bool is_stale_statement(failure const& what, engine const& of) {
    if (of.is_postgresql())
        return what.sqlstate == "26000" || what.sqlstate == "0A000";
    // SQLite's driver has not noticed that the table grew.
    if (of.is_sqlite())
        return what.message.starts_with("broken result set");
    return of.is_mysql() && mysql::is_stale_statement(static_cast<unsigned>(what.native));
}

void throw_failure(failure const& what, engine const& of, error_details details) {
    details.sqlstate = what.sqlstate;
    details.native_code = what.native;
    if (what.link_lost) {
        details.connection_usable = false;
        details.transaction_usable = false;
        throw connection_lost_error("the connection to the server is lost: " + what.message,
                                    std::move(details));
    }
    if (!what.from_server)
        throw error("the ODBC driver refused: " + what.message + " [" + what.sqlstate + "]",
                    std::move(details));
    if (of.is_mysql()) {
        mysql::failure same;
        same.number = static_cast<unsigned>(what.native);
        same.sqlstate = what.sqlstate;
        same.message = what.message;
        same.undid_transaction = what.undid_transaction;
        mysql::throw_failure(same, std::move(details));
    }
    if (of.is_sqlite())
        throw_sqlite(what, details);
    // Standard SQL's states are PostgreSQL's, where its own do not say more.
    if (!of.is_postgresql() && what.sqlstate == "HY008")
        throw cancelled_error(what.message, std::move(details));
    if (!of.is_postgresql() && what.sqlstate == "HYT00")
        throw timeout_error(what.message, std::move(details));
    postgresql::throw_sqlstate(what.message, std::move(details));
}

}  // namespace roam::odbc
