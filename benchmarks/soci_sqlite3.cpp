// SPDX-License-Identifier: MIT
#include "soci_scalar.hpp"
#include "soci_sqlite3.hpp"

bench::subject bench::make_subject() {
    return soci_subject<soci_scalar>(soci_sqlite3("soci_sqlite3", "scalar into/use"));
}
