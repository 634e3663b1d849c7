// SPDX-License-Identifier: MIT
#include "backend/refusals.hpp"
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

void throw_wrong_count(std::string_view sql, std::size_t parameters, std::size_t values) {
    throw usage_error("the statement has " + std::to_string(parameters) + " parameters, but " +
                          std::to_string(values) + " values were given",
                      about(sql));
}

void throw_columns_changed(std::string_view sql, std::size_t now, std::size_t expected) {
    throw statement_invalidated_error("the table changed: the statement's result has " +
                                          std::to_string(now) + " columns now, not " +
                                          std::to_string(expected),
                                      about(sql));
}

}  // namespace roam::backend
