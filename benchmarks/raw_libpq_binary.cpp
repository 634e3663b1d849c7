// SPDX-License-Identifier: MIT
#include "raw_libpq_binary.hpp"

bench::subject bench::make_subject() {
    return libpq_subject<binary_codec>("raw_libpq_binary", "binary format");
}
