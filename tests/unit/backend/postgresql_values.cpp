// SPDX-License-Identifier: MIT
// How values travel to parameters and from columns.
#include "postgresql_server.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

using namespace roam;
using namespace roam::test::postgresql;

namespace {

constexpr std::int64_t day = 86'400'000'000;

cell text(std::string_view value) { return cell::of_text(value); }
cell decimal(std::string_view value) { return cell::of_text(value, cell_kind::decimal); }
cell instant(std::int64_t value) { return cell::of(cell_kind::timestamp, value); }
cell clock_time(std::int64_t value) { return cell::of(cell_kind::local_timestamp, value); }
cell date(std::int64_t value) { return cell::of(cell_kind::date, value); }
cell bytes(std::string_view value, cell_kind kind = cell_kind::blob) {
    return cell::of_bytes(std::as_bytes(std::span{value.data(), value.size()}), kind);
}

/// The same value read in binary format and, because a point has none here, in text format.
struct both_formats {
    kept_cell binary;
    kept_cell text;
};

both_formats read_both(backend::connection& on, std::string const& expression) {
    auto const rows = rows_of(on, "SELECT " + expression + ", point(1,2)");
    return {one(on, "SELECT " + expression), rows.at(0).at(0)};
}

void check_both(backend::connection& on, std::string const& expression, cell_kind kind,
                std::int64_t value) {
    CAPTURE(expression);
    auto const [binary, as_text] = read_both(on, expression);
    CHECK(binary.value.kind == kind);
    CHECK(binary.value.integer == value);
    CHECK(as_text.value.kind == kind);
    CHECK(as_text.value.integer == value);
}

void check_both(backend::connection& on, std::string const& expression, cell_kind kind,
                std::string const& value) {
    CAPTURE(expression);
    auto const [binary, as_text] = read_both(on, expression);
    CHECK(binary.value.kind == kind);
    CHECK(binary.bytes == value);
    CHECK(as_text.value.kind == kind);
    CHECK(as_text.bytes == value);
}

}  // namespace

TEST_CASE("integers of every width keep their value in both formats") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    check_both(*on, "5000000000::bigint", cell_kind::integer, 5000000000);
    check_both(*on, "'-9223372036854775808'::bigint", cell_kind::integer, INT64_MIN);
    check_both(*on, "9223372036854775807::bigint", cell_kind::integer, INT64_MAX);
    check_both(*on, "(-2147483648)::int", cell_kind::integer, INT32_MIN);
    check_both(*on, "(-32768)::smallint", cell_kind::integer, -32768);
    check_both(*on, "4294967295::oid", cell_kind::integer, 4294967295);
    check_both(*on, "true", cell_kind::boolean, 1);
    check_both(*on, "false", cell_kind::boolean, 0);
}

TEST_CASE("text and JSON are read in both formats, empty text is not NULL") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    check_both(*on, "'grüße'::text", cell_kind::text, std::string{"grüße"});
    check_both(*on, "''::text", cell_kind::text, std::string{});
    check_both(*on, "'ab'::char(5)", cell_kind::text, std::string{"ab   "});
    check_both(*on, "'ab'::varchar(5)", cell_kind::text, std::string{"ab"});
    check_both(*on, "'pg_class'::name", cell_kind::text, std::string{"pg_class"});
    check_both(*on, "'x'::\"char\"", cell_kind::text, std::string{"x"});
    check_both(*on, "'{\"a\": 1}'::json", cell_kind::json, std::string{"{\"a\": 1}"});
    check_both(*on, "'{\"a\":1}'::jsonb", cell_kind::json, std::string{"{\"a\": 1}"});
    auto const [binary, as_text] = read_both(*on, "NULL::text");
    CHECK(binary.value.is_null());
    CHECK(as_text.value.is_null());
}

