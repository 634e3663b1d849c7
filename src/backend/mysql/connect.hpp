// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/mysql.hpp>
#include <roam/backend/url.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace roam::mysql {

/// Throws url_error for an unknown option or a value that cannot work.
options options_of(backend::url where);

/// Throws usage_error for a field that cannot work.
void check(options const& how);

/// What SOCI's MySQL backend is given: name='value' each, quotes and backslashes escaped.
std::string connection_string(options const& how, std::chrono::seconds timeout);

/// "mysql://ann@host:3306/shop", for messages.
std::string description_of(options const& how);

/// What was said of a failed attempt, in which the password does not occur.
std::string without_password(std::string_view message, options const& how);

}  // namespace roam::mysql
