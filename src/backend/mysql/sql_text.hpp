// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the backend has to know of an SQL text before the server has looked at it.

namespace roam::mysql {

/// Whether it holds something after its first statement's ';'.
bool has_several_statements(std::string_view sql) noexcept;

/// Whether it is an INSERT, UPDATE, DELETE or REPLACE.
bool writes_rows(std::string_view sql) noexcept;

/// How many columns its RETURNING clause names, a '*' as one; 0 without such a clause.
std::size_t returned_columns(std::string_view sql) noexcept;

/// A text whose placeholders are plain, and which parameter, from 0, each of them is.
struct plain_text {
    std::string sql;
    std::vector<std::size_t> order;  ///< empty: as they come
};

/// Roam writes ?1, ?2 where one parameter stands in several places, which MySQL does not know.
plain_text with_plain_placeholders(std::string_view sql);

}  // namespace roam::mysql
