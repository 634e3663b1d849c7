// SPDX-License-Identifier: MIT
//
// The baseline on SQLite: one connection without a mutex.
#include "raw_sqlite.hpp"

bench::subject bench::make_subject() {
    return sqlite_subject("raw_sqlite", SQLITE_OPEN_NOMUTEX, "no connection mutex");
}
