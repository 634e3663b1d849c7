// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>

#include <optional>

namespace roam::detail {

std::optional<database> default_database();

}  // namespace roam::detail
