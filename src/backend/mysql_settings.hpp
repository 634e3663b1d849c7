// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/transaction_options.hpp>
#include <roam/sql/dialect.hpp>

#include <string>

namespace roam::mysql {

/// What each connection is told first: one SET statement.
std::string session_settings(sql::dialect_family family);

/// "SET TRANSACTION ...; START TRANSACTION READ ONLY"
std::string begin_text(transaction_options options);

}  // namespace roam::mysql
