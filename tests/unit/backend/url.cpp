// SPDX-License-Identifier: MIT
#include <roam/backend/url.hpp>
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using roam::backend::url;

namespace {

std::string message_of(std::string_view text) {
    try {
        url::parse(text);
    } catch (roam::url_error const& e) {
        return e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a SQLite URL is a file name, relative, absolute or the memory") {
    struct example {
        std::string_view text;
        std::string_view path;
        std::string_view again;
    };
    for (auto const& e : std::vector<example>{
             {"sqlite:library.db", "library.db", "sqlite:library.db"},
             {"sqlite:data/library.db", "data/library.db", "sqlite:data/library.db"},
             {"sqlite:/var/lib/x.db", "/var/lib/x.db", "sqlite:/var/lib/x.db"},
             {"sqlite::memory:", ":memory:", "sqlite::memory:"},
             {"sqlite:///library.db", "library.db", "sqlite:library.db"},
             {"sqlite:////var/lib/x.db", "/var/lib/x.db", "sqlite:/var/lib/x.db"},
             {"sqlite://///x.db", "//x.db", "sqlite://///x.db"},
             {"sqlite:///:memory:", ":memory:", "sqlite::memory:"},
             {"SQLite:Library.db", "Library.db", "sqlite:Library.db"},
             {"sqlite:C:\\data\\x.db", "C:\\data\\x.db", "sqlite:C:\\data\\x.db"},
             {"sqlite:my file.db", "my file.db", "sqlite:my file.db"},
             {"sqlite:my%20file.db", "my file.db", "sqlite:my file.db"},
             {"sqlite:a%3Fb%23c%25d.db", "a?b#c%d.db", "sqlite:a%3Fb%23c%25d.db"},
             {"sqlite:user:name@host.db", "user:name@host.db", "sqlite:user:name@host.db"},
             {"sqlite:b\xC3\xBC"
              "cher.db",
              "b\xC3\xBC"
              "cher.db",
              "sqlite:b\xC3\xBC"
              "cher.db"},
             {"sqlite:b%C3%BCcher.db",
              "b\xC3\xBC"
              "cher.db",
              "sqlite:b\xC3\xBC"
              "cher.db"},
         }) {
        INFO(e.text);
        auto const u = url::parse(e.text);
        CHECK(u.scheme == "sqlite");
        CHECK(u.path == e.path);
        CHECK(u.host.empty());
        CHECK_FALSE(u.password.has_value());
        CHECK(u.without_password() == e.again);
        CHECK(url::parse(u.without_password()).path == e.path);
    }
}

TEST_CASE("a server URL is taken apart and every part is decoded") {
    auto const u = url::parse(
        "PostgreSQL://ann%40corp:s%2Fe%3Ac%25ret@db.example.org:5433/sh%2Fop?"
        "connect_timeout=3&application_name=my+shop%26co");
    CHECK(u.scheme == "postgresql");
    CHECK(u.user == "ann@corp");
    CHECK(u.password == "s/e:c%ret");
    CHECK(u.host == "db.example.org");
    CHECK(u.port == "5433");
    CHECK(u.path == "sh/op");
    REQUIRE(u.options.size() == 2);
    CHECK(u.options[0].first == "connect_timeout");
    CHECK(u.options[0].second == "3");
    CHECK(u.options[1].second == "my+shop&co");
    CHECK(u.without_password() ==
          "postgresql://ann%40corp:***@db.example.org:5433/sh%2Fop?connect_timeout=3&"
          "application_name=my%2Bshop%26co");
}

TEST_CASE("every part of a server URL may be missing") {
    struct example {
        std::string_view text;
        std::string_view user;
        std::string_view host;
        std::string_view port;
        std::string_view path;
        std::string_view again;
    };
    for (auto const& e : std::vector<example>{
             {"postgresql://", "", "", "", "", "postgresql://"},
             {"postgres:///shop", "", "", "", "shop", "postgres:///shop"},
             {"postgresql://host", "", "host", "", "", "postgresql://host"},
             {"postgresql://host/", "", "host", "", "", "postgresql://host"},
             {"postgresql://ann@/shop", "ann", "", "", "shop", "postgresql://ann@/shop"},
             {"postgresql://:5433/shop", "", "", "5433", "shop", "postgresql://:5433/shop"},
             {"postgresql://[::1]:5433/shop", "", "::1", "5433", "shop",
              "postgresql://[::1]:5433/shop"},
             {"postgresql://[::1]", "", "::1", "", "", "postgresql://[::1]"},
             {"postgresql://%2Frun%2Fpostgresql/shop", "", "/run/postgresql", "", "shop",
              "postgresql://%2Frun%2Fpostgresql/shop"},
             {"postgresql://a:1,b:2/shop", "", "a,b", "1,2", "shop", "postgresql://a:1,b:2/shop"},
             {"postgresql://a,b:2/shop", "", "a,b", ",2", "shop", "postgresql://a,b:2/shop"},
             {"postgresql://a,b/shop", "", "a,b", "", "shop", "postgresql://a,b/shop"},
             {"mysql://root@host:3306/x", "root", "host", "3306", "x", "mysql://root@host:3306/x"},
         }) {
        INFO(e.text);
        auto const u = url::parse(e.text);
        CHECK(u.user == e.user);
        CHECK(u.host == e.host);
        CHECK(u.port == e.port);
        CHECK(u.path == e.path);
        CHECK_FALSE(u.password.has_value());
        CHECK(u.without_password() == e.again);
    }
    CHECK(url::parse("postgresql:///shop?host=/run/postgresql").take("host") == "/run/postgresql");
}

TEST_CASE("an empty password is a password") {
    auto const u = url::parse("postgresql://ann:@host/shop");
    CHECK(u.password == "");
    CHECK(u.without_password() == "postgresql://ann:***@host/shop");
}

TEST_CASE("a malformed URL says what is wrong with it") {
    struct example {
        std::string_view text;
        std::string_view part_of_message;
    };
    using namespace std::string_view_literals;
    for (auto const& e : std::vector<example>{
             {"", "the database URL is empty"},
             {"library.db", "it has no scheme"},
             {":memory:", "what stands before the first ':' is not a scheme"},
             {"7lite:x", "what stands before the first ':' is not a scheme"},
             {"my scheme:x", "what stands before the first ':' is not a scheme"},
             {"sqlite:", "it names no file"},
             {"sqlite:?mode=ro", "it names no file"},
             {"sqlite:///", "it names no file"},
             {"sqlite://", "a file has no host"},
             {"sqlite://library.db", "a file has no host"},
             {"sqlite:a%", "the '%' at character 9, in the file name, is not followed by two"},
             {"sqlite:a%4", "the '%' at character 9"},
             {"sqlite:a%4x", "the '%' at character 9"},
             {"sqlite:a%00b", "there is a NUL byte at character 9, in the file name"},
             {"sqlite:a\0b"sv, "character 9 is a control character"},
             {"sqlite:a\nb", "character 9 is a control character"},
             {"sqlite:a#b", "it has a '#', which is written %23"},
             {"sqlite:a?", "no option follows the '?'"},
             {"sqlite:a?mode", "an option has no value"},
             {"sqlite:a?=ro", "an option has no name"},
             {"sqlite:a?mode=ro&", "an option has no name"},
             {"sqlite:a?mode=ro&mode=rw", "the option 'mode' is given twice"},
             {"sqlite:a?mode=%zz", "in the value of an option"},
             {"sqlite3:a.db", "a SQLite file is written sqlite:library.db"},
             {"postgresql:shop", "'//' must follow 'postgresql:'"},
             {"postgresql:/shop", "'//' must follow 'postgresql:'"},
             {"postgresql://host:/shop", "the port is not a number from 1 to 65535"},
             {"postgresql://host:0/shop", "the port is not a number from 1 to 65535"},
             {"postgresql://host:65536/shop", "the port is not a number from 1 to 65535"},
             {"postgresql://host:99999999999/shop", "the port is not a number from 1 to 65535"},
             {"postgresql://host:+1/shop", "the port is not a number from 1 to 65535"},
             {"postgresql://::1/shop", "an IPv6 address stands in [ ]"},
             {"postgresql://[::1/shop", "the '[' before an IPv6 address has no ']'"},
             {"postgresql://[::1]5432/shop", "only ':' and a port may follow the ']'"},
             {"postgresql://host/a/b", "the name of a database has no '/'"},
             {"postgresql://:secret@host/a", "there is a password without a user name"},
             {"postgresql://h%zzst/a", "in the host"},
             {"postgresql://ann%@host/a", "in the user name"},
             {"postgresql://ann:%zz@host/a", "in the password"},
             {"postgresql://host/a%zz", "in the name of the database"},
         }) {
        INFO(e.text);
        CHECK_THAT(message_of(e.text), Catch::Contains(std::string{e.part_of_message}));
    }
}

TEST_CASE("no message shows a password, wherever the URL went wrong") {
    for (std::string_view text : {
             "postgresql://ann:secret@host:x/shop",
             "postgresql://ann:secret@host:5432/shop?oops",
             "postgresql://ann:secret@host:5432/shop?a=1&a=2",
             "postgresql://ann:sec%ret@host/shop",
             "postgresql://ann:secret%@host/shop",
             "postgresql://ann:sec@ret@host/shop",
             "postgresql://ann:sec:ret@host/shop",
             "postgresql://ann:sec/ret@host/shop",
             "postgresql://ann:12/ret@host/shop",
             "postgresql://ann:12?ret@host/shop",
             "postgresql://ann:12?r=et@host/shop",
             "postgresql://ann:12#ret@host/shop",
             "postgresql://ann:sec#ret@host/shop",
             "postgresql://ann:sec?ret@host/shop",
             "postgresql://ann:secret",
             "postgresql://ann:secret/shop",
             "postgresql://ann:sec/ret",
             "postgresql://ann:secret:5432/shop",
             "postgresql://ann:12x34",
             "postgresql://[::1]:secret/shop",
             "postgresql://:secret@host/shop",
             "postgresql:ann:secret@host/shop",
             "postgresql:/ann:secret@host/shop",
             "//ann:secret@host/shop",
             "ann:secret@host/shop",
             "ann/secret@host",
             "postgresql ://ann:secret@host/shop",
             "host=localhost user=ann password=secret",
             "host=localhost user=ann Password = secret",
             "postgresql://host/a/b?password=secret",
             "postgresql://host/a/b?sslpassword=secret&x=1",
             "odbc:Driver=x;Uid=ann;Pwd=secret;#",
             "odbc:Driver=x;Uid=ann;Pwd=sec%ret;",
             "sqlite:a?key_password=secret&x",
             "postgresql://ann:secret@host/shop\n",
         }) {
        INFO(text);
        auto const message = message_of(text);
        CHECK_FALSE(message.empty());
        // Neither the whole nor the halves of those with a special character in the middle.
        for (std::string_view part :
             {"secret", "sec%", "sec@", "ret@", "@ret", "sec:", ":ret", "sec/", "/ret", "sec?",
              "?ret", "sec#", "#ret", "et@host", "12x34"}) {
            CHECK(message.find(part) == std::string::npos);
        }
    }
    CHECK_THAT(message_of("postgresql://ann:secret@host:x/shop"),
               Catch::Contains("\"postgresql://ann:***@host:x/shop\""));
    CHECK_THAT(message_of("ann:secret@host/shop"), Catch::Contains("\"ann:***@host/shop\""));
}

TEST_CASE("a URL that is fine hides passwords in its options too") {
    auto const u = url::parse("postgresql://host/shop?user=ann&password=secret&sslmode=require");
    CHECK(u.without_password() == "postgresql://host/shop?user=ann&password=***&sslmode=require");
}

TEST_CASE("an option is taken once, and what is left over is unknown") {
    auto u = url::parse("sqlite:x.db?mode=ro&cache=private&empty=");
    CHECK(u.take("mode") == "ro");
    CHECK(u.take("mode") == std::nullopt);
    CHECK(u.take("nothing") == std::nullopt);
    CHECK(u.take("empty") == "");
    try {
        u.reject_unknown("mode, busy_timeout");
        FAIL("an option is left");
    } catch (roam::url_error const& e) {
        CHECK(std::string{e.what()} ==
              "the database URL \"sqlite:x.db?cache=private\" has an unknown option 'cache'; "
              "known: mode, busy_timeout");
    }
    CHECK(u.take("cache") == "private");
    CHECK_NOTHROW(u.reject_unknown("mode, busy_timeout"));
}
