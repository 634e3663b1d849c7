// SPDX-License-Identifier: MIT
//
// The baseline on PostgreSQL: libpq with parameters and results as text.
#include "raw_libpq_text.hpp"

bench::subject bench::make_subject() {
    return libpq_subject<text_codec>("raw_libpq", "text format");
}