TEST_CASE("types without a binary form here come as text") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    CHECK(one_text(*on, "SELECT '10.1.2.3/24'::inet") == "10.1.2.3/24");
    CHECK(one_text(*on, "SELECT to_tsvector('simple', 'a b')") == "'a':1 'b':2");
    CHECK(one_text(*on, "SELECT point(1.5,2)") == "(1.5,2)");
    CHECK(one_text(*on, "SELECT '1 day 2 hours'::interval") == "1 day 02:00:00");
    CHECK(one_text(*on, "SELECT ARRAY['a','b c']") == "{a,\"b c\"}");
    CHECK(one_text(*on, "SELECT $1::inet", {text("::1")}) == "::1");
    CHECK(one_text(*on, "SELECT $1::point", {text("(3,4)")}) == "(3,4)");
    CHECK(one_text(*on, "SELECT $1::\"char\"::text || '!'", {text("")}) == "!");
    CHECK(one_text(*on, "SELECT $1::\"char\"", {text("xy")}) == "x");
    CHECK(one_text(*on, "SELECT $1::name", {text(std::string(80, 'n'))}).size() == 63);
}

TEST_CASE(
    "days and instants before 1970, before 2000 and before Christ are exact in both formats") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("SET TimeZone = 'Asia/Kolkata'");
    check_both(*on, "date '1970-01-01'", cell_kind::date, 0);
    check_both(*on, "date '1969-12-31'", cell_kind::date, -1);
    check_both(*on, "date '2024-02-29'", cell_kind::date, 19782);
    check_both(*on, "date '0001-01-01'", cell_kind::date, -719162);
    check_both(*on, "date '0044-03-15 BC'", cell_kind::date, -735160);
    check_both(*on, "date '12024-02-29'", cell_kind::date, 3672207);
    check_both(*on, "timestamptz '1969-12-31 23:59:59.999999+00'", cell_kind::timestamp, -1);
    check_both(*on, "timestamptz '2024-02-29 12:00:00.5+02'", cell_kind::timestamp,
               19782 * day + 10 * 3'600'000'000 + 500'000);
    check_both(*on, "timestamptz '1800-01-01 00:00:00+00'", cell_kind::timestamp, -62091 * day);
    check_both(*on, "timestamp '1969-12-31 23:59:59.999999'", cell_kind::local_timestamp, -1);
    check_both(*on, "timestamp '2000-01-01 00:00:00.000001'", cell_kind::local_timestamp,
               10957 * day + 1);
}

TEST_CASE("days and instants arrive at the server as they were sent") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("SET TimeZone = 'Asia/Kolkata'");
    CHECK(one_text(*on, "SELECT ($1::timestamptz AT TIME ZONE 'UTC')::text", {instant(-1)}) ==
          "1969-12-31 23:59:59.999999");
    CHECK(one_text(*on, "SELECT $1::timestamp::text", {clock_time(-1)}) ==
          "1969-12-31 23:59:59.999999");
    CHECK(one_text(*on, "SELECT $1::date::text", {date(-1)}) == "1969-12-31");
    CHECK(one_text(*on, "SELECT $1::date::text", {date(19782)}) == "2024-02-29");
    CHECK(one_text(*on, "SELECT $1::text", {instant(1)}) == "1970-01-01 00:00:00.000001");
    CHECK(one_text(*on, "SELECT $1::text", {date(-1)}) == "1969-12-31");
    CHECK(one_text(*on, "SELECT $1::timestamp::text", {date(1)}) == "1970-01-02 00:00:00");
    // A clock time without zone means the session's zone where an instant is asked for.
    CHECK(one(*on, "SELECT $1::timestamptz", {clock_time(0)}).value.integer ==
          -(5 * 3600 + 1800) * 1'000'000LL);
}

