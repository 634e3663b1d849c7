// SPDX-License-Identifier: MIT
#include "soci_orm.hpp"
#include "soci_sqlite3.hpp"

bench::subject bench::make_subject() {
    return soci_subject<soci_orm>(soci_sqlite3("soci_orm_sqlite3", "type_conversion"));
}
