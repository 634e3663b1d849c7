// SPDX-License-Identifier: MIT
// expect: Roam: no column says which table
#include <roam/record/select.hpp>

auto const s = roam::select(roam::count()).tree();
