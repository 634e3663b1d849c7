// SPDX-License-Identifier: MIT
#include "backend/postgresql/error.hpp"

#include <algorithm>
#include <utility>

namespace roam::postgresql {
namespace {

using thrower = void (*)(std::string const&, error_details&&);

template <class Error>
void raise(std::string const& message, error_details&& details) {
    throw Error(message, std::move(details));
}

struct mapping_rule {
    std::string_view state;  ///< five characters, or the two of a class
    thrower raise;
};

// The first that fits is taken, so exact states come before their class.
constexpr mapping_rule rules[] = {
    {"23505", raise<unique_error>},
    {"23503", raise<foreign_key_error>},
    {"23502", raise<not_null_error>},
    {"23514", raise<check_error>},
    {"44000", raise<check_error>},
    {"23", raise<constraint_error>},
    {"40001", raise<serialization_error>},
    {"40P01", raise<deadlock_error>},
    {"40002", raise<constraint_error>},
    {"40", raise<transient_error>},
    {"55P03", raise<busy_error>},
    {"57014", raise<cancelled_error>},
    {"08", raise<statement_error>},  // only 08P01 gets here
    {"42P01", raise<missing_table_error>},
    {"3F000", raise<missing_table_error>},
    {"42703", raise<missing_column_error>},
    {"42501", raise<permission_error>},
    {"25006", raise<permission_error>},
    {"28", raise<permission_error>},
    {"25P02", raise<transaction_failed_error>},
    {"22", raise<conversion_error>},
    {"53", raise<storage_error>},
    {"58", raise<storage_error>},
    {"XX001", raise<storage_error>},
    {"XX002", raise<storage_error>},
    {"0A", raise<unsupported_error>},
    {"21", raise<statement_error>},
    {"26", raise<statement_error>},
    {"2B", raise<statement_error>},
    {"34", raise<statement_error>},
    {"3B", raise<statement_error>},
    {"3D", raise<statement_error>},
    {"42", raise<statement_error>},
    {"54", raise<statement_error>},
    {"55", raise<statement_error>},
};

std::string_view field(PGresult const* result, int code) noexcept {
    char const* const text = result == nullptr ? nullptr : PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

// Messages of class 22 quote the value: invalid input syntax for type integer: "4711". The marks
// differ with lc_messages; a value may hold marks too, so everything between the outermost goes.
void hide_quoted(std::string& message) {
    constexpr std::string_view marks[] = {"\"", "»", "«", "„", "“", "”", "「", "」", "'"};
    auto first = std::string::npos;
    std::size_t last = 0;
    for (auto const mark : marks) {
        auto const begin = message.find(mark);
        if (begin == std::string::npos)
            continue;
        first = std::min(first, begin);
        last = std::max(last, message.rfind(mark) + mark.size());
    }
    if (first < last)
        message.replace(first, last - first, "(not shown)");
}

// The server's message names some of them, but not all: the table of a foreign key, for example.
std::string names_in(PGresult const* result, std::string_view message) {
    constexpr std::pair<std::string_view, int> fields[] = {
        {"table", PG_DIAG_TABLE_NAME},
        {"column", PG_DIAG_COLUMN_NAME},
        {"constraint", PG_DIAG_CONSTRAINT_NAME},
    };
    std::string names;
    for (auto const& [kind, code] : fields) {
        auto const name = field(result, code);
        auto const quoted = '"' + std::string{name} + '"';
        if (name.empty() || message.find(quoted) != std::string_view::npos)
            continue;
        names.append(names.empty() ? " (" : ", ").append(kind).append(" ").append(quoted);
    }
    return names.empty() ? names : names + ')';
}

// FATAL and PANIC always end the session, though libpq may not have met the end of the stream yet.
// 08P01, a protocol violation, is an error like another unless it is FATAL.
bool ends_link(PGresult const* result, std::string_view sqlstate) {
    auto const severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == "FATAL" || severity == "PANIC")
        return true;
    return (sqlstate.starts_with("08") && sqlstate != "08P01") || sqlstate.starts_with("57P0");
}

std::string first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    return line.empty() ? "the server gave no message" : std::string{line};
}

}  // namespace

failure failure_of(PGconn const* link, PGresult const* result) {
    failure what;
    what.sqlstate = field(result, PG_DIAG_SQLSTATE);
    if (what.sqlstate.empty()) {
        what.message = first_line(PQerrorMessage(link));
    } else {
        what.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
        if (what.sqlstate.starts_with("22"))
            hide_quoted(what.message);
        what.message += names_in(result, what.message);
    }
    what.link_lost = PQstatus(link) != CONNECTION_OK || ends_link(result, what.sqlstate);
    return what;
}

// By the function that reported it: messages are translated, and 0A000 has other causes.
bool is_stale_plan(PGresult const* result) noexcept {
    auto const state = field(result, PG_DIAG_SQLSTATE);
    if (state == "26000")
        return true;
    return state == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

bool is_multiple_statements(PGresult const* result) noexcept {
    return field(result, PG_DIAG_SQLSTATE) == "42601" &&
           field(result, PG_DIAG_SOURCE_FUNCTION) == "exec_parse_message";
}

void throw_failure(failure const& what, error_details details) {
    details.sqlstate = what.sqlstate;
    if (what.link_lost) {
        details.connection_usable = false;
        details.transaction_usable = false;
        throw connection_lost_error("the connection to the server is lost: " + what.message,
                                    std::move(details));
    }
    for (auto const& rule : rules) {
        if (!what.sqlstate.starts_with(rule.state))
            continue;
        // Roam's own time limit is told apart before; this is the server's statement_timeout.
        if (what.is("57014") && what.message.find("timeout") != std::string::npos) {
            throw timeout_error(what.message, std::move(details));
        }
        rule.raise(what.message, std::move(details));
    }
    throw error(what.message, std::move(details));
}

}  // namespace roam::postgresql
