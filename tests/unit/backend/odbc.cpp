// SPDX-License-Identifier: MIT
// URLs, connection strings, refusals: what needs no server, or only a driver.
#include "backend/odbc/attributes.hpp"
#include "backend/odbc/connect.hpp"
#include "odbc_server.hpp"

#include <soci/odbc/soci-odbc.h>
#include <soci/soci.h>

#include <string>
#include <string_view>

namespace backend = roam::backend;
namespace odbc = roam::odbc;
using roam::test::odbc::error_of;
using roam::test::odbc::open_url;

namespace {

odbc::options from(std::string_view text) { return odbc::options_of(backend::url::parse(text)); }

std::string description_of(std::string_view text) {
    return odbc::make_connector(from(text))->description();
}

}  // namespace

TEST_CASE("a URL holds ODBC's connection string and Roam's options") {
    auto const o = from("odbc:Driver={My driver};Pwd=a%3Fb?connect_timeout=3&statement_timeout=50");
    CHECK(o.connection_string == "Driver={My driver};Pwd=a?b");
    CHECK(o.connect_timeout == std::chrono::seconds{3});
    CHECK(o.statement_timeout == std::chrono::milliseconds{50});
    CHECK_THROWS_WITH(from("odbc:DSN=shop?colour=red"), Catch::Contains("connect_timeout"));
    CHECK_THROWS_AS(from("odbc:DSN=shop?connect_timeout=soon"), roam::url_error);
    CHECK_THROWS_AS(from("odbc:shop"), roam::url_error);
}

TEST_CASE("a connection string that cannot work is refused before anything is opened") {
    auto const refused = [](std::string_view text) {
        auto const where = backend::url::parse(text);
        auto const thrown =
            error_of<roam::url_error>([&] { backend::driver_for(where.scheme).configure(where); });
        return std::string{thrown.what()};
    };
    CHECK_THAT(refused("odbc:Server=x"), Catch::Contains("neither a Driver nor a DSN"));
    CHECK_THAT(refused("odbc:DSN=x;Pwd"), Catch::Contains("part 2"));
    CHECK_THAT(refused("odbc:DSN=x;Pwd={secret"),
               Catch::Contains("'{'") && !Catch::Contains("secret"));
    CHECK_THAT(refused("odbc:DSN=x;Option=many"), Catch::Contains("Option"));
}

TEST_CASE("attributes keep their values, in braces where they need them") {
    auto list = odbc::attribute_list::parse("Driver={a;b}}c}; DSN = shop ;;PWD={ }");
    REQUIRE(list.find("driver") != nullptr);
    CHECK(*list.find("driver") == "a;b}c");
    CHECK(*list.find("dsn") == "shop");
    CHECK(list.find("Server") == nullptr);
    CHECK(list.text() == "Driver={a;b}}c};DSN=shop;PWD={ };");
    list.set("dsn", "other");
    list.set_default("DSN", "third");
    CHECK(*list.find("DSN") == "other");
}

TEST_CASE("what Roam needs of the drivers is added, and a flag that is set stays") {
    odbc::options how;
    how.connection_string = "DSN=shop;Option=4;Timeout=7;LFConversion=1";
    auto const list = odbc::attributes_of(how);
    CHECK(*list.find("Option") == "67108870");
    CHECK(*list.find("Timeout") == "7");
    CHECK(*list.find("LFConversion") == "0");
    CHECK(*list.find("BoolsAsChar") == "0");
}

TEST_CASE("the password is in no description and no message") {
    CHECK(description_of("odbc:Driver=/x.so;Uid=ann;PWD={se cret}") ==
          "odbc:Driver=/x.so;Uid=ann;PWD=***");
    auto const e = error_of<roam::connection_error>(
        [] { open_url("odbc:Driver=/nowhere/driver.so;Uid=ann;Password=secret"); });
    CHECK_THAT(e.what(), !Catch::Contains("secret"));
    CHECK(backend::url::parse("odbc:DSN=x;Pwd=secret").without_password() == "odbc:DSN=x;Pwd=***");
}

TEST_CASE("a wrong driver is a connection error that names it") {
    auto const by_file =
        error_of<roam::connection_error>([] { open_url("odbc:Driver=/nowhere/psqlodbcw.so"); });
    CHECK_THAT(by_file.what(), Catch::Contains("/nowhere/psqlodbcw.so") &&
                                   Catch::StartsWith("cannot connect to odbc:"));
    auto const by_name =
        error_of<roam::connection_error>([] { open_url("odbc:Driver=No such driver"); });
    CHECK_THAT(by_name.what(), Catch::Contains("No such driver"));
    auto const by_source = error_of<roam::connection_error>([] { open_url("odbc:DSN=nowhere"); });
    CHECK_THAT(by_source.what(), Catch::Contains("nowhere"));
}

TEST_CASE("a SOCI session of ODBC is not adopted, and the refusal says what to do") {
    roam::test::odbc::engine const e{"SQLite"};
    if (!e.is_there())
        ROAM_SKIP("ROAM_TEST_ODBC_SQLITE_URL is not set");
    auto const text = odbc::attributes_of(from(e.url())).text();
    soci::session theirs{*soci::factory_odbc(), text};
    auto const refused =
        error_of<roam::unsupported_error>([&] { backend::driver_for_soci("odbc").adopt(theirs); });
    CHECK_THAT(refused.what(), Catch::Contains("soci()"));
    int one = 0;
    theirs << "SELECT 1", soci::into(one);
    CHECK(one == 1);
}
