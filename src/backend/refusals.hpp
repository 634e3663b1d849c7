// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

// What the backends of servers refuse in the same words.

namespace roam::backend {

/// The connection is no more: taken away through SOCI, or lost.
[[noreturn]] void throw_link_gone(bool taken_away);

/// A statement was given another number of values than it has parameters.
[[noreturn]] void throw_wrong_count(std::string_view sql, std::size_t parameters,
                                    std::size_t values);

/// The caller has laid out as many cells as there were columns: a SELECT * of a table that grew.
[[noreturn]] void throw_columns_changed(std::string_view sql, std::size_t now,
                                        std::size_t expected);

}  // namespace roam::backend
