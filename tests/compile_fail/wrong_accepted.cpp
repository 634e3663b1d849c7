// SPDX-License-Identifier: MIT
// expect: never said
#include <roam/version.hpp>

static_assert(roam::version_major >= 0);
