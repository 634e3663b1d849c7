// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/sqlite.hpp>
#include <roam/backend/url.hpp>

namespace roam::sqlite::detail {

/// The options of a URL's query part. Throws url_error, which says what is legal.
options parse_options(backend::url where);

/// Throws usage_error for values that SQLite would take in silence and not honour.
void check_options(options const& how, bool memory);

}  // namespace roam::sqlite::detail
