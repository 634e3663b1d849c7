// SPDX-License-Identifier: MIT
#include "backend/postgresql/connect.hpp"
#include "postgresql_server.hpp"
#include <roam/backend/postgresql.hpp>

#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>

using namespace roam;
using namespace roam::test::postgresql;
using std::chrono::steady_clock;

namespace {

// As libpq understands what it is given.
std::map<std::string, std::string> parsed(postgresql::options const& how,
                                          std::chrono::seconds timeout) {
    std::map<std::string, std::string> fields;
    auto* const list =
        PQconninfoParse(postgresql::connection_string(how, timeout).c_str(), nullptr);
    REQUIRE(list != nullptr);
    for (auto const* field = list; field->keyword != nullptr; ++field) {
        if (field->val != nullptr)
            fields[field->keyword] = field->val;
    }
    PQconninfoFree(list);
    return fields;
}

postgresql::options options_of(std::string_view url) {
    return postgresql::options_of(backend::url::parse(url));
}

}  // namespace

TEST_CASE("including the header makes postgresql and postgres URLs known") {
    CHECK(backend::driver_for("postgresql").scheme() == "postgresql");
    CHECK(&backend::driver_for("postgres") == &backend::driver_for("postgresql"));
    CHECK(&backend::driver_for_soci("postgresql") == &backend::driver_for("postgresql"));
    CHECK_NOTHROW(postgresql::register_driver());
}

TEST_CASE("libpq is of a version with pipelines and built for threads") {
    CHECK(postgresql::client().version >= 140000);
    CHECK(postgresql::client().thread_safe);
}

TEST_CASE("every option of a URL reaches libpq") {
    auto const fields =
        parsed(options_of("postgresql://ann:secret@db.example:6543/shop?connect_timeout=7"
                          "&application_name=till%201&options=-c%20geqo%3Doff&sslmode=verify-full"
                          "&sslrootcert=/etc/ca.pem&sslcert=/etc/c.pem&sslkey=/etc/k.pem"
                          "&target_session_attrs=primary&keepalives=1&keepalives_idle=2"
                          "&keepalives_interval=3&keepalives_count=4&tcp_user_timeout=5000"),
               std::chrono::seconds{7});
    std::map<std::string, std::string> const expected{
        {"user", "ann"},
        {"password", "secret"},
        {"host", "db.example"},
        {"port", "6543"},
        {"dbname", "shop"},
        {"connect_timeout", "7"},
        {"client_encoding", "UTF8"},
        {"application_name", "till 1"},
        {"options", "-c geqo=off"},
        {"sslmode", "verify-full"},
        {"sslrootcert", "/etc/ca.pem"},
        {"sslcert", "/etc/c.pem"},
        {"sslkey", "/etc/k.pem"},
        {"target_session_attrs", "primary"},
        {"keepalives", "1"},
        {"keepalives_idle", "2"},
        {"keepalives_interval", "3"},
        {"keepalives_count", "4"},
        {"tcp_user_timeout", "5000"},
    };
    CHECK(fields == expected);
}

TEST_CASE("a password of quotes, spaces, backslashes and percent signs reaches libpq unchanged") {
    postgresql::options how;
    how.user = "o'brien";
    how.password = R"( a  'b' "c" \d %41 e=f&g?h/#ü )";
    how.host = "/tmp/a folder";
    auto const text = postgresql::connection_string(how, std::chrono::seconds{1});
    CHECK(text.find_first_of(" '\"\\") == std::string::npos);
    auto const fields = parsed(how, std::chrono::seconds{1});
    CHECK(fields.at("password") == *how.password);
    CHECK(fields.at("user") == how.user);
    CHECK(fields.at("host") == how.host);
}

TEST_CASE("the time to connect is divided among several hosts") {
    postgresql::options how;
    how.host = "a,b,c";
    CHECK(parsed(how, std::chrono::seconds{9}).at("connect_timeout") == "3");
    CHECK(parsed(how, std::chrono::seconds{1}).at("connect_timeout") == "1");
}

TEST_CASE("a URL with an unknown option or an impossible value is a url_error") {
    auto const url =
        GENERATE(as<std::string>{}, "postgresql://h/d?connect_timout=3",
                 "postgresql://h/d?connect_timeout=soon", "postgresql://h/d?connect_timeout=-1",
                 "postgresql://h/d?statement_timeout=99999999999", "postgresql://h/d?sslmode=on",
                 "postgresql://h/d?target_session_attrs=fast", "postgresql://h/d?keepalives=2",
                 "postgresql://h/d?host=other", "postgresql://h/d?password=x");
    CAPTURE(url);
    CHECK_THROWS_AS(options_of(url), url_error);
}

TEST_CASE("a field that cannot work is a usage_error") {
    postgresql::options how;
    how.sslmode = "on";
    CHECK_THROWS_AS(postgresql::make_connector(how), usage_error);
    how.sslmode.clear();
    how.host = std::string{"a\0b", 3};
    CHECK_THROWS_AS(postgresql::make_connector(how), usage_error);
}

