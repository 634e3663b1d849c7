// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/attributes.hpp"
#include <roam/backend/odbc.hpp>
#include <roam/backend/url.hpp>

namespace roam::odbc {

/// Throws url_error for an unknown option or a value that cannot work.
options options_of(backend::url where);

/// The connection string of the options with what Roam needs of the drivers that it knows; those
/// that do not know a keyword pass over it. Throws usage_error for a string that is malformed.
attribute_list attributes_of(options const& how);

}  // namespace roam::odbc
