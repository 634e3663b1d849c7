// SPDX-License-Identifier: MIT
#include <roam/version.hpp>

#include <support/catch.hpp>

#include <string>

TEST_CASE("the constants and the library tell the version of the project") {
    auto const from_constants = std::to_string(roam::version_major) + '.' +
                                std::to_string(roam::version_minor) + '.' +
                                std::to_string(roam::version_patch);
    CHECK(from_constants == ROAM_PROJECT_VERSION);
    CHECK(std::string{roam::version()} == ROAM_PROJECT_VERSION);
}
