// SPDX-License-Identifier: MIT
#include "soci_postgresql.hpp"
#include "soci_scalar.hpp"

bench::subject bench::make_subject() {
    return soci_subject<soci_scalar>(soci_postgresql("soci_postgresql", "scalar into/use"));
}
