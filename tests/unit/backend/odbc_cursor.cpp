// SPDX-License-Identifier: MIT
// Streams over psqlODBC, which reads them by a cursor and writes their parameters into the text.
#include "odbc_server.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace backend = roam::backend;
using namespace roam::test::odbc;
using namespace std::chrono_literals;
using backend::row_mode;
using backend::transaction_state;

namespace {

constexpr row_mode both_modes[] = {row_mode::streamed, row_mode::interleaved};

/// Of more rows than the driver asks for at once.
constexpr std::string_view many = "SELECT i FROM (SELECT generate_series(1, 1000) AS i) AS g";

/// What reads its 600th row for longer than a minute, in the third portion.
constexpr std::string_view slow_later =
    "SELECT CASE WHEN i = 600 THEN CAST(pg_sleep(100) AS text) ELSE 'x' END "
    "FROM (SELECT generate_series(1, 1000) AS i) AS g";

std::size_t rest_of(backend::statement& stream) {
    cell row[1];
    std::size_t rows = 0;
    while (stream.fetch(row))
        ++rows;
    return rows;
}

/// How the server sees the session.
std::string state_of(engine const& e, std::string const& process) {
    return one(*e.open(), "SELECT state FROM pg_stat_activity WHERE pid = " + process);
}

std::string process_of(backend::connection& c) {
    return one(c, "SELECT pg_backend_pid()").substr(std::string_view{"integer "}.size());
}

#define ROAM_ON_POSTGRESQL(e)                \
    engine const e{"PostgreSQL"};            \
    if (!e.is_there()) {                     \
        ROAM_SKIP("no psqlODBC was set up"); \
    }                                        \
    static_assert(true)

}  // namespace

TEST_CASE("a parameter of each kind means the same in a stream as in a result that is kept") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    struct asked {
        std::string type;
        cell value;
    };
    std::byte const raw[] = {std::byte{0}, std::byte{39}, std::byte{92}, std::byte{255}};
    std::byte const uuid[16] = {std::byte{1}, std::byte{2}};
    std::vector<asked> const all{
        {"bigint", integer(std::numeric_limits<std::int64_t>::min())},
        {"boolean", cell::of(cell_kind::boolean, 1)},
        {"double precision", cell::of_real(0.1 + 0.2)},
        {"double precision", cell::of_real(std::numeric_limits<double>::denorm_min())},
        {"double precision", cell::of_real(std::numeric_limits<double>::quiet_NaN())},
        {"text", cell::of_text("it's \\ a \"?\" $1 {d '2000-01-01'} -- \xC3\xBC\n\t")},
        {"text", cell::of_text("")},
        {"bytea", cell::of_bytes(raw)},
        {"bytea", cell::of_bytes({})},
        {"date", cell::of(cell_kind::date, -1000)},
        {"timestamptz", cell::of(cell_kind::timestamp, 1'234'567'890'123'456)},
        {"timestamp", cell::of(cell_kind::local_timestamp, 1'234'567'890'123'456)},
        {"numeric", cell::of_text("-123456789012345678901234567890.5", cell_kind::decimal)},
        {"bigint", cell{}},
    };
    for (auto const& [type, value] : all) {
        CAPTURE(type);
        auto const sql = "SELECT $1::" + type + ", md5($2::" + type + "::text)";
        auto const kept = rows_of(*c, sql, {value, value});
        for (auto const mode : both_modes)
            CHECK(rows_of(*c->prepare(sql, mode), {value, value}) == kept);
    }
    cell id{};
    id.kind = cell_kind::uuid;
    id.bytes = uuid;
    id.size = sizeof uuid;
    CHECK(rows_of(*c->prepare("SELECT $1::uuid", row_mode::streamed), {id}) ==
          rows_of(*c, "SELECT $1::uuid", {id}));
}

TEST_CASE("a parameter that stands twice is read at once, by the one plan that can have it") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    auto const grouped =
        c->prepare("SELECT i + $1 FROM (SELECT generate_series(1, 1000) AS i) AS g GROUP BY i + $1",
                   row_mode::streamed);
    CHECK(rows_of(*grouped, {integer(5)}).size() == 1000);
}

TEST_CASE("a stream that ends, early or not, leaves no transaction behind") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    auto const process = process_of(*c);
    auto const stream = c->prepare(many, row_mode::streamed);
    cell row[1];
    for (bool const early : {true, false, true}) {
        stream->start({});
        REQUIRE(stream->fetch(row));
        if (early)
            stream->finish();
        else
            CHECK(rest_of(*stream) == 999);
        CHECK(c->transaction() == transaction_state::none);
        CHECK(state_of(e, process) == "text 'idle'");
    }
    CHECK(rows_of(*c, many).size() == 1000);
}

TEST_CASE("in a transaction the end of a stream ends nothing else") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    for (auto const mode : both_modes) {
        c->execute("BEGIN");
        c->execute("INSERT INTO item (id) VALUES (1)");
        auto const stream = c->prepare(many, mode);
        cell row[1];
        stream->start({});
        REQUIRE(stream->fetch(row));
        stream->finish();
        stream->start({});
        CHECK(rest_of(*stream) == 1000);
        CHECK(c->transaction() == transaction_state::active);
        CHECK(rows_of(*e.open(), "SELECT id FROM item").empty());
        c->execute("ROLLBACK");
        CHECK(rows_of(*c, "SELECT id FROM item").empty());
    }
}

