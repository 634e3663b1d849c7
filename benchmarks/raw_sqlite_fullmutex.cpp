// SPDX-License-Identifier: MIT
//
// The baseline with a mutex around each call, as sqlite3_open() gives it.
#include "raw_sqlite.hpp"

bench::subject bench::make_subject() {
    return sqlite_subject("raw_sqlite_fullmutex", SQLITE_OPEN_FULLMUTEX, "a connection mutex");
}
