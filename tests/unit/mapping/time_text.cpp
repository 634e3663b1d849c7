// SPDX-License-Identifier: MIT
#include "mapping/time_text.hpp"

#include <support/catch.hpp>

#include <cstdint>
#include <string>
#include <string_view>

using namespace roam::mapping;

namespace {

std::string date_of(std::int64_t days) {
    std::string text(date_text_size, '?');
    return write_date(text.data(), days) ? text : "refused";
}

std::string time_of(std::int64_t microseconds) {
    std::string text(timestamp_text_size, '?');
    return write_timestamp(text.data(), microseconds) ? text : "refused";
}

constexpr std::int64_t first_day = -719528;
constexpr std::int64_t last_day = 2932896;

}  // namespace

TEST_CASE("days are written in ten characters, from year 0 to year 9999 and no further") {
    CHECK(date_of(0) == "1970-01-01");
    CHECK(date_of(-1) == "1969-12-31");
    CHECK(date_of(11016) == "2000-02-29");
    CHECK(date_of(first_day) == "0000-01-01");
    CHECK(date_of(last_day) == "9999-12-31");
    CHECK(date_of(first_day - 1) == "refused");
    CHECK(date_of(last_day + 1) == "refused");
    CHECK(date_of(INT64_MIN) == "refused");
    CHECK(date_of(INT64_MAX) == "refused");
}

TEST_CASE("instants are written in 26 characters with all six digits of the second") {
    CHECK(time_of(0) == "1970-01-01 00:00:00.000000");
    CHECK(time_of(1) == "1970-01-01 00:00:00.000001");
    CHECK(time_of(-1) == "1969-12-31 23:59:59.999999");
    CHECK(time_of(-microseconds_per_day) == "1969-12-31 00:00:00.000000");
    CHECK(time_of(1'709'210'096'789'000) == "2024-02-29 12:34:56.789000");
    CHECK(time_of(first_day * microseconds_per_day) == "0000-01-01 00:00:00.000000");
    CHECK(time_of((last_day + 1) * microseconds_per_day - 1) == "9999-12-31 23:59:59.999999");
    CHECK(time_of(first_day * microseconds_per_day - 1) == "refused");
    CHECK(time_of((last_day + 1) * microseconds_per_day) == "refused");
    CHECK(time_of(INT64_MIN) == "refused");
    CHECK(time_of(INT64_MAX) == "refused");
}

TEST_CASE("the order of texts is the order of times") {
    std::int64_t const times[] = {first_day * microseconds_per_day,
                                  -microseconds_per_day,
                                  -1,
                                  0,
                                  1,
                                  1'000'000,
                                  1'709'210'096'789'000};
    for (std::size_t i = 1; i < std::size(times); ++i)
        CHECK(time_of(times[i - 1]) < time_of(times[i]));
}

TEST_CASE("what was written is read back the same") {
    for (std::int64_t days = first_day; days <= last_day; days += 997) {
        std::int64_t back = 0;
        REQUIRE(read_date(date_of(days), back));
        REQUIRE(back == days);
        std::int64_t const microseconds = days * microseconds_per_day + days % 1000 + 1000;
        REQUIRE(read_timestamp(time_of(microseconds), back));
        REQUIRE(back == microseconds);
    }
}

TEST_CASE("instants are read in the forms that the usual tools write") {
    struct sample {
        char const* text;
        std::int64_t microseconds;
    };
    constexpr std::int64_t noon = 1'709'208'000'000'000;  // 2024-02-29 12:00:00 UTC
    auto const [text, microseconds] = GENERATE_COPY(
        sample{"2024-02-29", noon - microseconds_per_day / 2}, sample{"2024-02-29 12:00", noon},
        sample{"2024-02-29 12:00:00", noon}, sample{"2024-02-29T12:00:00", noon},
        sample{"2024-02-29T12:00:00Z", noon}, sample{"2024-02-29 12:00Z", noon},
        sample{"2024-02-29 12:00:00.5", noon + 500'000},
        sample{"2024-02-29 12:00:00.123456", noon + 123'456},
        sample{"2024-02-29 12:00:00.123456789", noon + 123'456},
        sample{"2024-02-29 12:00:00+00", noon}, sample{"2024-02-29 14:30:00+02:30", noon},
        sample{"2024-02-29 14:30:00+0230", noon}, sample{"2024-02-29 04:00:00-08", noon},
        sample{"2024-03-01T01:00:00.25+13:00", noon + 250'000},
        sample{"1969-12-31 23:59:59.999999", -1});
    CAPTURE(text);
    std::int64_t read = 0;
    REQUIRE(read_timestamp(text, read));
    CHECK(read == microseconds);
}

TEST_CASE("text that is no time is refused") {
    for (std::string_view const text : {"",
                                        "2024",
                                        "2024-02",
                                        "2024-2-9",
                                        "2023-02-29",
                                        "2024-13-01",
                                        "2024-00-01",
                                        "2024-01-00",
                                        "2024-04-31",
                                        "24-01-01",
                                        "02024-01-01",
                                        "2024/01/01",
                                        "-024-01-01",
                                        "2024-01-01 ",
                                        "2024-01-01x",
                                        "2024-01-01 1:00",
                                        "2024-01-01 24:00",
                                        "2024-01-01 23:60",
                                        "2024-01-01 23:59:60",
                                        "2024-01-01 23:59:",
                                        "2024-01-01 23:59:5",
                                        "2024-01-01 12:00:00.",
                                        "2024-01-01 12:00:00.1234567890",
                                        "2024-01-01 12:00:00 ",
                                        "2024-01-01 12:00:00ZZ",
                                        "2024-01-01 12:00:00+1",
                                        "2024-01-01 12:00:00+24",
                                        "2024-01-01 12:00:00+01:60",
                                        "2024-01-01 12:00:00+01:",
                                        "2024-01-01 12:00:00 +01",
                                        "now",
                                        "infinity"}) {
        CAPTURE(text);
        std::int64_t microseconds = 0;
        CHECK_FALSE(read_timestamp(text, microseconds));
        std::int64_t days = 0;
        CHECK_FALSE(read_date(text, days));
    }
    std::int64_t days = 0;
    CHECK_FALSE(read_date("2024-01-01 00:00:00", days));
}
