// SPDX-License-Identifier: MIT
#include "backend/refusals.hpp"
#include "mapping/utf8.hpp"
#include <roam/error.hpp>

#include <string>
#include <utility>

namespace roam::backend {
namespace {

error_details about(std::string_view sql) {
    error_details details;
    details.statement = sql;
    return details;
}

}  // namespace

void throw_link_gone(bool taken_away) {
    error_details details;
    details.connection_usable = false;
    details.transaction_usable = false;
    if (taken_away) {
        throw session_closed_error(
            "the SOCI session was closed or reconnected while Roam was using it",
            std::move(details));
    }
    throw connection_lost_error("the connection to the server is lost", std::move(details));
}

void check_sql_text(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
        throw usage_error("the SQL text has a NUL byte");
}

void refuse_if_stopped(stop_question const& wanted, std::string_view sql) {
    if (wanted)
        throw cancelled_error("a stop was requested before the statement began", about(sql));
}

void throw_commit_in_doubt(std::string_view why, std::string sqlstate, int native_code) {
    auto details = about("COMMIT");
    details.sqlstate = std::move(sqlstate);
    details.native_code = native_code;
    details.connection_usable = false;
    details.transaction_usable = false;
    throw commit_in_doubt_error("the connection was lost during COMMIT: " + std::string{why},
                                std::move(details));
}

std::string without_secret(std::string_view text, std::string_view secret) {
    constexpr std::string_view hidden = "***";
    std::string shown{text};
    if (secret.empty())
        return shown;
    for (auto at = shown.find(secret); at != std::string::npos;
         at = shown.find(secret, at + hidden.size()))
        shown.replace(at, secret.size(), hidden);
    return shown;
}

void throw_wrong_count(std::string_view sql, std::size_t parameters, std::size_t values) {
    throw usage_error("the statement has " + std::to_string(parameters) + " parameters, but " +
                          std::to_string(values) + " values were given",
                      about(sql));
}

void throw_bad_parameter(std::string_view sql, std::size_t number, std::string_view why) {
    auto details = about(sql);
    details.parameter = number;
    throw conversion_error("parameter " + std::to_string(number) + " is " + std::string{why},
                           std::move(details));
}

std::string_view why_not_text(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos
               ? "text with a NUL byte; bytes are stored as std::vector<std::byte>"
               : "text that is not UTF-8; bytes are stored as std::vector<std::byte>";
}

void check_text_parameter(std::string_view sql, std::size_t number, mapping::cell const& value) {
    auto const text = value.as_text();
    bool const is_checked = value.kind == mapping::cell_kind::unchecked_text || text.empty();
    if (!is_checked && !mapping::is_valid_text(text))
        throw_bad_parameter(sql, number, why_not_text(text));
}

void throw_columns_changed(std::string_view sql, std::size_t now, std::size_t expected) {
    throw statement_invalidated_error("the table changed: the statement's result has " +
                                          std::to_string(now) + " columns now, not " +
                                          std::to_string(expected),
                                      about(sql));
}

}  // namespace roam::backend
