// SPDX-License-Identifier: MIT
// Options, URLs, files, adopted sessions, resets, forks, and changes of tables beside other
// sessions.
#include "backend/firebird/connect.hpp"
#include "firebird_file.hpp"

#include <support/child.hpp>

#include <soci/firebird/soci-firebird.h>
#include <soci/soci.h>

#include <atomic>
#include <thread>
#include <vector>

namespace backend = roam::backend;
namespace firebird = roam::firebird;
using namespace roam::test::firebird;
using namespace std::chrono_literals;

namespace {

firebird::options from(std::string_view text) {
    return firebird::options_of(backend::url::parse(text));
}

}  // namespace

TEST_CASE("a URL names a file, or a server with a file or an alias") {
    auto const local = from("firebird:shop.fdb?user=ann&password=secret&create=no&lock_timeout=2");
    CHECK(local.host.empty());
    CHECK(local.path == "shop.fdb");
    CHECK(local.user == "ann");
    CHECK(local.password == "secret");
    CHECK_FALSE(local.create);
    CHECK(local.lock_timeout == 2s);
    CHECK(firebird::description_of(local) == "firebird:shop.fdb");
    auto const remote = from("firebird://ann:secret@db:3051//var/shop.fdb?role=clerk");
    CHECK(remote.path == "/var/shop.fdb");
    CHECK(firebird::attachment_name(remote) == "db/3051:/var/shop.fdb");
    CHECK(firebird::connection_string(remote) ==
          "service=\"db/3051:/var/shop.fdb\" user=\"ann\" password=\"secret\" role=\"clerk\" "
          "charset=\"UTF8\"");
    CHECK(firebird::description_of(remote) == "firebird://ann@db:3051//var/shop.fdb");
    CHECK(firebird::attachment_name(from("firebird://db/employee")) == "db:employee");
}

TEST_CASE("a URL that cannot work is a url_error that says what is wrong") {
    for (std::string_view const text :
         {"firebird:", "firebird:x.fdb?colour=red", "firebird:x.fdb?create=perhaps",
          "firebird:x.fdb?lock_timeout=soon", "firebird:x.fdb?lock_timeout=-1",
          "firebird:x.fdb?lock_timeout=32768", "firebird:x.fdb?statement_timeout=-1",
          "firebird:x%22y.fdb", "firebird://db:99999/x", "firebird://db/x?create=no",
          "firebird://ann@db/x?user=bob"}) {
        INFO(text);
        CHECK_THROWS_AS(from(text), roam::url_error);
    }
    CHECK_THROWS_WITH(from("firebird:x.fdb?colour=red"), Catch::Contains("lock_timeout"));
    firebird::options wrong{.path = "x.fdb"};
    wrong.statement_timeout = -1ms;
    CHECK_THROWS_AS(firebird::make_connector(wrong), roam::usage_error);
    CHECK_THROWS_AS(firebird::make_connector({}), roam::usage_error);
}

TEST_CASE("the password is in no message") {
    firebird::options o;
    o.password = "geheim";
    CHECK(firebird::without_password("user 'geheim' and geheim", o) == "user '***' and ***");
}

TEST_CASE("a file that is missing is made, unless create=no") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const e = error_of<roam::connection_error>([&] { f.open("?create=no"); });
    CHECK_THAT(e.what(), Catch::StartsWith("cannot connect to firebird:" + f.path + ": "));
    CHECK_FALSE(std::filesystem::exists(f.path));
    auto const c = f.open();
    CHECK(one(*c, "SELECT rdb$character_set_name FROM rdb$database").starts_with("text 'UTF8"));
    CHECK(one(*c, "SELECT mon$page_size FROM mon$database") == "integer 16384");
    CHECK(one(*f.open("?create=no"), "SELECT 1 FROM rdb$database") == "integer 1");
}

TEST_CASE("threads that find no file make one together") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    std::atomic<int> opened = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { opened += f.open()->ping(); });
    }
    CHECK(opened == 4);
}

TEST_CASE("what is no database is a connection_error that says so") {
    ROAM_NEEDS_FIREBIRD();
    std::string const here = folder();
    CHECK_THROWS_AS(open_url("firebird:" + here + "/no/such/folder/x.fdb"), roam::connection_error);
    CHECK_THROWS_AS(open_url("firebird:" + here), roam::connection_error);
}

TEST_CASE("a server that is not there is a connection_error before the deadline") {
    auto const there = backend::driver_for("firebird")
                           .configure(backend::url::parse("firebird://ann:geheim@127.0.0.1:1/x"));
    auto const start = std::chrono::steady_clock::now();
    auto const e = error_of<roam::connection_error>([&] { there->open(start + 2s); });
    CHECK_THAT(e.what(), Catch::StartsWith("cannot connect to firebird://ann@127.0.0.1:1/x: ") &&
                             !Catch::Contains("geheim"));
    CHECK(std::chrono::steady_clock::now() - start < 4s);
    CHECK_THROWS_AS(there->open(start), roam::connection_error);
}

