// SPDX-License-Identifier: MIT
#include "backend/postgresql/error.hpp"
#include "backend/postgresql_faults.hpp"

#include <utility>

namespace roam::postgresql {
namespace {

std::string_view field(PGresult const* result, int code) noexcept {
    char const* const text = result == nullptr ? nullptr : PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
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
    return is_end_of_session(sqlstate);
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

bool is_about_names(failure const& what) noexcept { return what.is("26000") || what.is("42P05"); }

// By the function that reported it: messages are translated, and 0A000 has other causes.
bool is_stale_plan(PGresult const* result) noexcept {
    auto const state = field(result, PG_DIAG_SQLSTATE);
    if (state == "26000")
        return true;
    return state == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

// Class 42, and XX for the number of a type that is gone.
bool is_about_types(PGresult const* result) noexcept {
    auto const state = field(result, PG_DIAG_SQLSTATE);
    return state.starts_with("42") || state.starts_with("XX");
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
    throw_sqlstate(what.message, std::move(details));
}

}  // namespace roam::postgresql
