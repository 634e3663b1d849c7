// SPDX-License-Identifier: MIT
#include <roam/mapping/detail/reflect.hpp>
#include <roam/mapping/record.hpp>

#include <support/catch.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace detail = roam::mapping::detail;

namespace {

struct nested {
    int a = 0;
    int b = 0;
};

struct mixed {
    bool flag = false;
    std::string text;
    nested part;
    std::array<int, 3> numbers{};
    std::vector<int> list;
    std::optional<int> maybe;
    double last = 0;
};

struct array_first {
    char code[4] = {};
    int id = 0;
};
struct array_in_the_middle {
    int id = 0;
    int numbers[3] = {};
    std::string name;
};
struct array_last {
    std::string name;
    double values[2] = {};
};
struct array_only {
    char text[8] = {};
};
struct array_of_structs {
    int id = 0;
    nested parts[2];
};
#if defined(__clang__)
// g++ 12 ends with an internal error at Boost.PFR's sizeof(T{}) for this one.
struct array_of_text {
    std::string names[2];
    int id = 0;
};
#endif

#define ROAM_TEST_TEN(p)                                                                          \
    int p##0 = 0, p##1 = 1, p##2 = 2, p##3 = 3, p##4 = 4, p##5 = 5, p##6 = 6, p##7 = 7, p##8 = 8, \
        p##9 = 9;
struct hundred {
    ROAM_TEST_TEN(a)
    ROAM_TEST_TEN(b)
    ROAM_TEST_TEN(c)
    ROAM_TEST_TEN(d)
    ROAM_TEST_TEN(e)
    ROAM_TEST_TEN(f)
    ROAM_TEST_TEN(g)
    ROAM_TEST_TEN(h)
    ROAM_TEST_TEN(i)
    ROAM_TEST_TEN(j)
};

}  // namespace

TEST_CASE("members are counted, typed and named one by one, whatever they are themselves") {
    STATIC_REQUIRE(detail::member_count<mixed> == 7);
    STATIC_REQUIRE(std::is_same_v<detail::member_type<2, mixed>, nested>);
    STATIC_REQUIRE(std::is_same_v<detail::member_type<3, mixed>, std::array<int, 3>>);
    STATIC_REQUIRE(detail::member_name<mixed, 0>() == "flag");
    STATIC_REQUIRE(detail::member_name<mixed, 2>() == "part");
    STATIC_REQUIRE(detail::member_name<mixed, 6>() == "last");
}

TEST_CASE("a member pointer finds its member, also among neighbours of one type") {
    STATIC_REQUIRE(detail::member_index<mixed, &mixed::flag>() == 0);
    STATIC_REQUIRE(detail::member_index<mixed, &mixed::part>() == 2);
    STATIC_REQUIRE(detail::member_index<mixed, &mixed::last>() == 6);
    STATIC_REQUIRE(detail::member_index<nested, &nested::b>() == 1);
    STATIC_REQUIRE(std::is_same_v<detail::owner_of<&nested::b>, nested>);
    STATIC_REQUIRE(std::is_same_v<detail::type_of<&mixed::text>, std::string>);
}

TEST_CASE("tied members are the members themselves") {
    mixed m;
    auto members = detail::tie_members(m);
    detail::member_of<6>(members) = 2.5;
    detail::member_of<1>(members) = "written";
    CHECK(m.last == 2.5);
    CHECK(m.text == "written");
}

TEST_CASE("a C array is found wherever it stands") {
    STATIC_REQUIRE(detail::has_c_array<array_first>());
    STATIC_REQUIRE(detail::has_c_array<array_in_the_middle>());
    STATIC_REQUIRE(detail::has_c_array<array_last>());
    STATIC_REQUIRE(detail::has_c_array<array_only>());
    STATIC_REQUIRE(detail::has_c_array<array_of_structs>());
#if defined(__clang__)
    STATIC_REQUIRE(detail::has_c_array<array_of_text>());
#endif
}

TEST_CASE("what only looks like a C array is none") {
    struct one_number {
        int id = 0;
    };
    struct two_structs {
        nested first;
        nested second;
    };
    STATIC_REQUIRE_FALSE(detail::has_c_array<mixed>());
    STATIC_REQUIRE_FALSE(detail::has_c_array<one_number>());
    STATIC_REQUIRE_FALSE(detail::has_c_array<two_structs>());
}

TEST_CASE("a struct of 100 members is a record of 100 columns") {
    auto const& t = roam::table_of<hundred>();
    REQUIRE(t.columns.size() == 100);
    CHECK(t.columns[0].name == "a0");
    CHECK(t.columns[57].name == "f7");
    CHECK(t.columns[99].name == "j9");
    STATIC_REQUIRE(detail::member_index<hundred, &hundred::j9>() == 99);
}
