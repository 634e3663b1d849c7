// SPDX-License-Identifier: MIT
// expect nothing
#include <roam/version.hpp>

static_assert(roam::version_major >= 0);
