// SPDX-License-Identifier: MIT
#include <support/catch.hpp>
#include <support/scale.hpp>

TEST_CASE("a scaled count is never below the least that makes sense") {
    CHECK(roam::test::scaled(0) == 1);
    CHECK(roam::test::scaled(1, 8) >= 8);
    CHECK(roam::test::scaled(1'000'000) > 1);
}
