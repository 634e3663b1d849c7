// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/dialect.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace roam::sql::detail {

/// Appends SQL that a user wrote so that nothing after it can become part of it: a quote, a comment
/// or a parenthesis that it leaves open, or one that it closes without having opened it, is a
/// usage_error, and a comment up to the end of the line gets its end of line.
///
/// With `on_placeholder` each '?' outside quotes and comments is a call of it, and "??" gives '?';
/// without it a '?' is copied like anything else. Returns the number of placeholders.
std::size_t append_fragment(std::string& out, std::string_view sql, dialect const& d,
                            std::function<void()> const& on_placeholder = {});

}  // namespace roam::sql::detail
