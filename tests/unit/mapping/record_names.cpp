// SPDX-License-Identifier: MIT
// What tables and columns are called: in snake_case, for structs wherever they are declared, and
// for names that SQL or C++ would rather keep for itself.
#include <roam/mapping/record.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>

using roam::table_of;

namespace {

std::string table_name(std::string_view type) {
    return std::string{roam::mapping::detail::table_name_of(type).view()};
}

template <int Number>
struct numbered_page {
    int id = 0;
};

struct hidden_from_others {
    int id = 0;
};

}  // namespace

namespace outer::inner {
struct BookAuthor {
    int id = 0;
};
}  // namespace outer::inner

struct at_file_scope {
    int id = 0;
};

namespace awkward {

struct order {
    int id = 0;
    std::string select;
    int group = 0;
    int user_ = 0;
    int _from = 0;
    int Camel = 0;
    int e1 = 0;
};
ROAM_RECORD(order, column<&order::user_>("user"), column<&order::group>("the \"group\""))

struct größe {
    int id = 0;
    double länge = 0;
    int 数 = 0;
    int naïve_é = 0;
};

struct one_letter {
    int x = 0;
};

}  // namespace awkward

TEST_CASE("a table's name is the struct's in snake_case, without its namespaces") {
    struct sample {
        char const* type;
        char const* table;
    };
    auto const [type, table] = GENERATE(
        sample{"book", "book"}, sample{"Book", "book"}, sample{"BookAuthor", "book_author"},
        sample{"bookAuthor", "book_author"}, sample{"HTTPServer", "http_server"},
        sample{"MyHTTPServer", "my_http_server"}, sample{"HTTP", "http"}, sample{"A", "a"},
        sample{"ABook", "a_book"}, sample{"Book2Author", "book2_author"},
        sample{"book_author", "book_author"}, sample{"Book_Author", "book_author"},
        sample{"BOOK_AUTHOR", "book_author"}, sample{"library::Book", "book"},
        sample{"a::b::BookAuthor", "book_author"}, sample{"{anonymous}::Book", "book"},
        sample{"(anonymous namespace)::Book", "book"}, sample{"main()::Book", "book"});
    CHECK(table_name(type) == table);
}

TEST_CASE("structs are called the same wherever they are declared") {
    struct LocalOne {
        int id = 0;
        std::string name;
    };
    CHECK(table_of<LocalOne>().name == "local_one");
    CHECK(table_of<LocalOne>().columns[1].name == "name");
    CHECK(table_of<hidden_from_others>().name == "hidden_from_others");
    CHECK(table_of<outer::inner::BookAuthor>().name == "book_author");
    CHECK(table_of<outer::inner::BookAuthor>().type == "outer::inner::BookAuthor");
    CHECK(table_of<at_file_scope>().name == "at_file_scope");
}

TEST_CASE("the members of a struct without a name have names") {
    struct {
        int id = 0;
        std::string title;
    } nameless;
    auto const& t = table_of<decltype(nameless)>();
    REQUIRE(t.columns.size() == 2);
    CHECK(t.columns[0].name == "id");
    CHECK(t.columns[1].name == "title");
}

TEST_CASE("a struct made by a template keeps its members' names") {
    CHECK(table_of<numbered_page<7>>().columns[0].name == "id");
}

TEST_CASE("members may be called like words of SQL, and columns like words of C++") {
    auto const& t = table_of<awkward::order>();
    CHECK(t.name == "order");
    REQUIRE(t.columns.size() == 7);
    CHECK(t.columns[1].name == "select");
    CHECK(t.columns[2].name == "the \"group\"");
    CHECK(t.columns[2].member == "group");
    CHECK(t.columns[3].name == "user");
    CHECK(t.columns[3].member == "user_");
    CHECK(t.columns[4].name == "_from");
    CHECK(t.columns[5].name == "Camel");
    CHECK(t.columns[6].name == "e1");
    CHECK(table_of<awkward::one_letter>().columns[0].name == "x");
}

TEST_CASE("structs and members may have names of any script") {
    auto const& t = table_of<awkward::größe>();
    CHECK(t.name == "größe");
    REQUIRE(t.columns.size() == 4);
    CHECK(t.columns[1].name == "länge");
    CHECK(t.columns[2].name == "数");
    CHECK(t.columns[3].name == "naïve_é");
}
