// SPDX-License-Identifier: MIT
// Values, statements and transactions on each engine behind ODBC.
#include "odbc_server.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace backend = roam::backend;
namespace odbc = roam::odbc;
using namespace roam::test::odbc;
using backend::transaction_state;
using roam::sql::capability;

namespace {

cell text(std::string_view value) { return cell::of_text(value); }

cell bytes(std::string_view value) {
    return cell::of_bytes({reinterpret_cast<std::byte const*>(value.data()), value.size()});
}

std::string insert_text(engine const& e) {
    return "INSERT INTO item (id, n, note, body, ratio) VALUES (" + e.mark(1) + ", " + e.mark(2) +
           ", " + e.mark(3) + ", " + e.mark(4) + ", " + e.mark(5) + ")";
}

void add(backend::connection& on, std::int64_t id) {
    on.execute("INSERT INTO item (id) VALUES (" + std::to_string(id) + ")");
}

/// How many rows another connection sees.
std::size_t count_seen(engine const& e) { return rows_of(*e.open(), "SELECT id FROM item").size(); }

}  // namespace

TEST_CASE("the driver tells which engine it is, and the dialect follows") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    auto const facts = odbc::facts_of(c->native_handle());
    CHECK(facts.dbms_name == e.name());
    CHECK_FALSE(facts.dbms_version.empty());
    CHECK_THAT(facts.driver_name, Catch::EndsWith(".so"));
    CHECK_FALSE(facts.driver_version.empty());
    CHECK(facts.can_cancel);
    CHECK(facts.has_transactions);
    CHECK(roam::sql::name_of(c->dialect().family) == e.name());
    CHECK(c->dialect().max_parameters <= 32767);
    CHECK(c->dialect().can(capability::returning) == !e.is_sqlite());
    CHECK(c->dialect().can(capability::exact_real) == !e.is_sqlite());
    CHECK_FALSE(c->dialect().can(capability::native_arrays));
    CHECK_THROWS_AS(odbc::facts_of(nullptr), roam::usage_error);
}

TEST_CASE("values come back as they went: 64-bit integers, text of any length, bytes, NULL") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    auto const insert = c->prepare(insert_text(e));
    CHECK(insert->parameter_count() == 5);
    CHECK(insert->column_count() == 0);
    std::string const long_text(3000, 'x');
    std::string const long_bytes(100'000, '\0');
    std::vector<cell> const first{integer(1), integer(9'007'199'254'740'993), text("ü😀 'a\\b'\n"),
                                  bytes({"\0\xff'\\\0", 5}), cell::of_real(0.5)};
    std::vector<cell> const second{integer(2), cell{}, cell{}, cell{}, cell{}};
    std::vector<cell> const third{integer(INT64_MIN), integer(INT64_MAX), text(long_text),
                                  bytes(long_bytes), cell::of_real(-1e300)};
    std::vector<cell> const fourth{integer(4), integer(1), text(""), bytes(""), cell::of_real(0)};
    for (auto const* row : {&first, &second, &third, &fourth})
        CHECK(insert->run(*row) == 1);

    auto const select = c->prepare("SELECT n, note, body FROM item WHERE id = " + e.mark(1));
    REQUIRE(select->column_count() == 3);
    CHECK(select->column_name(1) == "note");
    auto const one_row = [&](std::int64_t id) {
        std::vector<shown_row> const rows = rows_of(*select, {integer(id)});
        REQUIRE(rows.size() == 1);
        return rows[0];
    };
    CHECK(one_row(1) ==
          shown_row{"integer 9007199254740993", "text 'ü😀 'a\\b'\n'", "blob 5 bytes"});
    CHECK(one_row(2) == shown_row{"null", "null", "null"});
    CHECK(one_row(INT64_MIN) == shown_row{"integer 9223372036854775807", "text '" + long_text + "'",
                                          "blob 100000 bytes"});
    CHECK(one_row(4) == shown_row{"integer 1", "text ''", "blob 0 bytes"});

    cell row[1];
    auto const body = c->prepare("SELECT body FROM item WHERE id = 1");
    body->start({});
    REQUIRE(body->fetch(row));
    auto const got = row[0].as_bytes();
    CHECK(std::equal(got.begin(), got.end(), first[3].as_bytes().begin()));
    body->finish();
    CHECK(rows_of(*c, "SELECT ratio FROM item WHERE id = 1") ==
          std::vector<shown_row>{{"real 0.500000"}});
}

TEST_CASE("a value of each length around the buffer's comes back whole") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    auto const insert = c->prepare(insert_text(e));
    for (std::int64_t size = 250; size < 262; ++size) {
        std::string const value(static_cast<std::size_t>(size), 'y');
        std::vector<cell> const row{integer(size), integer(1), text(value), bytes(value), cell{}};
        insert->run(row);
    }
    for (auto const& row : rows_of(*c, "SELECT id, note, body FROM item")) {
        auto const size = row[0].substr(row[0].find(' ') + 1);
        CHECK(row[1] == "text '" + std::string(std::stoul(size), 'y') + "'");
        CHECK(row[2] == "blob " + size + " bytes");
    }
}

