// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include <roam/error.hpp>
#include <roam/sql/parameters.hpp>
#include <roam/sql/statement.hpp>

#include <string>
#include <vector>

using roam::sql::parameters;
using numbers = std::vector<std::size_t>;

namespace {

template <class... T>
numbers shared(std::size_t selected, std::size_t first, T const&... values) {
    parameters p;
    (p.bind(values), ...);
    return p.share(selected, first);
}

}  // namespace

TEST_CASE("more parameters than fit inside keep their values") {
    parameters p;
    for (std::int64_t i = 0; i < 100; ++i)
        p.bind(i);
    REQUIRE(p.size() == 100);
    for (std::size_t i = 0; i < 100; ++i)
        CHECK(p.all()[i].integer == static_cast<std::int64_t>(i));
}

TEST_CASE("a shared parameter has the number of the equal one before it") {
    CHECK(shared(1, 1, 10, 10) == numbers{1, 1});
    CHECK(shared(1, 1, 10, 11) == numbers{1, 2});
    CHECK(shared(2, 2, 10, 5, 5, 10) == numbers{1, 2, 2, 1});
    CHECK(shared(0, 0, 7, 8, 7) == numbers{1, 2, 1});
    CHECK(shared(0, 0) == numbers{});
}

TEST_CASE("what stands between the select list and GROUP BY has numbers of its own") {
    CHECK(shared(1, 2, 10, 10, 10) == numbers{1, 2, 1});
    CHECK(shared(0, 1, 10, 10) == numbers{1, 2});
}

TEST_CASE("values of different kinds are not shared, whatever their bytes") {
    CHECK(shared(1, 1, 0, 0.0) == numbers{1, 2});
    CHECK(shared(1, 1, 0.0, -0.0) == numbers{1, 2});
    CHECK(shared(1, 1, true, std::int64_t{1}) == numbers{1, 2});
    CHECK(shared(1, 1, std::string{"a"}, std::string{"a"}) == numbers{1, 1});
    CHECK(shared(1, 1, std::string{"a"}, std::string{"b"}) == numbers{1, 2});
    CHECK(shared(1, 1, std::optional<int>{}, std::optional<int>{}) == numbers{1, 1});
}

TEST_CASE("sharing closes the gaps in what is bound") {
    parameters p;
    for (int const v : {10, 3, 10, 4})
        p.bind(v);
    CHECK(p.share(1, 2) == numbers{1, 2, 1, 3});
    REQUIRE(p.size() == 3);
    CHECK(p.all()[0].integer == 10);
    CHECK(p.all()[1].integer == 3);
    CHECK(p.all()[2].integer == 4);
}

TEST_CASE("shared parameters are written by number, where the dialect has numbers") {
    using roam::sql::expression;
    roam::sql::select_statement s;
    auto const calculated = expression::apply(
        roam::sql::operation::add,
        {expression::column("n"), expression::parameter(roam::mapping::type_kind::int32)});
    s.columns = {{calculated, {}}};
    s.from.name = "t";
    s.group_by = {calculated};
    numbers const same{1, 1};
    CHECK(render(s, roam::sql::sqlite_dialect(), same) ==
          R"(SELECT "n" + ?1 FROM "t" GROUP BY "n" + ?1)");
    CHECK(render(s, roam::sql::postgresql_dialect(), same) ==
          R"(SELECT "n" + $1 FROM "t" GROUP BY "n" + $1)");
    // MySQL has none: its backend takes them out of the text again.
    CHECK(render(s, roam::sql::mariadb_dialect(), same) ==
          "SELECT `n` + ?1 FROM `t` GROUP BY `n` + ?1");
    CHECK_THROWS_AS(render(s, {roam::sql::dialect_family::generic, 0, 0}, same),
                    roam::unsupported_error);
}
