// SPDX-License-Identifier: MIT
// What SQLite alone has: one writer among many, snapshots of a file, and memory that is shared.
#include "fixture.hpp"
#include <roam/backend/sqlite.hpp>
#include <roam/session/limit.hpp>

using namespace roam::test;
using namespace std::chrono_literals;
using roam::col;

namespace {

/// A database whose writers wait in a line, with a table and an employee in it.
struct one_writer {
    explicit one_writer(std::size_t sessions, std::string const& more = "")
        : db(where.url() + "?one_writer=on" + more,
             roam::database_options{.max_sessions = sessions, .acquire_timeout = 60s}) {
        roam::create_tables<employee>(db);
        boss = roam::insert(employee{.email = "boss"}, db);
    }
    int visits() const { return roam::get<employee>(boss.id, db).visits; }

    void visit() const {
        roam::transaction tx{db};
        auto e = roam::get<employee>(boss.id);
        ++e.visits;
        roam::update(e);
        tx.commit();
    }

    place where;
    roam::database db;
    employee boss;
};

}  // namespace

TEST_CASE("eight threads that write in turn lose nothing, and none is told that it is busy") {
    if (backend() != "sqlite")
        ROAM_SKIP("only the SQLite backend has a line of writers");
    one_writer c{8};
    int const rounds = static_cast<int>(scaled(2'000, 50));
    CHECK(on_threads(8, [&](int number) {
              for (int i = 0; i < rounds; ++i) {
                  if (number % 2 == 0) {
                      c.visit();
                  } else {
                      roam::insert(employee{.email = "guest"}, c.db);  // autocommit
                  }
              }
          }) == no_errors);
    CHECK(c.visits() == 4 * rounds);
    CHECK(roam::select<employee>().count(c.db) == 4 * rounds + 1);
}

TEST_CASE("writers that give up, fail or end badly leave the turn to the others") {
    if (backend() != "sqlite")
        ROAM_SKIP("only the SQLite backend has a line of writers");
    one_writer c{8};
    int const rounds = static_cast<int>(scaled(400, 20));
    std::atomic<int> added = 0;
    std::atomic<int> stopped = 0;
    CHECK(on_threads(8, [&](int number) {
              for (int i = 0; i < rounds; ++i) {
                  switch ((number + i) % 4) {
                      case 0: {  // rolled back
                          roam::transaction const tx{c.db};
                          roam::insert(employee{.email = "undone"});
                          break;
                      }
                      case 1: {  // its session ends in a foreign thread, in the middle
                          auto s = std::make_unique<roam::session>(c.db.lease());
                          s->execute("BEGIN IMMEDIATE");
                          roam::insert(employee{.email = "undone"}, *s);
                          std::jthread{[&] { s.reset(); }}.join();
                          break;
                      }
                      case 2:
                          try {  // a stop that comes while it waits, or writes, or afterwards
                              std::stop_source source;
                              std::jthread const stopper{[&] { source.request_stop(); }};
                              roam::insert(employee{.email = "guest"},
                                           roam::limit(c.db, source.get_token()));
                              ++added;
                          } catch (roam::cancelled_error const&) {
                              ++stopped;
                          }
                          break;
                      default:
                          roam::insert(employee{.email = "guest"}, c.db);
                          ++added;
                  }
              }
          }) == no_errors);
    CHECK(added + stopped == 4 * rounds);
    CHECK(roam::select<employee>().count(c.db) == added + 1);
    CHECK_NOTHROW(c.visit());
}

TEST_CASE("readers go on while a writer has the turn") {
    if (backend() != "sqlite")
        ROAM_SKIP("only the SQLite backend has a line of writers");
    one_writer c{3};
    roam::transaction tx{c.db};
    roam::insert(employee{.email = "new"});
    std::int64_t seen = 0;
    std::vector<std::string> errors =
        on_threads(1, [&](int) { seen = roam::select<employee>().count(roam::limit(c.db, 5s)); });
    CHECK(errors == no_errors);
    CHECK(seen == 1);
    tx.commit();
}

TEST_CASE("D40: each read scope sees one state while eight threads write") {
    if (backend() != "sqlite")
        ROAM_SKIP("tests/conformance/read_scope.cpp is for all");
    one_writer c{10};
    auto const other = roam::insert(employee{.email = "other"}, c.db);
    std::atomic<int> writing = 8;
    int const rounds = static_cast<int>(scaled(600, 30));
    std::atomic<int> scopes = 0;
    std::atomic<int> torn = 0;
    CHECK(on_threads(10, [&](int number) {
              if (number < 8) {
                  for (int i = 0; i < rounds; ++i) {
                      roam::transaction tx{c.db};  // both have always the same number of visits
                      for (auto const id : {c.boss.id, other.id}) {
                          auto e = roam::get<employee>(id);
                          ++e.visits;
                          roam::update(e);
                      }
                      tx.commit();
                  }
                  --writing;
                  return;
              }
              do {
                  roam::read_scope const here{c.db, {.max_age = 60s}};
                  auto const first = roam::get<employee>(c.boss.id).visits;
                  std::this_thread::yield();
                  torn += roam::get<employee>(other.id).visits != first;
                  ++scopes;
              } while (writing > 0);
          }) == no_errors);
    CHECK(torn == 0);
    CHECK(scopes >= 2);
    CHECK(c.visits() == 8 * rounds);
}

TEST_CASE("sixteen sessions of a pool open a new file at once, and none is told that it is busy") {
    if (backend() != "sqlite")
        ROAM_SKIP("a server has its files open already");
    int const rounds = static_cast<int>(scaled(100, 5));
    for (int round = 0; round < rounds; ++round) {
        place const where;
        auto const db = where.open(16);
        std::barrier all_have_one{16};
        CHECK(on_threads(16, [&](int) {
                  try {
                      auto const session = db.lease();
                      all_have_one.arrive_and_wait();
                  } catch (...) {
                      all_have_one.arrive_and_drop();
                      throw;
                  }
              }) == no_errors);
        CHECK(db.counts().opened == 16);
        auto const mode = roam::raw<std::string>("PRAGMA journal_mode").one(db);
        CHECK(mode == "wal");
    }
}

TEST_CASE("D31: threads share a memory database, and wait for each other's locks") {
    if (backend() != "sqlite")
        ROAM_SKIP("only SQLite has one");
    REQUIRE(roam::sqlite::threading_report().memory_databases_can_be_shared);
    roam::database const db{"sqlite::memory:", {.max_sessions = 8}};
    roam::create_tables<employee>(db);
    int const rounds = static_cast<int>(scaled(2'000, 50));
    CHECK(on_threads(8, [&](int number) {
              for (int i = 0; i < rounds; ++i) {
                  roam::insert(employee{.email = std::to_string(number), .visits = i}, db);
                  roam::select<employee>().where(col<&employee::visits> == i).count(db);
              }
          }) == no_errors);
    CHECK(roam::select<employee>().count(db) == 8 * rounds);
}