TEST_CASE("one text of several rows, and one parameter in several places") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    CHECK(run(*c,
              "INSERT INTO item (id, n) VALUES (" + e.mark(1) + ", " + e.mark(2) + "), (" +
                  e.mark(3) + ", " + e.mark(4) + ")",
              {integer(1), integer(10), integer(2), cell{}}) == 2);
    std::string const first = e.is_postgresql() ? "$1" : "?1";
    CHECK(rows_of(*c, "SELECT n FROM item WHERE id = " + first + " OR n = " + first,
                  {integer(1)}) == std::vector<shown_row>{{"integer 10"}});
    auto const prepared = c->prepare("SELECT n FROM item WHERE id = " + e.mark(1));
    CHECK_THROWS_AS(prepared->start({}), roam::usage_error);
    CHECK(rows_of(*prepared, {integer(2)}) == std::vector<shown_row>{{"null"}});
}

TEST_CASE("rows are counted that an update matched, changed or not") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    for (std::int64_t id : {1, 2, 3})
        add(*c, id);
    CHECK(run(*c, "UPDATE item SET n = 5 WHERE id < 3") == 2);
    CHECK(run(*c, "UPDATE item SET n = 5 WHERE id < 3") == 2);
    CHECK(run(*c, "DELETE FROM item WHERE id > 100") == 0);
    CHECK(run(*c, "DELETE FROM item") == 3);
}

TEST_CASE("the key of an inserted row comes by RETURNING, or by a question where that is missing") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    if (c->dialect().can(capability::returning)) {
        auto const insert =
            c->prepare("INSERT INTO item (id, note) VALUES (7, 'x') RETURNING id, note");
        CHECK(insert->column_count() == 2);
        CHECK(rows_of(*insert) == std::vector<shown_row>{{"integer 7", "text 'x'"}});
    } else {
        CHECK_THROWS_AS(c->prepare("INSERT INTO item (id) VALUES (7) RETURNING id"),
                        roam::unsupported_error);
        auto const insert = c->prepare("INSERT INTO item (note) VALUES ('x')");
        insert->run({});
        CHECK(insert->inserted_key() == 1);
    }
}

TEST_CASE("a transaction is told from its texts, and ends with its connection") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    CHECK(c->transaction() == transaction_state::none);
    c->execute(c->begin_sql({}));
    CHECK(c->transaction() == transaction_state::active);
    add(*c, 1);
    c->execute("SAVEPOINT a");
    add(*c, 2);
    c->execute("ROLLBACK TO SAVEPOINT a");
    CHECK(c->transaction() == transaction_state::active);
    CHECK(count_seen(e) == 0);
    c->commit();
    CHECK(c->transaction() == transaction_state::none);
    CHECK(count_seen(e) == 1);
    c->execute(c->begin_sql({}));
    add(*c, 3);
    c->execute("ROLLBACK");
    CHECK(c->transaction() == transaction_state::none);
    {
        auto const dying = e.open();
        dying->execute(dying->begin_sql({}));
        add(*dying, 4);
    }
    CHECK(count_seen(e) == 1);
}

