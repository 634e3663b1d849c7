// SPDX-License-Identifier: MIT
// SQLite's threading modes. What is settled once per process is tried in processes of its own: the
// hidden test cases, which run_alone() starts.
#include "backend/sqlite/process.hpp"
#include "one_thread.hpp"
#include "sqlite_fixture.hpp"
#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/child.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

using namespace roam::test;
using Catch::Matchers::Contains;
using roam::sqlite::threading_mode;

namespace {

bool has_mutex(roam::backend::connection& on) {
    return sqlite3_db_mutex(static_cast<sqlite3*>(on.native_handle())) != nullptr;
}

roam::sqlite::options with(threading_mode mode) {
    roam::sqlite::options how;
    how.threading = mode;
    return how;
}

/// A connection that the options and a URL of the same meaning open.
bool has_mutex(std::string const& url) {
    auto const where = roam::backend::url::parse(url);
    return has_mutex(*roam::backend::sqlite_driver().configure(where)->open(soon()));
}

}  // namespace

TEST_CASE("hidden: settings that come in time are in force", "[.]") {
    auto const before = roam::sqlite::threading_report();
    CHECK_FALSE(before.too_late);
    CHECK_FALSE(before.asked);
    CHECK(before.memory_statistics);
    CHECK(before.in_force == before.built);

    roam::sqlite::configure_process({.threading = threading_mode::multi_thread});
    auto const configured = roam::sqlite::threading_report();
    CHECK_FALSE(configured.too_late);
    CHECK(configured.asked == threading_mode::multi_thread);
    CHECK(configured.in_force == threading_mode::multi_thread);
    CHECK_FALSE(configured.memory_statistics);
    CHECK_THAT(to_string(configured), Contains("asked for by configure_process()"));

    CHECK_FALSE(has_mutex(*open(":memory:")));
    CHECK(has_mutex(*open(":memory:", with(threading_mode::serialized))));
    auto const after = roam::sqlite::threading_report();
    CHECK(after.too_late);
    CHECK(after.in_force == threading_mode::multi_thread);
    CHECK_FALSE(after.memory_statistics);
    CHECK(sqlite3_memory_used() == 0);
}