TEST_CASE("an adopted session is used beside SOCI, and Roam sees when it is taken away") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const owned = f.open();
    owned->execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    soci::session theirs{*soci::factory_firebird(),
                         firebird::connection_string(from("firebird:" + f.path))};
    auto const c = backend::driver_for_soci("firebird").adopt(theirs);
    CHECK(one(*c, "SELECT 41 + CAST(? AS int) FROM rdb$database", {integer(1)}) == "integer 42");
    int found = 0;
    theirs << "SELECT a FROM t", soci::into(found);
    theirs.commit();
    CHECK(found == 1);
    // A neighbour's statement on the table does not hold its change up, nor the other way round.
    auto const idle = owned->prepare("SELECT a FROM t");
    c->execute("ALTER TABLE t ADD b int");
    CHECK(rows_of(*idle) == std::vector<shown_row>{{"integer 1"}});
    c->reset_state();
    CHECK(one(*c, "SELECT count(*) FROM t") == "integer 1");
    theirs.reconnect();
    CHECK_THROWS_AS(c->prepare("SELECT 1 FROM rdb$database"), roam::session_closed_error);
}

TEST_CASE("a session of another backend is not adopted") {
    ROAM_NEEDS_FIREBIRD();
    soci::session closed;
    CHECK_THROWS_AS(backend::driver_for_soci("firebird").adopt(closed), roam::usage_error);
}

TEST_CASE("a reset undoes what the session was told, and statements go on") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const c = f.open();
    auto const s = c->prepare("SELECT rdb$get_context('USER_SESSION', 'mine') FROM rdb$database");
    run(*c, "SELECT rdb$set_context('USER_SESSION', 'mine', 7) FROM rdb$database");
    CHECK(rows_of(*s) == std::vector<shown_row>{{"text '7'"}});
    c->execute("CREATE TABLE t (a int)");
    c->execute("SET TRANSACTION");
    run(*c, "INSERT INTO t VALUES (1)");
    c->reset_state();
    CHECK(c->transaction() == backend::transaction_state::none);
    CHECK(rows_of(*s) == std::vector<shown_row>{{"null"}});
    CHECK(one(*c, "SELECT count(*) FROM t") == "integer 0");
}

TEST_CASE("a forked child drops its parent's connection, and the parent's transaction goes on") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto c = f.open("?statement_timeout=5000");  // with a watchdog's thread
    c->execute("CREATE TABLE t (a int)");
    c->execute("SET TRANSACTION");
    run(*c, "INSERT INTO t VALUES (1)");
    CHECK(roam::test::in_a_child([&] {
              c->cancel();
              c->abandon();
              c->cancel();
              bool const usable = c->usable();
              c.reset();
              return usable ? 1 : 0;
          }) == 0);
    run(*c, "INSERT INTO t VALUES (2)");
    c->commit();
    CHECK(one(*f.open(), "SELECT count(*) FROM t") == "integer 2");
}

TEST_CASE("tables are changed while other sessions keep statements on them") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const a = f.open();
    auto const b = f.open();
    a->execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    auto const of_a = a->prepare("SELECT a FROM t");
    auto const of_b = b->prepare("SELECT a FROM t");
    CHECK(rows_of(*of_b) == std::vector<shown_row>{{"integer 1"}});
    a->execute("ALTER TABLE t ADD b int DEFAULT 5 NOT NULL");
    CHECK(rows_of(*of_a) == std::vector<shown_row>{{"integer 1"}});
    CHECK(rows_of(*of_b) == std::vector<shown_row>{{"integer 1"}});
    b->execute("DROP TABLE t");
    CHECK_THROWS_AS(rows_of(*of_a), roam::missing_table_error);
}

TEST_CASE("a statement that another session is reading holds a change of its table up, as busy") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const a = f.open("?lock_timeout=1");
    auto const b = f.open();
    a->execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    auto const reading = b->prepare("SELECT a FROM t", backend::row_mode::streamed);
    reading->start({});
    cell row[1];
    CHECK(reading->fetch(row));
    CHECK(error_of<roam::busy_error>([&] { a->execute("DROP TABLE t"); }).connection_usable());
    CHECK(reading->fetch(row));
    reading->finish();
    a->execute("DROP TABLE t");
}

TEST_CASE("many sessions make and drop tables at once, one after the other") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    f.open();
    std::atomic<int> rows = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, name = "t" + std::to_string(i)] {
                auto const c = f.open("?lock_timeout=30");
                for (int round = 0; round < 3; ++round) {
                    c->execute("CREATE TABLE " + name + " (a int)");
                    rows += static_cast<int>(run(*c, "INSERT INTO " + name + " VALUES (1)"));
                    c->execute("DROP TABLE " + name);
                }
            });
        }
    }
    CHECK(rows == 12);
}

TEST_CASE("a change of tables that is not committed keeps the next one waiting, as busy") {
    ROAM_NEEDS_FIREBIRD();
    file const f;
    auto const a = f.open();
    auto const b = f.open("?lock_timeout=0");
    a->execute("SET TRANSACTION; CREATE TABLE t (a int)");
    CHECK_THROWS_AS(b->execute("CREATE TABLE u (a int)"), roam::busy_error);
    a->execute("ROLLBACK");
    b->execute("CREATE TABLE u (a int)");
    CHECK_THROWS_AS(a->prepare("SELECT a FROM t"), roam::missing_table_error);
}
