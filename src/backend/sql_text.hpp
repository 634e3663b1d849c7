// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/dialect.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a backend has to know of an SQL text before the server has looked at it. Where quoted text
// and comments end is the dialect's.

namespace roam::backend {

/// What a statement does to the transaction, as its first words say.
enum class transaction_effect : std::uint8_t {
    none,
    begins,
    commits,  ///< MySQL's DDL too
    rolls_back,
    rolls_back_to,  ///< a savepoint
};

transaction_effect effect_of(std::string_view statement, sql::dialect_family family) noexcept;

/// Its statements, without the ';' between them and without empty ones.
std::vector<std::string_view> statements_of(std::string_view script, sql::dialect_family family);

/// Whether it holds something after its first statement's ';'.
bool has_several_statements(std::string_view sql, sql::dialect_family family);

/// Its words in lower case, without what is quoted or a comment.
std::vector<std::string> words_of(std::string_view statement, sql::dialect_family family);

/// Whether it may change the session's time zone.
bool names_time_zone(std::string_view sql);

/// Whether it is an INSERT, UPDATE, DELETE, REPLACE or MERGE.
bool writes_rows(std::string_view sql) noexcept;

/// How many columns its RETURNING clause names, a '*' as one; 0 without such a clause.
std::size_t returned_columns(std::string_view sql, sql::dialect_family family) noexcept;

/// A text whose placeholders are plain, and which parameter, from 0, each of them is.
struct plain_text {
    std::string sql;
    std::vector<std::size_t> order;  ///< empty: as they come
    std::size_t placeholders = 0;
    bool repeats = false;  ///< one stands as "$k" again
};

/// Roam writes ?1, ?2 where one parameter stands in several places or they stand in another order
/// than they are bound, which MySQL, Firebird and ODBC do not know (a '?' among them is the one
/// after the largest before it); and $1, $2 for PostgreSQL, which ODBC does not know: there a
/// parameter that stands again is "$k" with the number of its '?', which psqlODBC leaves to the
/// server. A '?' of PostgreSQL's own is no placeholder there and is a usage_error: its driver would
/// read one.
plain_text with_plain_placeholders(std::string_view sql, sql::dialect_family family);

}  // namespace roam::backend
