// SPDX-License-Identifier: MIT
// A range writes what single inserts write, of every member type: on PostgreSQL its rows travel as
// one array for each column.
#include "conformance/fixture.hpp"
#include <roam/mapping/decimal.hpp>
#include <roam/mapping/uuid.hpp>

#include <support/driver.hpp>

#if __has_include(<nlohmann/json.hpp>)
#include <roam/mapping/json.hpp>
#endif

#include <array>
#include <limits>

namespace conformance::bulk_values {

using namespace std::chrono;
using roam::col;
using roam::decimal;

enum class color { red, green, blue };
ROAM_ENUM(color, red, green, blue)

enum class level : std::int16_t { low = -3, high = 300 };

struct numbers {
    std::int64_t id = 0;
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint16_t small = 0;
    std::int32_t medium = 0;
    std::uint64_t large = 0;
    float single = 0;
    double real = 0;
    decimal exact;
    std::optional<bool> maybe_flag;
    std::optional<std::int64_t> maybe_large;
    std::optional<double> maybe_real;
    std::optional<decimal> maybe_exact;
    friend bool operator==(numbers const&, numbers const&) = default;
};
ROAM_RECORD(numbers, precision<&numbers::exact>(30, 10))

struct texts {
    std::int64_t id = 0;
    std::string plain;
    std::optional<std::string> maybe;
    std::string short_one;
    std::array<char, 4> fixed{};
    std::vector<std::byte> bytes;
    std::optional<std::vector<std::byte>> maybe_bytes;
    color by_name = color::red;
    level by_number = level::low;
    friend bool operator==(texts const&, texts const&) = default;
};
ROAM_RECORD(texts, length<&texts::short_one>(5))

struct moments {
    std::int64_t id = 0;
    sys_days day{};
    sys_time<microseconds> at{};
    local_time<microseconds> clock{};
    microseconds took{};
    std::optional<sys_days> maybe_day;
    std::optional<sys_time<microseconds>> maybe_at;
    boost::uuids::uuid name{};
    std::optional<boost::uuids::uuid> maybe_name;
    friend bool operator==(moments const&, moments const&) = default;
};

struct series {
    std::int64_t id = 0;
    std::string name;
    std::vector<int> values;
    friend bool operator==(series const&, series const&) = default;
};

struct assigned {
    std::string name;
    std::optional<int> value;
    friend bool operator==(assigned const&, assigned const&) = default;
};
ROAM_RECORD(assigned, primary_key<&assigned::name>())

/// So often that PostgreSQL takes them by COPY where it can: `found` has what single rows became.
template <class T>
void check_many(store<T> const& db, std::vector<T> const& all, std::vector<T> const& found) {
    roam::remove<T>().every_row().run(db.db);
    std::vector<T> many;
    while (many.size() < 1000)
        many.insert(many.end(), all.begin(), all.end());
    if (!db.db.dialect().can(roam::sql::capability::copied_rows))
        many = all;
    roam::insert(many, roam::without_keys, db.db);
    auto const back = roam::select<T>().order_by(col<&T::id>).all(db.db);
    REQUIRE(back.size() == many.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < back.size(); ++i) {
        T alike = found[i % all.size()];
        alike.id = back[i].id;
        wrong += !(alike == back[i]);
    }
    CHECK(wrong == 0);
}

/// The rows of the range, and what the database gives back for them.
template <class T>
void check_round(std::vector<T> all) {
    store<T> db;
    std::vector<T> one_by_one = all;
    roam::insert(all, db.db);
    CHECK((roam::select<T>().order_by(col<&T::id>).all(db.db) == all));
    for (T& each : one_by_one)
        roam::insert(each, db.db);
    auto const found = roam::select<T>().order_by(col<&T::id>).all(db.db);
    REQUIRE(found.size() == 2 * all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        INFO(i);
        T alike = found[all.size() + i];
        alike.id = found[i].id;
        CHECK((alike == found[i]));
    }
    check_many(db, one_by_one, found);
}

TEST_CASE("a range of numbers keeps every digit, the limits and NULL") {
    ROAM_NEEDS(store<>{}.db, exact_real);
    using largest = std::numeric_limits<std::int64_t>;
    check_round<numbers>(
        {{},
         {0, true, -128, 65535, std::numeric_limits<int>::min(), 9223372036854775807u, 0.1f, 0.1,
          decimal::from_string("12345678901234567890.0123456789"), false, largest::min(), -0.0,
          decimal::from_string("-0.0000000001")},
         {0, false, 127, 0, std::numeric_limits<int>::max(), 1, std::numeric_limits<float>::max(),
          std::numeric_limits<double>::denorm_min(), decimal::from_string("0"), true,
          largest::max(), 1e308, decimal::from_string("99999999999999999999999999999999999999")},
         {}});
}

TEST_CASE("a range with NaN and infinities is stored or refused as one record is") {
    store<numbers> db;
    std::vector<numbers> all(3);
    all[0].real = std::numeric_limits<double>::infinity();
    all[1].real = -std::numeric_limits<double>::infinity();
    all[2].real = std::numeric_limits<double>::quiet_NaN();
    if (!db.db.dialect().can(roam::sql::capability::not_a_number)) {
        thrown_by<roam::conversion_error>([&] { roam::insert(all, db.db); });
        CHECK(roam::select<numbers>().count(db.db) == 0);
        return;
    }
    roam::insert(all, db.db);
    auto const found = roam::select<numbers>().order_by(col<&numbers::id>).all(db.db);
    CHECK(found[0].real == all[0].real);
    CHECK(found[1].real == all[1].real);
    CHECK(found[2].real != found[2].real);
}

TEST_CASE("a range of texts keeps quotes, backslashes, braces, NULL, empty text and bytes") {
    std::vector<std::byte> every;
    for (int i = 0; i < 256; ++i)
        every.push_back(static_cast<std::byte>(i));
    check_round<texts>({
        {},
        {0, "NULL", "", "\"", {'a', 'b', 'c', 'd'}, every, every, color::blue, level::high},
        {0, "{\"a\\\"b\", 'c', NULL}", "null", "\\", {'"'}, {}, std::vector<std::byte>{}, {}, {}},
        {0, " lead, trail ", std::nullopt, "é€𝄞ab", {}, {std::byte{0}}, std::nullopt, {}, {}},
        {0, "line\nline\ttab\r\x01", "\\\\\"\"", "", {}, {std::byte{'\\'}}, {}, {}, {}},
    });
}

TEST_CASE("a range of days, times and UUIDs keeps both ends of the calendar and NULL") {
    ROAM_NEEDS_OF_DRIVER(early_dates);
    auto const first = sys_days{year{0} / 1 / 1};
    auto const last = sys_days{year{9999} / 12 / 31};
    boost::uuids::uuid full{};
    std::fill(full.begin(), full.end(), std::uint8_t{255});
    check_round<moments>({
        {},
        {0, first, first, local_time<microseconds>{first.time_since_epoch()}, microseconds::min(),
         first, first, full, full},
        {0,
         last,
         last + 86'399'999'999us,
         local_time<microseconds>{last.time_since_epoch()},
         microseconds::max(),
         last,
         last,
         {},
         boost::uuids::uuid{}},
        {0,
         sys_days{1969y / 12 / 31},
         sys_time<microseconds>{-1us},
         local_time<microseconds>{-1us},
         -1us,
         {},
         {},
         {},
         {}},
    });
}

TEST_CASE("a range of records with arrays goes as rows of values") {
    check_round<series>({{0, "none", {}}, {0, "one", {1}}, {0, "three", {-1, 0, 2147483647}}});
}

#if __has_include(<nlohmann/json.hpp>)
struct note {
    std::int64_t id = 0;
    nlohmann::json body;
    std::optional<nlohmann::json> maybe;
    friend bool operator==(note const&, note const&) = default;
};

TEST_CASE("a range of JSON documents keeps their quotes, and JSON's null apart from NULL") {
    check_round<note>({{0, nullptr, std::nullopt},
                       {0, {{"a \"quoted\" \\ key", {1, 2.5, nullptr}}}, nlohmann::json{"é"}},
                       {0, nlohmann::json::array(), nlohmann::json::object()}});
}
#endif

TEST_CASE("a range of records with keys of their own needs none back") {
    store<assigned> db;
    std::vector<assigned> const all{{"a", 1}, {"b", std::nullopt}, {"c", 3}};
    CHECK((roam::insert(all, db.db) == all));
    CHECK((roam::select<assigned>().order_by(col<&assigned::name>).all(db.db) == all));
}

TEST_CASE("one value in a range that is refused inserts nothing and names no value") {
    store<texts> db;
    std::vector<texts> all(5);
    for (char const* bad : {"a\xff", "\xc3"}) {
        all[3].plain = bad;
        auto const e = thrown_by<roam::conversion_error>([&] { roam::insert(all, db.db); });
        CHECK(contains(e.what(), "UTF-8"));
    }
    all[3].plain = std::string{"nul\0byte", 8};
    auto const e = thrown_by<roam::conversion_error>([&] { roam::insert(all, db.db); });
    CHECK(contains(e.what(), "NUL"));
    CHECK_FALSE(contains(e.what(), "byte)"));
    all[3].plain = "good";
    all[4].short_one = "longer than five";
    CHECK_THROWS_AS(roam::insert(all, db.db), roam::error);
    CHECK(roam::select<texts>().count(db.db) == 0);
}

TEST_CASE("a long text in a range does not wait for a thousand rows, and nothing is lost") {
    std::vector<texts> all(40);
    for (auto& each : all)
        each.plain = std::string(100'000, 'x');
    check_round(all);
}

TEST_CASE("columns of types that only the server knows are written by a range as by one record") {
    if (on_sqlite() || on_firebird())
        ROAM_SKIP("the engine has no such types");
    store<> db;
    db.db.lease().execute(
        on_mysql() ? "CREATE TABLE person (id int AUTO_INCREMENT PRIMARY KEY,"
                     " mood ENUM('calm', 'cross'))"
                   : "CREATE TYPE mood AS ENUM ('calm', 'cross');"
                     "CREATE TABLE person (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
                     " mood mood)");
    {
        struct person {
            std::int64_t id = 0;
            std::string mood;
        };
        std::vector<person> all{{0, "calm"}, {0, "cross"}, {0, "calm"}};
        roam::insert(all, db.db);  // found out
        roam::insert(all, db.db);  // known
        CHECK(roam::select<person>().where(col<&person::mood> == "cross").count(db.db) == 2);
    }
    struct person {  // another type, of which it is not known
        std::int64_t id = 0;
        std::string mood;
    };
    std::vector<person> all{{0, "calm"}, {0, "cross"}, {0, "calm"}};
    roam::transaction tx{db.db};
    roam::insert(all, tx);
    CHECK(
        (roam::select<person>().order_by(roam::desc(col<&person::id>)).first(tx)->id == all[2].id));
    tx.commit();
    CHECK(roam::select<person>().where(col<&person::mood> == "cross").count(db.db) == 3);
}

}  // namespace conformance::bulk_values
