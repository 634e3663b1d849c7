// SPDX-License-Identifier: MIT
// expect: another sentence
#include <roam/version.hpp>

static_assert(roam::version_major < 0, "a sentence");
