// SPDX-License-Identifier: MIT
// expect: static assertion failed.*: a sentence
#include <roam/version.hpp>

static_assert(roam::version_major < 0, "a sentence");
