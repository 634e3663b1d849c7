// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace roam::sqlite::detail {

/// What a statement does to rows and to the transaction, as its first words say.
enum class command : std::uint8_t {
    other,
    change,  ///< INSERT, REPLACE, UPDATE, DELETE; or WITH, which may also lead a SELECT
    begin,
    begin_read_only,
    commit,
    rollback,  ///< of the whole transaction
    savepoint,
    release,
    rollback_to,
};

constexpr bool controls_transaction(command kind) { return kind >= command::begin; }

/// SQLite has no read-only transaction. The comment makes this text a sign: Roam refuses what
/// writes until the transaction ends. PRAGMA query_only makes every prepared statement of the
/// connection compile anew at its next use (counted: 3 of 3 times), twice per transaction.
inline constexpr std::string_view begin_read_only_sql = "BEGIN DEFERRED /* read only */";

/// The text without blanks, comments and semicolons at its beginning.
std::string_view skip_blank(std::string_view sql);

command command_of(std::string_view sql);

}  // namespace roam::sqlite::detail
