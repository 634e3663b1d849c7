// SPDX-License-Identifier: MIT
#pragma once

#include "backend/sqlite/open.hpp"
#include "backend/sqlite/writer_line.hpp"
#include <roam/backend/backend.hpp>

#include <memory>

namespace roam::sqlite::detail {

/// Opens a connection of our own. `keep` lives as long as the connection: the connector, whose
/// anchor holds a memory database's data. `line`: where its writing waits; none without one_writer.
std::unique_ptr<backend::connection> open_connection(place const& where, clock::time_point deadline,
                                                     std::shared_ptr<void const> keep,
                                                     std::shared_ptr<writer_line> line = nullptr);

/// Wraps somebody else's SOCI session.
std::unique_ptr<backend::connection> adopt_connection(soci::session& session);

}  // namespace roam::sqlite::detail
