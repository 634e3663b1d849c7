// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>

#include <memory>

namespace roam::detail {

/// Null where there is none. Holds the database for the caller, by a count that is not everybody's.
std::shared_ptr<database const> default_database();

}  // namespace roam::detail