TEST_CASE("an error of a stream is told, and fails a transaction only if one is open") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    auto const process = process_of(*c);
    for (std::int64_t const bad_row : {1, 600}) {
        CAPTURE(bad_row);
        auto const stream = c->prepare(
            "SELECT 1 / (CAST($1 AS integer) - i) FROM (SELECT generate_series(1, 1000) AS i) AS g",
            row_mode::streamed);
        cell const parameters[] = {integer(bad_row)};
        auto const read = [&] {
            stream->start(parameters);
            rest_of(*stream);
        };
        auto const alone = error_of<roam::conversion_error>(read);
        CHECK(alone.sqlstate() == "22012");
        CHECK(alone.connection_usable());
        CHECK(c->transaction() == transaction_state::none);
        CHECK(state_of(e, process) == "text 'idle'");
        CHECK(rows_of(*c, many).size() == 1000);

        c->execute("BEGIN");
        auto const inside = error_of<roam::conversion_error>(read);
        CHECK(inside.sqlstate() == "22012");
        CHECK_FALSE(inside.transaction_usable());
        CHECK(c->transaction() == transaction_state::failed);
        c->execute("ROLLBACK");
        CHECK(rows_of(*c, many).size() == 1000);
    }
}

TEST_CASE("a stream of a table whose columns have changed reads them as they are") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    c->execute("INSERT INTO item (id, n) VALUES (1, 5)");
    auto const stream = c->prepare("SELECT n FROM item", row_mode::streamed);
    CHECK(rows_of(*stream) == std::vector<shown_row>{{"integer 5"}});
    c->execute("ALTER TABLE item ALTER n TYPE double precision");
    CHECK(rows_of(*stream) == std::vector<shown_row>{{"real 5.000000"}});
}

TEST_CASE("a limit and a cancel end a stream that waits for a later row") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    auto const process = process_of(*c);
    auto const stream = c->prepare(slow_later, row_mode::streamed);
    c->set_statement_timeout(200ms);
    stream->start({});
    auto const late = error_of<roam::timeout_error>([&] { rest_of(*stream); });
    CHECK(late.connection_usable());
    c->set_statement_timeout(0ms);
    CHECK(rows_of(*c, many).size() == 1000);
    {
        std::jthread const other{[&](std::stop_token const& over) {
            while (!over.stop_requested()) {
                std::this_thread::sleep_for(100ms);
                c->cancel();
            }
        }};
        stream->start({});
        CHECK_THROWS_AS(rest_of(*stream), roam::cancelled_error);
    }
    CHECK(state_of(e, process) == "text 'idle'");
    CHECK(rows_of(*c, many).size() == 1000);
}

TEST_CASE("a server that goes amid the rows of a stream is a lost connection") {
    ROAM_ON_POSTGRESQL(e);
    auto const c = e.open();
    auto const process = process_of(*c);
    auto const stream = c->prepare(many, row_mode::streamed);
    cell row[1];
    stream->start({});
    REQUIRE(stream->fetch(row));
    one(*e.open(), "SELECT pg_terminate_backend(" + process + ")");
    CHECK_THROWS_AS(rest_of(*stream), roam::connection_lost_error);
    CHECK_FALSE(c->usable());
}
