// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace roam::postgresql {

/// Throws unsupported_error for SQL that would change the session of the server's beyond its
/// transaction, or build on what was changed: behind a pooler of transactions another client would
/// get it. What a function hides, or a quoted name, is not seen.
void refuse_session_state(std::string_view script);

}  // namespace roam::postgresql
