// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/postgresql.hpp>
#include <roam/backend/url.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace roam::postgresql {

/// Throws url_error for an unknown option or a value that cannot work.
options options_of(backend::url where);

/// Throws usage_error for a field that cannot work.
void check(options const& how);

/// What libpq is given: a URI, every byte of a value encoded but letters and digits. SOCI 4.0.3
/// takes a list of key='value' apart at spaces and double quotes, also inside a value, and puts it
/// together again; it finds nothing to change in this.
std::string connection_string(options const& how, std::chrono::seconds timeout);

/// "postgresql://ann@host:5432/shop", for messages.
std::string description_of(options const& how);

/// What libpq said of a failed attempt, in one line, in which the password does not occur.
std::string without_password(std::string_view message, options const& how);

}  // namespace roam::postgresql
