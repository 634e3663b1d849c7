// SPDX-License-Identifier: MIT
// pooler=transaction: the types that the server told once, and tables that change afterwards.
#include "postgresql_pooler.hpp"
#include <roam/roam.hpp>

#include <string>

using namespace roam;
using namespace roam::test::postgresql;

namespace {

struct point {
    int x = 0;
    int y = 0;
    bool operator==(point const&) const = default;
};

/// A table that is dropped again, and a connection that keeps statements on it.
struct changing {
    changing() { on->execute("DROP TABLE IF EXISTS changing; CREATE TABLE changing (x int)"); }
    ~changing() { by_another("DROP TABLE IF EXISTS changing"); }
    changing(changing const&) = delete;
    changing& operator=(changing const&) = delete;

    static void by_another(std::string const& sql) { open()->execute(sql); }

    std::unique_ptr<backend::connection> on = open("pooler=transaction");
};

std::int64_t rows_in(backend::connection& on) {
    return one_integer(on, "SELECT count(*) FROM changing");
}

}  // namespace

TEST_CASE("with a pooler a column that changed its type is read as what it is now") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    run(*c.on, "INSERT INTO changing VALUES (7)");
    auto const kept = c.on->prepare("SELECT x FROM changing");
    CHECK(rows_of(*kept)[0][0].value.integer == 7);
    c.by_another("ALTER TABLE changing ALTER x TYPE float8");
    CHECK(rows_of(*kept)[0][0].value.real == 7.0);
    c.by_another("ALTER TABLE changing ALTER x TYPE text");
    CHECK(rows_of(*kept)[0][0].bytes == "7");
}

TEST_CASE("with a pooler a column whose new type is unknown in binary form is asked for again") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    run(*c.on, "INSERT INTO changing VALUES (7)");
    auto const kept = c.on->prepare("SELECT x FROM changing");
    CHECK(rows_of(*kept).size() == 1);
    c.by_another("ALTER TABLE changing ALTER x TYPE interval USING make_interval(days => x)");
    CHECK_THROWS_AS(rows_of(*kept), statement_invalidated_error);
    CHECK(rows_of(*kept)[0][0].bytes == "7 days");
    c.by_another("ALTER TABLE changing ALTER x TYPE int USING 8");
    CHECK(rows_of(*kept)[0][0].value.integer == 8);
}

TEST_CASE("with a pooler a parameter whose column changed its type is sent right the next time") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    auto const kept = c.on->prepare("SELECT x FROM changing WHERE x = $1");
    CHECK(rows_of(*kept, {integer(7)}).empty());
    c.by_another("ALTER TABLE changing ALTER x TYPE text; INSERT INTO changing VALUES ('7')");
    CHECK_THROWS_AS(rows_of(*kept, {integer(7)}), statement_error);
    CHECK(rows_of(*kept, {integer(7)}).size() == 1);
}

TEST_CASE("with a pooler a SELECT * of a table that grew reads the new column") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    database const db{std::string{server_url()} + "?pooler=transaction", {.max_sessions = 1}};
    raw("INSERT INTO changing VALUES (7)").run(db);
    auto const all = raw<std::tuple<int>>("SELECT * FROM changing");
    CHECK(all.all(db).size() == 1);
    c.by_another("ALTER TABLE changing ADD y int DEFAULT 1; ALTER TABLE changing DROP x");
    CHECK(std::get<0>(all.one(db)) == 1);
}

TEST_CASE("with a pooler columns that swapped their names are read by the new ones") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    c.by_another("ALTER TABLE changing ADD y int");
    database const db{std::string{server_url()} + "?pooler=transaction", {.max_sessions = 1}};
    raw("INSERT INTO changing VALUES (1, 2)").run(db);
    auto const all = raw<point>("SELECT * FROM changing");
    CHECK(all.one(db) == point{.x = 1, .y = 2});
    c.by_another(
        "ALTER TABLE changing RENAME x TO z; ALTER TABLE changing RENAME y TO x;"
        "ALTER TABLE changing RENAME z TO y");
    CHECK(all.one(db) == point{.x = 2, .y = 1});
}

TEST_CASE("with a pooler an INSERT whose RETURNING * has other columns is run once, and says so") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    auto const kept = c.on->prepare("INSERT INTO changing VALUES ($1) RETURNING *");
    CHECK(rows_of(*kept, {integer(1)}).size() == 1);
    c.by_another("ALTER TABLE changing ADD y int");
    auto const thrown = error_of<statement_error>([&] { rows_of(*kept, {integer(2)}); });
    CHECK(std::string{thrown.what()}.find("was run") != std::string::npos);
    CHECK(rows_in(*c.on) == 2);

    c.by_another("ALTER TABLE changing ADD z int");
    c.on->execute("BEGIN");
    CHECK_THROWS_AS(rows_of(*kept, {integer(3)}), statement_invalidated_error);
    c.on->execute("ROLLBACK");
    CHECK(rows_in(*c.on) == 2);
    CHECK(rows_of(*kept, {integer(3)})[0].size() == 3);
}

TEST_CASE("rows of a cursor whose table changed since it was prepared are not misread") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    auto const on = open(GENERATE("pooler=none", "pooler=transaction"));
    run(*on, "INSERT INTO changing VALUES (7)");
    auto const kept = on->prepare("SELECT * FROM changing", backend::row_mode::interleaved);
    c.by_another("ALTER TABLE changing ALTER x TYPE float8");
    on->execute("BEGIN");
    CHECK(rows_of(*kept)[0][0].value.real == 7.0);
    on->execute("ROLLBACK");
    c.by_another("ALTER TABLE changing ADD y int");
    on->execute("BEGIN");
    CHECK_THROWS_AS(rows_of(*kept), statement_invalidated_error);
    CHECK(rows_of(*kept)[0].size() == 2);
    on->execute("ROLLBACK");
}

TEST_CASE("a parameter of a cursor whose column changed its type is sent right the next time") {
    ROAM_NEEDS_POSTGRESQL();
    changing c;
    auto const on = open(GENERATE("pooler=none", "pooler=transaction"));
    run(*on, "INSERT INTO changing VALUES (7)");
    auto const kept =
        on->prepare("SELECT x FROM changing WHERE x = $1", backend::row_mode::interleaved);
    c.by_another("ALTER TABLE changing ALTER x TYPE text");
    on->execute("BEGIN");
    CHECK_THROWS_AS(rows_of(*kept, {integer(7)}), statement_error);
    on->execute("ROLLBACK; BEGIN");
    CHECK(rows_of(*kept, {integer(7)})[0][0].bytes == "7");
    on->execute("ROLLBACK");
}

TEST_CASE("with a pooler on_connect may not change the session either") {
    ROAM_NEEDS_POSTGRESQL();
    database const db{std::string{server_url()} + "?pooler=transaction",
                      {.max_sessions = 1, .on_connect = {"SET geqo = off"}}};
    auto const thrown = error_of<error>([&] { db.lease(); });
    CAPTURE(thrown.code());
    CHECK(std::string{thrown.what()}.find("SET LOCAL") != std::string::npos);
}
