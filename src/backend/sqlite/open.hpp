// SPDX-License-Identifier: MIT
#pragma once

#include "backend/sqlite/engine.hpp"
#include <roam/backend/sqlite.hpp>

#include <cstdint>
#include <string>

namespace roam::sqlite::detail {

/// What a connector opens, and how.
struct place {
    std::string name;         ///< the file for SQLite, or the shared name of a memory database
    std::string description;  ///< for messages: "sqlite:library.db"
    bool memory = false;
    bool shared_memory = false;  ///< of the memdb VFS, under `name`
    options how;
};

/// Whether this library has memory databases that several connections share.
bool has_shared_memory() noexcept;

/// Opens, sets everything of `where.how`, and reads the header, so that a file that is no database
/// is found out now. Throws connection_error. Leaves SQLite's own busy handler in place.
sqlite3* open_handle(place const& where, clock::time_point deadline);

/// An open memory database without any setting, for a connector to keep its data alive.
sqlite3* open_memory_anchor(place const& where);

/// The settings of a connection that a program may have changed. Throws roam::error.
void apply_options(engine const& to, place const& where, std::int64_t default_cache_size);

/// The number that a pragma answers, -1 where it has none.
std::int64_t pragma_number(sqlite3* db, char const* sql) noexcept;

}  // namespace roam::sqlite::detail
