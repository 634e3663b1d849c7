// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/dialect.hpp>

#include <string>
#include <string_view>

namespace roam::sql {

/// The name as the engine's catalogue has it. SQL without quotes means capitals on Firebird, and
/// so do databases made elsewhere: there a name of small letters, digits and '_' stands for the one
/// in capitals. Any other name, and each on another dialect, is as it is.
std::string stored_name(std::string_view name, dialect const& d);

}  // namespace roam::sql
