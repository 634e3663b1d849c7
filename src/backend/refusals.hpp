// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// What several backends refuse in the same words.

namespace roam::backend {

/// The connection is no more: taken away through SOCI, or lost.
[[noreturn]] void throw_link_gone(bool taken_away);

/// Throws for SQL with a NUL byte, where a C library would stop reading.
void check_sql_text(std::string_view sql);

/// Throws cancelled_error when a stop was requested.
void refuse_if_stopped(stop_question const& wanted, std::string_view sql);

/// The link was lost during COMMIT: whether the transaction was committed nobody knows here.
[[noreturn]] void throw_commit_in_doubt(std::string_view why, std::string sqlstate,
                                        int native_code = 0);

/// The text with "***" in each place of the secret.
std::string without_secret(std::string_view text, std::string_view secret);

/// A statement was given another number of values than it has parameters.
[[noreturn]] void throw_wrong_count(std::string_view sql, std::size_t parameters,
                                    std::size_t values);

/// The value of a parameter, counted from 1, has no place in the database; `why` follows an "is".
[[noreturn]] void throw_bad_parameter(std::string_view sql, std::size_t number,
                                      std::string_view why);

/// What is wrong with text that mapping::is_valid_text() refuses.
std::string_view why_not_text(std::string_view text) noexcept;

/// Throws for text that could not be read again as it was written.
void check_text_parameter(std::string_view sql, std::size_t number, mapping::cell const& value);

/// The caller has laid out as many cells as there were columns: a SELECT * of a table that grew.
[[noreturn]] void throw_columns_changed(std::string_view sql, std::size_t now,
                                        std::size_t expected);

}  // namespace roam::backend
