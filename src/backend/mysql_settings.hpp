// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/transaction_options.hpp>
#include <roam/sql/dialect.hpp>

#include <string>
#include <string_view>

namespace roam::mysql {

/// What each connection is told first: one SET statement.
std::string session_settings(sql::dialect_family family);

/// "SET TRANSACTION ...; START TRANSACTION READ ONLY"
std::string begin_text(transaction_options options);

/// The scale of the column that a decimal without precision gets (sql::type_name): the zeros at the
/// end of what is read from it are the column's, not the value's.
inline constexpr int scale_without_precision = 25;
std::string_view without_zeros(std::string_view digits) noexcept;

}  // namespace roam::mysql
