// SPDX-License-Identifier: MIT
#include "soci_orm.hpp"
#include "soci_postgresql.hpp"

bench::subject bench::make_subject() {
    return soci_subject<soci_orm>(soci_postgresql("soci_orm_postgresql", "type_conversion"));
}
