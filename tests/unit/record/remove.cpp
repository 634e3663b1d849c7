// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;
using roam::record_detail::remove_verb;

TEST_CASE("remove names the key, and the version where there is one") {
    CHECK(remove_verb<book, described<book>>::text(sqlite) ==
          R"(DELETE FROM "books" WHERE "id" = ?)");
    CHECK(remove_verb<page, described<page>>::text(postgresql) ==
          R"(DELETE FROM "wiki"."page" WHERE "name" = $1 AND "number" = $2 AND "revision" = $3)");
}