TEST_CASE(
    "infinite and unrepresentable times are conversion_errors that name column or parameter") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    for (std::string const expression :
         {"timestamptz 'infinity'", "timestamptz '-infinity'", "timestamp 'infinity'",
          "date 'infinity'", "date '-infinity'"}) {
        for (std::string const other : {"", ", point(1,2)"}) {
            CAPTURE(expression, other);
            auto const thrown = error_of<conversion_error>(
                [&] { rows_of(*on, "SELECT " + expression + " AS due" + other); });
            CHECK(std::string{thrown.what()}.find("\"due\"") != std::string::npos);
        }
    }
    for (auto const value : {INT64_MIN, INT64_MIN + 1}) {
        CHECK_THROWS_AS(one(*on, "SELECT $1::timestamptz", {instant(value)}), conversion_error);
    }
    // The server could keep it; years outside 0 to 9999 are refused alike on every backend.
    CHECK_THROWS_AS(one(*on, "SELECT $1::timestamp", {clock_time(INT64_MAX)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::date", {date(INT64_MAX)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::date", {date(INT32_MAX + 10957LL)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::timestamp", {date(INT64_MAX / 2)}), conversion_error);
    CHECK(one_integer(*on, "SELECT 1") == 1);
}

TEST_CASE("a DateStyle other than ISO is refused in text format, never misread") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    for (std::string const style : {"German", "SQL, DMY", "Postgres, MDY"}) {
        on->execute("SET DateStyle = '" + style + "'");
        CAPTURE(style);
        CHECK(one(*on, "SELECT date '2024-02-03'").value.integer == 19756);
        CHECK_THROWS_AS(rows_of(*on, "SELECT date '2024-02-03', point(1,2)"), conversion_error);
    }
}

TEST_CASE("decimals keep every digit and their trailing zeros in both formats") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    for (std::string const digits :
         {"0", "0.00", "1", "-1", "10000", "9999.9999", "0.0001", "0.00000001", "-0.000012340",
          "100000000.00000001", "12345678901234567890123456789012345678901234567890",
          "-98765432109876543210.98765432109876543210987654321", "5.10", "10000.0000", "0.9999",
          "99990000", "1000000000000000000000000.5"}) {
        check_both(*on, "'" + digits + "'::numeric", cell_kind::decimal, digits);
        CHECK(one(*on, "SELECT $1::numeric", {decimal(digits)}).bytes == digits);
    }
    CHECK(one(*on, "SELECT sum(x) FROM generate_series(1::bigint, 3) x").bytes == "6");
    auto const huge = "1" + std::string(1000, '0') + "." + std::string(500, '7');
    CHECK(one(*on, "SELECT $1::numeric", {decimal(huge)}).bytes == huge);
}

TEST_CASE("a numeric NaN or infinity comes as a real in both formats") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto const nan = read_both(*on, "'NaN'::numeric");
    CHECK(std::isnan(nan.binary.value.real));
    CHECK(std::isnan(nan.text.value.real));
    auto const low = read_both(*on, "'-Infinity'::numeric");
    CHECK(low.binary.value.real == -std::numeric_limits<double>::infinity());
    CHECK(low.text.value.real == -std::numeric_limits<double>::infinity());
    CHECK(read_both(*on, "'Infinity'::numeric").binary.value.real > 1e308);
}

TEST_CASE("reals are exact to the last bit in both formats, with NaN, infinities and -0.0") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    for (double const value : {0.1, -0.0, 1e308, 5e-324, 123456789.123456789, -1.0 / 3,
                               std::numeric_limits<double>::infinity()}) {
        CAPTURE(value);
        auto const rows =
            rows_of(*on, "SELECT $1::float8, $1::float8::text", {cell::of_real(value)});
        CHECK(rows[0][0].value.real == value);
        CHECK(std::signbit(rows[0][0].value.real) == std::signbit(value));
        auto const as_text =
            rows_of(*on, "SELECT $1::float8, point(1,2)", {cell::of_real(value)})[0][0].value;
        CHECK(as_text.real == value);
    }
    CHECK(std::isnan(one(*on, "SELECT $1::float8", {cell::of_real(std::nan(""))}).value.real));
    auto const narrow = read_both(*on, "1.1::float4");
    CHECK(narrow.binary.value.real == static_cast<double>(1.1f));
    CHECK(narrow.text.value.real == static_cast<double>(1.1f));
    CHECK_THROWS_AS(one(*on, "SELECT $1::float4", {cell::of_real(1e300)}), conversion_error);
}

