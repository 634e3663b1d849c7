// SPDX-License-Identifier: MIT
// Options, URLs, the settings of a connection, threads and signals.
#include "backend/mysql/connect.hpp"
#include "mysql_server.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include <csignal>
#include <thread>

namespace backend = roam::backend;
namespace mysql = roam::mysql;
using namespace roam::test::mysql;

namespace {

mysql::options from(std::string_view text) { return mysql::options_of(backend::url::parse(text)); }

/// The counts, once nobody but this thread is in the library: the one that made a connection ends
/// a moment after it was made.
mysql::client_facts settled() {
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    auto now = mysql::client();
    while (now.threads_begun - now.threads_ended > 1 &&
           std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        now = mysql::client();
    }
    return now;
}

}  // namespace

TEST_CASE("a URL names the server, the user and the options") {
    auto const o = from(
        "mysql://ann:se%27cret@db:3307/shop?connect_timeout=3&statement_timeout=250&sslca=/ca.pem");
    CHECK(o.host == "db");
    CHECK(o.port == "3307");
    CHECK(o.user == "ann");
    CHECK(o.password == "se'cret");
    CHECK(o.database == "shop");
    CHECK(o.connect_timeout == std::chrono::seconds{3});
    CHECK(o.statement_timeout == std::chrono::milliseconds{250});
    CHECK(o.sslca == "/ca.pem");
    CHECK(mysql::description_of(o) == "mysql://ann@db:3307/shop");
    CHECK(mysql::connection_string(o, std::chrono::seconds{3}) ==
          "host='db' port='3307' user='ann' password='se\\'cret' db='shop' charset='utf8mb4' "
          "connect_timeout='3' sslca='/ca.pem'");
}

TEST_CASE("a URL that cannot work is a url_error that says what is wrong") {
    for (std::string_view const text :
         {"mysql://db/shop?colour=red", "mysql://db/shop?connect_timeout=soon",
          "mysql://db/shop?statement_timeout=-1", "mysql://db/shop?socket=/tmp/x",
          "mysql://db:99999/shop", "mysql://db/shop?sslkey=/k"}) {
        INFO(text);
        CHECK_THROWS_AS(from(text), roam::url_error);
    }
    CHECK_THROWS_WITH(from("mysql://db/shop?colour=red"), Catch::Contains("connect_timeout"));
    mysql::options negative;
    negative.statement_timeout = std::chrono::milliseconds{-1};
    CHECK_THROWS_AS(mysql::make_connector(negative), roam::usage_error);
}

TEST_CASE("the password is in no message") {
    mysql::options o;
    o.password = "geheim";
    CHECK(mysql::without_password("user 'geheim' and geheim", o) == "user '***' and ***");
    ROAM_NEEDS_MYSQL();
    std::string url = server_url();
    url.replace(url.find("root@"), 5, "nobody:geheim@");
    auto const e = error_of<roam::connection_error>([&] { open_url(url); });
    CHECK_THAT(e.what(), Catch::StartsWith("cannot connect to mysql://nobody@") &&
                             !Catch::Contains("geheim"));
}

TEST_CASE("a connection speaks UTF-8, UTC, compares bytes and refuses what does not fit") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    CHECK(c->dialect().family == roam::sql::dialect_family::mariadb);
    CHECK(c->dialect().can(roam::sql::capability::returning));
    CHECK(one(*c, "SELECT @@time_zone") == "text '+00:00'");
    CHECK(rows_of(*c, "SELECT 'a' = 'A', 'a' = 'a ', 'é' = 'e'") ==
          std::vector<shown_row>{{"integer 0", "integer 0", "integer 0"}});
    c->execute("CREATE TEMPORARY TABLE narrow (n tinyint NOT NULL, t varchar(2))");
    CHECK_THROWS_AS(run(*c, "INSERT INTO narrow VALUES (?, 'x')", {integer(300)}),
                    roam::conversion_error);
    CHECK_THROWS_AS(run(*c, "INSERT INTO narrow VALUES (1, 'xyz')"), roam::conversion_error);
    CHECK_THROWS_AS(run(*c, "INSERT INTO narrow (t) VALUES ('x')"), roam::not_null_error);
}

TEST_CASE("an adopted session keeps its settings, and Roam's statements leave nothing in it") {
    ROAM_NEEDS_MYSQL();
    auto const where = from(server_url());
    soci::session theirs{*soci::factory_mysql(),
                         mysql::connection_string(where, std::chrono::seconds{10})};
    theirs << "SET time_zone = '-05:00'";
    {
        auto const c = backend::driver_for_soci("mysql").adopt(theirs);
        CHECK(one(*c, "SELECT @@time_zone") == "text '-05:00'");
        CHECK(one(*c, "SELECT 41 + ?", {integer(1)}) == "integer 42");
        theirs.reconnect();
        CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::session_closed_error);
    }
    int open = -1;
    std::string name;
    theirs << "SHOW SESSION STATUS LIKE 'Prepared_stmt_count'", soci::into(name), soci::into(open);
    CHECK(open == 0);
}

TEST_CASE("a session in another character set is not adopted") {
    ROAM_NEEDS_MYSQL();
    auto text = mysql::connection_string(from(server_url()), std::chrono::seconds{10});
    text.replace(text.find("utf8mb4"), 7, "latin1");
    soci::session theirs{*soci::factory_mysql(), text};
    CHECK_THROWS_AS(backend::driver_for_soci("mysql").adopt(theirs), roam::unsupported_error);
}

TEST_CASE("each thread that touches a session is announced once, and its end too") {
    ROAM_NEEDS_MYSQL();
    auto const c = open();
    auto const before = settled();
    CHECK(before.thread_safe);
    for (int i = 0; i < 5; ++i) {
        std::thread{[&] {
            CHECK(one(*c, "SELECT 1") == "integer 1");
            CHECK(one(*c, "SELECT 2") == "integer 2");
        }}.join();
    }
    auto const after = settled();
    CHECK(after.threads_begun - before.threads_begun == 5);
    CHECK(after.threads_ended - before.threads_ended == 5);
    std::thread{[] {}}.join();
    CHECK(mysql::client().threads_begun == after.threads_begun);
}

TEST_CASE("a thread that ends with its statement unread is announced as ended all the same") {
    ROAM_NEEDS_MYSQL();
    open();  // announces this thread
    auto const before = settled();
    std::unique_ptr<backend::connection> c;
    std::unique_ptr<backend::statement> left;
    std::thread{[&] {
        c = open();
        left = c->prepare("SELECT 1");
        left->start({});
    }}.join();
    // The thread that connects for it is one as well.
    auto const after = settled();
    CHECK(after.threads_begun - before.threads_begun == 2);
    CHECK(after.threads_ended - before.threads_ended == 2);
    left.reset();
    c.reset();
    CHECK(mysql::client().threads_ended == after.threads_ended);
}

TEST_CASE("SIGPIPE is handled as the program said, before and after a link breaks") {
    ROAM_NEEDS_MYSQL();
    struct sigaction now{};
    auto const c = open();
    sigaction(SIGPIPE, nullptr, &now);
    CHECK(now.sa_handler == SIG_DFL);
    auto const number = number_of(*c);
    open()->execute("KILL " + number);
    for (int i = 0; i < 3; ++i)  // the second write to a closed socket would raise it
        CHECK_THROWS_AS(c->execute("SELECT 1"), roam::connection_lost_error);
    CHECK_FALSE(c->usable());
    sigaction(SIGPIPE, nullptr, &now);
    CHECK(now.sa_handler == SIG_DFL);
}
