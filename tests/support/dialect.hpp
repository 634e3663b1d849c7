// SPDX-License-Identifier: MIT
#pragma once

#include <support/catch.hpp>
#include <support/database.hpp>

#include <string>

// What differs between the engines in SQL of the tests' own.

/// Ends the test case as skipped where the backend lacks a capability, which is printed.
#define ROAM_NEEDS(db, what)                                                             \
    do {                                                                                 \
        if (!(db).dialect().can(::roam::sql::capability::what)) {                        \
            ROAM_SKIP(std::string{"the backend lacks the capability "} +                 \
                      std::string{::roam::sql::name_of(::roam::sql::capability::what)}); \
        }                                                                                \
    } while (false)

namespace roam::test {

/// What ends a SELECT without a table.
inline std::string from_none() { return engine() == "firebird" ? " FROM rdb$database" : ""; }

/// Begins a transaction beside Roam.
inline std::string begin_sql() { return engine() == "firebird" ? "SET TRANSACTION" : "BEGIN"; }

}  // namespace roam::test
