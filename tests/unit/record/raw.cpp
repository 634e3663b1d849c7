// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "unit/record/texts.hpp"

using namespace texts;

TEST_CASE("each '?' becomes the dialect's placeholder, a doubled one a question mark") {
    auto const query = roam::raw<int>("SELECT a FROM t WHERE b = ? AND c ?? 'x' AND d = ?", 1, "y");
    CHECK(query.sql(sqlite) == "SELECT a FROM t WHERE b = ? AND c ? 'x' AND d = ?");
    CHECK(query.sql(postgresql) == "SELECT a FROM t WHERE b = $1 AND c ? 'x' AND d = $2");
}

TEST_CASE("quotes and comments are left alone, and a comment at the end is closed") {
    auto const query = roam::raw<int>("SELECT '?', \"?\" /* ? */ FROM t WHERE a = ? -- ?", 1);
    CHECK(query.sql(postgresql) == "SELECT '?', \"?\" /* ? */ FROM t WHERE a = $1 -- ?\n");
}

TEST_CASE("another number of values than of placeholders is a usage_error") {
    CHECK_THROWS_AS(roam::raw<int>("SELECT ?", 1, 2).sql(sqlite), roam::usage_error);
    CHECK_THROWS_AS(roam::raw<int>("SELECT ?, ?", 1).sql(sqlite), roam::usage_error);
}

TEST_CASE("the server's own placeholders may be used instead") {
    CHECK(roam::raw<int>("SELECT $2, $1", 1, 2).sql(postgresql) == "SELECT $2, $1");
}
