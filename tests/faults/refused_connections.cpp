// SPDX-License-Identifier: MIT
// Connections that cannot be made: the error says why, and never the password.
#include "server.hpp"

using namespace roam::test;

namespace {

constexpr char secret[] = "s3cr3t-w0rd";

/// The server asks this user for a password; the fixture trusts everybody else.
void make_user() {
    roam::database const admin{server_url(), {.max_sessions = 1}};
    auto s = admin.lease();
    s.execute("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'another-word'");
    auto const file = roam::raw<std::string>("SHOW hba_file").one(s);
    std::ifstream in{file};
    std::string const rules{std::istreambuf_iterator<char>{in}, {}};
    if (rules.find("guarded") == std::string::npos) {
        std::ofstream{file} << "host all guarded all scram-sha-256\n" << rules;
    }
    REQUIRE(roam::raw<bool>("SELECT pg_reload_conf()").one(s));
    // The server reads the file when it comes around to it.
    REQUIRE(soon_true([&] {
        return roam::raw<bool>(
                   "SELECT count(*) > 0 FROM pg_hba_file_rules WHERE auth_method = "
                   "'scram-sha-256'")
            .one(s);
    }));
}

roam::connection_error refused(std::string const& url) {
    roam::database_options options;
    options.acquire_timeout = std::chrono::seconds{5};
    roam::database const db{url, options};
    CHECK_THAT(db.name(), !Contains(secret));
    auto const e = caught<roam::connection_error>([&] { db.lease(); });
    REQUIRE(e);
    INFO(e->what());
    CHECK(e->code() == "connection");
    CHECK_THAT(e->what(), !Contains(secret));
    CHECK_THAT(e->what(), Contains(db.name()));
    CHECK(db.counts().size == 0);
    CHECK(db.counts().waiting == 0);
    return *e;
}

}  // namespace

TEST_CASE("a wrong password is a connection_error that does not show it") {
    make_user();
    std::string const url = server_url("guarded:" + std::string{secret});
    REQUIRE(soon_true([&] {  // until the new rules are in force
        return caught<roam::connection_error>([&] { roam::database{url}.lease(); }).has_value();
    }));
    auto const e = refused(url);
    CHECK_THAT(e.what(), Contains("password authentication failed"));
    CHECK_NOTHROW(roam::database{server_url("guarded:another-word")}.lease());
}

TEST_CASE("a port that nobody listens on is a connection_error that does not show the password") {
    refused(server_url("postgres:" + std::string{secret}, "postgres", 1));
}

TEST_CASE("a database that does not exist is a connection_error that names it") {
    auto const e = refused(server_url("postgres:" + std::string{secret}, "no_such_database"));
    CHECK_THAT(e.what(), Contains("no_such_database"));
}

TEST_CASE("a user that does not exist is a connection_error") {
    refused(server_url("nobody_here:" + std::string{secret}));
}

TEST_CASE("an operation on such a database throws the same error, for each of many threads") {
    roam::database_options options;
    options.max_sessions = 2;
    roam::database const db{server_url("postgres:" + std::string{secret}, "postgres", 1), options};
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                refused +=
                    caught<roam::connection_error>([&] { roam::find<entry>(1, db); }).has_value();
            });
        }
    }
    CHECK(refused == 8);
    CHECK(db.counts().size == 0);
}
