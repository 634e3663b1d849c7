// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/firebird.hpp>
#include <roam/backend/url.hpp>

#include <ibase.h>

#include <string>
#include <string_view>

namespace roam::firebird {

/// Throws url_error for an unknown option or a value that cannot work.
options options_of(backend::url where);

/// Throws usage_error for a field that cannot work.
void check(options const& how);

/// What SOCI's Firebird backend is given.
std::string connection_string(options const& how);

/// "host/3050:/var/lib/shop.fdb", or the file alone.
std::string attachment_name(options const& how);

/// The same parameters for the library itself, for another attachment like the first.
std::string database_parameters(options const& how);

/// Makes the file. One that is there is left as it is.
void create_file(options const& how);

/// "firebird://ann@host/shop.fdb", for messages.
std::string description_of(options const& how);

/// What was said of a failed attempt, in which the password does not occur.
std::string without_password(std::string_view message, options const& how);

}  // namespace roam::firebird