TEST_CASE("a number goes into a parameter of another number type when it fits") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    CHECK(one(*on, "SELECT $1::numeric", {integer(42)}).bytes == "42");
    CHECK(one(*on, "SELECT $1::numeric", {cell::of_real(0.1)}).bytes == "0.1");
    CHECK(one(*on, "SELECT $1::float8", {integer(42)}).value.real == 42.0);
    CHECK(one(*on, "SELECT $1::float8", {integer(9007199254740993)}).value.real ==
          9007199254740992.0);
    CHECK(one_text(*on, "SELECT $1::text", {integer(INT64_MIN)}) == "-9223372036854775808");
    CHECK(one_integer(*on, "SELECT $1::int", {cell::of_real(3.0)}) == 3);
    CHECK(one_integer(*on, "SELECT $1::oid", {integer(4294967295)}) == 4294967295);
    CHECK(one(*on, "SELECT $1::boolean", {integer(1)}).value.integer == 1);
    CHECK(one_integer(*on, "SELECT $1::smallint", {cell::of(cell_kind::boolean, 1)}) == 1);
    CHECK(one_text(*on, "SELECT $1::text", {cell::of(cell_kind::boolean, 1)}) == "true");
}

TEST_CASE("an integer beyond its parameter's type is a conversion_error that names the parameter") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto const thrown = error_of<conversion_error>(
        [&] { rows_of(*on, "SELECT $1::int, $2::int", {integer(1), integer(2147483648)}); });
    CHECK(std::string{thrown.what()} == "parameter 2 (integer): the integer is out of range");
    CHECK(thrown.statement() == "SELECT $1::int, $2::int");
    CHECK_THROWS_AS(one(*on, "SELECT $1::smallint", {integer(-32769)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::oid", {integer(-1)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::boolean", {integer(2)}), conversion_error);
    CHECK_THROWS_AS(one(*on, "SELECT $1::int", {cell::of_real(1.5)}), conversion_error);
}

TEST_CASE("text with a NUL byte or that is not UTF-8 is refused before it is sent") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute("BEGIN");
    for (std::string const sql : {"SELECT $1::text", "SELECT $1::varchar", "SELECT $1::jsonb",
                                  "SELECT $1::json", "SELECT $1::inet", "SELECT $1::numeric"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(one(*on, sql, {text({"1\0002", 3})}), conversion_error);
        CHECK_THROWS_AS(one(*on, sql, {text("\xff\xfe")}), conversion_error);
    }
    CHECK(on->transaction() == backend::transaction_state::active);
    auto const raw = cell::of_text("\xff", cell_kind::unchecked_text);
    CHECK_THROWS_AS(one(*on, "SELECT $1::text", {raw}), conversion_error);  // by the server
}

TEST_CASE("bytea keeps NUL bytes and every other byte in both formats and both outputs") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    std::string all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    all += all;
    CHECK(one(*on, "SELECT $1::bytea", {bytes(all)}).bytes == all);
    CHECK(one(*on, "SELECT $1::bytea", {bytes("")}).value.kind == cell_kind::blob);
    CHECK(one(*on, "SELECT $1::bytea", {cell::of_bytes({})}).value.kind == cell_kind::blob);
    for (std::string const output : {"hex", "escape"}) {
        on->execute("SET bytea_output = " + output);
        auto const rows = rows_of(*on, "SELECT $1::bytea, point(1,2)", {bytes(all)});
        CHECK(rows[0][0].value.kind == cell_kind::blob);
        CHECK(rows[0][0].bytes == all);
    }
    CHECK_THROWS_AS(one(*on, "SELECT $1::text", {bytes("a")}), conversion_error);
}