TEST_CASE("a read-only transaction refuses to write, and the next one writes") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    c->execute(c->begin_sql({.read_only = true}));
    CHECK(c->transaction() == transaction_state::active);
    CHECK_THROWS_AS(add(*c, 1), roam::permission_error);
    c->execute("ROLLBACK");
    c->execute(c->begin_sql({}));
    add(*c, 1);
    c->commit();
    CHECK(count_seen(e) == 1);
}

TEST_CASE("a script runs its statements in order, up to the first that fails") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    c->execute(
        "INSERT INTO item (id) VALUES (1); SELECT id FROM item;;"
        "INSERT INTO item (id, note) VALUES (2, 'a;b')");
    CHECK(count_seen(e) == 2);
    CHECK_THROWS_AS(c->execute("INSERT INTO item (id) VALUES (3); INSERT INTO item (id) VALUES "
                               "(1); INSERT INTO item (id) VALUES (4)"),
                    roam::unique_error);
    // PostgreSQL takes a script as one transaction.
    CHECK(count_seen(e) == (e.is_postgresql() ? 2u : 3u));
    CHECK_THROWS_AS(c->prepare("SELECT 1; SELECT 2"), roam::usage_error);
    CHECK_THROWS_AS(c->prepare(" ; -- nothing"), roam::usage_error);
}

TEST_CASE("faults have the classes that a native backend gives them, and show no value") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    run(*c, insert_text(e), {integer(1), integer(1), text("geheim"), cell{}, cell{}});
    auto const unique = error_of<roam::unique_error>(
        [&] { run(*c, insert_text(e), {integer(2), integer(1), text("geheim"), cell{}, cell{}}); });
    CHECK_THAT(unique.what(), !Catch::Contains("geheim") && !Catch::Contains("[ma-") &&
                                  !Catch::Contains("DETAIL") && !Catch::Contains("\n"));
    CHECK(unique.connection_usable());
    CHECK_THROWS_AS(run(*c, insert_text(e), {integer(3), integer(-1), cell{}, cell{}, cell{}}),
                    roam::check_error);
    CHECK_THROWS_AS(run(*c, "INSERT INTO item (id, n) SELECT id, n FROM item"), roam::unique_error);
    CHECK_THROWS_AS(c->prepare("SELECT id FROM nowhere"), roam::missing_table_error);
    CHECK_THROWS_AS(c->prepare("SELECT missing FROM item"), roam::missing_column_error);
    CHECK_THROWS_AS(run(*c, "SELEKT 1"), roam::statement_error);
    CHECK_THROWS_AS(run(*c, insert_text(e), {integer(5), cell{}, text("\xff"), cell{}, cell{}}),
                    roam::conversion_error);
    CHECK(count_seen(e) == 1);
}

TEST_CASE("an open stream keeps the connection, and reading some of it is enough") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    for (std::int64_t id = 1; id <= 100; ++id)
        add(*c, id);
    auto const stream = c->prepare("SELECT id FROM item ORDER BY id", backend::row_mode::streamed);
    stream->start({});
    cell row[1];
    REQUIRE(stream->fetch(row));
    CHECK_THROWS_AS(c->prepare("SELECT 1"), roam::session_busy_error);
    stream->finish();
    CHECK(rows_of(*c, "SELECT id FROM item").size() == 100);
}

TEST_CASE("another statement may run between the rows of one") {
    ROAM_ON_ENGINE(e);
    auto const c = e.open();
    for (std::int64_t id = 1; id <= 100; ++id)
        add(*c, id);
    auto const outer =
        c->prepare("SELECT id FROM item ORDER BY id", backend::row_mode::interleaved);
    auto const update = c->prepare("UPDATE item SET n = " + e.mark(1) + " WHERE id = " + e.mark(2));
    outer->start({});
    cell row[1];
    std::int64_t rows = 0;
    while (outer->fetch(row)) {
        cell const parameters[] = {integer(row[0].integer * 2), row[0]};
        rows += update->run(parameters);
    }
    CHECK(rows == 100);
    CHECK(rows_of(*c, "SELECT id FROM item WHERE n = id * 2").size() == 100);
}