TEST_CASE("the description shows no password") {
    auto const made = postgresql::make_connector(options_of("postgresql://ann:secret@h:1/shop"));
    CHECK(made->description() == "postgresql://ann@h:1/shop");
}

TEST_CASE("an error of libpq that quotes the password is shown without it") {
    postgresql::options how;
    how.password = "s3cret/x";
    CHECK(postgresql::without_password("Cannot establish connection to the database.\n"
                                       "invalid s3cret/x or s3cret%2Fx\n\tin the URI\n",
                                       how) == "invalid *** or *** in the URI");
}

TEST_CASE("a deadline that is over is a connection_error without an attempt") {
    auto const made = postgresql::make_connector(options_of("postgresql://h/d"));
    CHECK_THROWS_AS(made->open(steady_clock::now() - std::chrono::seconds{1}), connection_error);
}

TEST_CASE("a server that takes the connection and never answers is given up at the deadline") {
    int const listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    auto const url =
        "postgresql://ann:s3cret@127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/d";
    auto const made = postgresql::make_connector(options_of(url));
    auto const begin = steady_clock::now();
    auto const thrown =
        error_of<connection_error>([&] { made->open(begin + std::chrono::milliseconds{100}); });
    // libpq by itself would take two seconds, the least that it knows.
    CHECK(steady_clock::now() - begin < std::chrono::milliseconds{1500});
    CHECK(steady_clock::now() - begin >= std::chrono::milliseconds{100});
    std::string const message = thrown.what();
    CHECK(message.find("postgresql://ann@127.0.0.1:") != std::string::npos);
    CHECK(message.find("s3cret") == std::string::npos);
    close(listener);
}

TEST_CASE("a server that is not there is a connection_error that names it, not the password") {
    auto const thrown = error_of<connection_error>(
        [] { open_url("postgresql://ann:s3cret@127.0.0.1:1/shop?connect_timeout=2"); });
    std::string const message = thrown.what();
    CHECK(message.find("postgresql://ann@127.0.0.1:1/shop") != std::string::npos);
    CHECK(message.find("s3cret") == std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("a database that does not exist is a connection_error that names it") {
    ROAM_NEEDS_POSTGRESQL();
    auto how = options_of(server_url());
    how.database = "no_such_database";
    auto const thrown = error_of<connection_error>([&] {
        postgresql::make_connector(how)->open(steady_clock::now() + std::chrono::seconds{5});
    });
    CHECK(std::string{thrown.what()}.find("no_such_database") != std::string::npos);
}

TEST_CASE("a connection speaks UTF8, shows its application_name, and drops notices") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open("application_name=roam%20test");
    CHECK(one_text(*on, "SHOW client_encoding") == "UTF8");
    CHECK(one_text(*on, "SHOW application_name") == "roam test");
    CHECK(on->dialect().family == sql::dialect_family::postgresql);
    CHECK(&on->dialect() == &sql::intern(on->dialect()));
    CHECK(on->usable());
    CHECK(on->ping());
    // Seen by hand: without a processor of its own libpq prints this on stderr.
    CHECK_NOTHROW(on->execute("DO $$ BEGIN RAISE WARNING 'nobody shall see this'; END $$"));
}

TEST_CASE("reset_state undoes settings, roles, locks, listening, cursors and temporary tables") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto const prepared = on->prepare("SELECT $1::int + 1");
    on->execute(
        "SET search_path = pg_catalog; SET statement_timeout = 60000; SET DateStyle = German;"
        "SET extra_float_digits = 0; CREATE ROLE roam_reset_test; SET ROLE roam_reset_test;"
        "LISTEN something; SELECT pg_advisory_lock(4711);"
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1");
    on->execute("RESET ROLE; CREATE TEMP TABLE t (x int); SET ROLE roam_reset_test");
    on->reset_state();
    CHECK(one_text(*on, "SHOW search_path") == "\"$user\", public");
    CHECK(one_text(*on, "SHOW statement_timeout") == "0");
    CHECK(one_text(*on, "SHOW DateStyle").starts_with("ISO"));
    CHECK(one_text(*on, "SHOW extra_float_digits") == "3");
    CHECK(one_text(*on, "SHOW role") == "none");
    CHECK(one_integer(*on, "SELECT count(*) FROM pg_listening_channels()") == 0);
    CHECK(one_integer(*on,
                      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                      " AND pid = pg_backend_pid()") == 0);
    CHECK(one_integer(*on, "SELECT count(*) FROM pg_cursors WHERE name = 'c'") == 0);
    CHECK(one_integer(*on,
                      "SELECT count(*) FROM pg_class WHERE relpersistence = 't'"
                      " AND relname = 't' AND pg_table_is_visible(oid)") == 0);
    CHECK(rows_of(*prepared, {integer(1)})[0][0].value.integer == 2);
    on->execute("DROP ROLE roam_reset_test");
}

TEST_CASE("reset_state ends a transaction that was left open, also a read-only one") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("SET default_transaction_read_only = on; BEGIN; SELECT 1");
    CHECK(on->transaction() == backend::transaction_state::active);
    on->reset_state();
    CHECK(on->transaction() == backend::transaction_state::none);
    CHECK(one_text(*on, "SHOW default_transaction_read_only") == "off");
}