TEST_CASE("uuids travel as 16 bytes and become text where text is wanted") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    std::string const raw{"\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x00\x12\x34\x56\x78\x9a\xbc", 16};
    std::string const written = "01234567-89ab-cdef-0000-123456789abc";
    check_both(*on, "'" + written + "'::uuid", cell_kind::uuid, raw);
    CHECK(one(*on, "SELECT $1::uuid", {bytes(raw, cell_kind::uuid)}).bytes == raw);
    CHECK(one(*on, "SELECT $1::uuid", {text(written)}).bytes == raw);
    CHECK(one_text(*on, "SELECT $1::text", {bytes(raw, cell_kind::uuid)}) == written);
    CHECK_THROWS_AS(one(*on, "SELECT $1::uuid", {text("not a uuid")}), conversion_error);
}

TEST_CASE("JSON goes into json, jsonb and text") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    auto const json = cell::of_text(R"({"ключ": [1, null]})", cell_kind::json);
    for (std::string const type : {"json", "jsonb"}) {
        CHECK(one(*on, "SELECT $1::" + type, {json}).bytes == R"({"ключ": [1, null]})");
    }
    CHECK(one_text(*on, "SELECT $1::text", {json}) == R"({"ключ": [1, null]})");
    CHECK_THROWS_AS(one(*on, "SELECT $1::jsonb", {text("{")}), conversion_error);
}

TEST_CASE("arrays of numbers come as JSON text and go from it") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    struct {
        std::string type, value;
    } const cases[] = {
        {"smallint", "[1,-2,3]"},
        {"int", "[2147483647]"},
        {"bigint", "[9223372036854775807,0]"},
        {"float4", "[1.5,-0.25]"},
        {"float8", "[0.1,1e+300]"},
        {"numeric", "[0.10,-12345678901234567890.5]"},
        {"int", "[]"},
        {"oid", "[4294967295]"},
    };
    for (auto const& [type, value] : cases) {
        CAPTURE(type, value);
        auto const found =
            one(*on, "SELECT $1::" + type + "[]", {cell::of_text(value, cell_kind::array)});
        CHECK(found.value.kind == cell_kind::array);
        CHECK(found.bytes == value);
    }
    CHECK(one(*on, "SELECT ARRAY[1,NULL,3]").bytes == "[1,null,3]");
    CHECK(rows_of(*on, "SELECT ARRAY[1,2], point(1,2)")[0][0].bytes == "{1,2}");
    CHECK_THROWS_AS(one(*on, "SELECT ARRAY[[1,2],[3,4]]"), conversion_error);
    auto const array = cell::of_text("[1,2]", cell_kind::array);
    CHECK(one_text(*on, "SELECT $1::text", {array}) == "[1,2]");
    CHECK(one(*on, "SELECT $1::jsonb", {array}).bytes == "[1, 2]");
}

TEST_CASE("NULL is NULL for a parameter of any type") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    for (std::string const type :
         {"int", "text", "bytea", "timestamptz", "jsonb", "int[]", "inet"}) {
        CAPTURE(type);
        CHECK(one(*on, "SELECT $1::" + type, {cell{}}).value.is_null());
    }
}

TEST_CASE("an enum and a domain take text and numbers") {
    ROAM_NEEDS_POSTGRESQL();
    auto const on = open();
    on->execute(
        "CREATE TYPE pg_temp.mood AS ENUM ('calm', 'wild');"
        "CREATE DOMAIN pg_temp.small AS int CHECK (VALUE < 10);"
        "CREATE TEMP TABLE t (m pg_temp.mood, s pg_temp.small)");
    CHECK(run(*on, "INSERT INTO t VALUES ($1, $2)", {text("wild"), integer(7)}) == 1);
    auto const rows = rows_of(*on, "SELECT m, s FROM t");
    CHECK(rows[0][0].bytes == "wild");
    CHECK(rows[0][1].value.integer == 7);
    CHECK_THROWS_AS(run(*on, "INSERT INTO t VALUES ($1, $2)", {text("wild"), integer(70)}),
                    check_error);
}
