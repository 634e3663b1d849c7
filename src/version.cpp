// SPDX-License-Identifier: MIT
#include <roam/version.hpp>

namespace roam {

char const* version() noexcept {
    return ROAM_VERSION;  // from meson.build, so that the number is written in two places only
}

}  // namespace roam