TEST_CASE("hidden: what SQLite itself was told is seen once it is initialised", "[.]") {
    REQUIRE(sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK);
    REQUIRE(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    REQUIRE(sqlite3_initialize() == SQLITE_OK);
    auto const facts = roam::sqlite::threading_report();
    CHECK(facts.too_late);
    CHECK_FALSE(facts.asked);
    CHECK(facts.in_force == threading_mode::multi_thread);
    CHECK_FALSE(facts.memory_statistics);
}

TEST_CASE("hidden: without locks a second thread is refused before it reaches SQLite", "[.]") {
    roam::sqlite::configure_process({.threading = threading_mode::single_thread});
    folder const here;
    // The one that chose so is the first, though it has opened nothing yet.
    roam::database const early{"sqlite:" + here.file("early.db")};
    CHECK(is_refused_elsewhere("configure_process()", [&] { early.lease(); }));
    CHECK_FALSE(roam::sqlite::threading_report().too_late);
    CHECK_FALSE(std::filesystem::exists(here.file("early.db")));

    // Nor does the pool's own thread come in.
    roam::database const db{"sqlite:" + here.file("x.db"),
                            {.min_idle = 1, .tend_every = std::chrono::milliseconds{1}}};
    roam::create_tables<thing>(db);
    CHECK(roam::sqlite::threading_report().in_force == threading_mode::single_thread);
    CHECK(is_refused_elsewhere("configure_process()", [&] { roam::insert(thing{}, db); }));

    // Nor one that is handed a session.
    auto parcel = db.lease().detach();
    CHECK(is_refused_elsewhere("configure_process()", [&] {
        auto mine = parcel.attach();
        roam::insert(thing{}, mine);
    }));
    CHECK(parcel.attach().id() != 0);
    auto const facts = roam::sqlite::threading_report();
    CHECK(facts.of_connection(threading_mode::serialized) == threading_mode::single_thread);

    // The first goes on, on the connection that it had.
    CHECK(roam::insert(thing{.count = 1}, db).id == 1);
    CHECK(db.counts().opened == 1);
    CHECK(db.counts().closed == 0);
}

TEST_CASE("hidden: without locks a connection with locks is refused", "[.]") {
    roam::sqlite::configure_process({.threading = threading_mode::single_thread});
    auto const e =
        caught<roam::unsupported_error>([] { open(":memory:", with(threading_mode::serialized)); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("threading=serialized"));
}

TEST_CASE("D23: process-wide settings are for the time before the first database") {
    CHECK(run_alone("hidden: settings that come in time are in force") == 0);
    CHECK(run_alone("hidden: what SQLite itself was told is seen once it is initialised") == 0);
}

TEST_CASE("a process without locks lets one thread into SQLite") {
    CHECK(run_alone("hidden: without locks a second thread is refused before it reaches SQLite") ==
          0);
    CHECK(run_alone("hidden: without locks a connection with locks is refused") == 0);
}

TEST_CASE("settings that come too late are refused, and the report knows that they would be") {
    open(":memory:");
    auto const e = caught<roam::too_late_error>([] { roam::sqlite::configure_process(); });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("initialised already"));
    CHECK_THROWS_AS(roam::sqlite::configure_process({.threading = threading_mode::single_thread}),
                    roam::too_late_error);

    auto const facts = roam::sqlite::threading_report();
    CHECK(facts.too_late);
    CHECK_FALSE(facts.asked);
    CHECK(facts.library_version.substr(0, 2) == "3.");
    CHECK(facts.in_force <= facts.built);
    CHECK(facts.memory_statistics);
}

TEST_CASE("the report as text has each fact on a line of its own") {
    roam::sqlite::threading_facts facts;
    facts.library_version = "3.40.1";
    facts.compile_options = {"SYSTEM_MALLOC", "THREADSAFE=1"};
    facts.memory_databases_can_be_shared = true;
    CHECK(to_string(facts) ==
          "SQLite                3.40.1\n"
          "compiled for          serialized (SYSTEM_MALLOC, THREADSAFE=1)\n"
          "process               serialized, as compiled\n"
          "memory statistics     on: each allocation takes a lock of the whole process\n"
          "can be changed        yes\n"
          "connection            multi_thread; with threading=serialized serialized\n"
          "memory database       shared by sessions\n");
    facts.asked = facts.in_force = threading_mode::single_thread;
    facts.memory_statistics = false;
    facts.too_late = true;
    facts.memory_databases_can_be_shared = false;
    CHECK(to_string(facts) ==
          "SQLite                3.40.1\n"
          "compiled for          serialized (SYSTEM_MALLOC, THREADSAFE=1)\n"
          "process               single_thread, asked for by configure_process()\n"
          "memory statistics     off\n"
          "can be changed        no: SQLite is initialised\n"
          "connection            single_thread; with threading=serialized single_thread\n"
          "memory database       has one session\n");
}

TEST_CASE("the report tells what SQLite was compiled with") {
    auto const facts = roam::sqlite::threading_report();
    auto const wanted = "THREADSAFE=" + std::to_string(sqlite3_threadsafe());
    CHECK(std::count(facts.compile_options.begin(), facts.compile_options.end(), wanted) == 1);
}

TEST_CASE("the gate of a library without locks lets in the thread that it is for, and no other") {
    roam::sqlite::detail::thread_gate const gate{threading_mode::single_thread};
    CHECK_FALSE(gate.has_locks());
    CHECK(gate.admits_caller());
    CHECK_NOTHROW(gate.check_caller());
    bool admitted = true;
    bool refused = false;
    in_another_thread([&] {
        admitted = gate.admits_caller();
        refused = caught<roam::unsupported_error>([&] { gate.check_caller(); }).has_value();
    });
    CHECK_FALSE(admitted);
    CHECK(refused);

    std::optional<roam::sqlite::detail::thread_gate> theirs;
    in_another_thread([&] { theirs.emplace(threading_mode::single_thread); });
    CHECK_FALSE(theirs->admits_caller());
}

TEST_CASE("the gate of a library with locks lets every thread in") {
    for (auto const mode : {threading_mode::multi_thread, threading_mode::serialized}) {
        roam::sqlite::detail::thread_gate const gate{mode};
        bool admitted = false;
        in_another_thread([&] { admitted = gate.has_locks() && gate.admits_caller(); });
        CHECK(admitted);
    }
}

TEST_CASE("a connection has a lock of its own when its database asks for it") {
    CHECK_FALSE(has_mutex("sqlite::memory:"));
    CHECK_FALSE(has_mutex("sqlite::memory:?threading=multi_thread"));
    CHECK(has_mutex("sqlite::memory:?threading=serialized"));
    CHECK_FALSE(has_mutex(*open(":memory:")));
    CHECK(has_mutex(*open(":memory:", with(threading_mode::serialized))));

    auto const e =
        caught<roam::url_error>([] { roam::database{"sqlite::memory:?threading=single_thread"}; });
    REQUIRE(e);
    CHECK_THAT(e->what(), Contains("multi_thread, serialized"));
    CHECK_THROWS_AS(roam::sqlite::make_connector(":memory:", with(threading_mode::single_thread)),
                    roam::usage_error);
}

TEST_CASE("a serialized connection works as any other, also beside its native handle's user") {
    auto const on = open(":memory:", with(threading_mode::serialized));
    on->execute("create table t(a); insert into t values (1)");
    auto* const db = static_cast<sqlite3*>(on->native_handle());
    int failed_there = 0;
    std::thread other{[&] {
        for (int i = 0; i < 200; ++i)
            failed_there +=
                sqlite3_exec(db, "update t set a = a + 1", nullptr, nullptr, nullptr) != 0;
    }};
    int failed = 0;
    auto const read = on->prepare("select a from t");
    for (int i = 0; i < 200; ++i) {
        cell row;
        read->start({});
        failed += !read->fetch(&row) || row.integer < 1;
        read->finish();
    }
    other.join();
    CHECK(failed == 0);
    CHECK(failed_there == 0);
    CHECK(value(*on, "select a from t") == "201");
}
