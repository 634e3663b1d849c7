// SPDX-License-Identifier: MIT
// A program's global locale writes numbers as people do; SQL and stored text take no notice.
#include "conformance/fixture.hpp"
#include <roam/mapping/decimal.hpp>

#include <algorithm>
#include <locale>

namespace conformance::locales {

using namespace std::chrono;
using roam::col;

struct measure {
    std::int64_t id = 0;
    std::int64_t number = 0;
    double real = 0;
    roam::decimal exact;
    std::vector<double> series;
    sys_time<microseconds> at{};
    std::string note;
    friend bool operator==(measure const&, measure const&) = default;
};
ROAM_RECORD(measure, length<&measure::note>(1'234))

/// 1234567.5 is "1.234.567,5".
struct grouped : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

struct global_locale {
    std::locale before = std::locale::global(std::locale{std::locale::classic(), new grouped});
    ~global_locale() { std::locale::global(before); }
};

TEST_CASE("a global locale that groups digits changes no statement and no value") {
    global_locale const here;
    store<measure> db;
    std::vector<measure> all(2345);
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const n = static_cast<std::int64_t>(i);
        all[i] = {0,
                  n * 1'234'567,
                  static_cast<double>(i) * 1234.5,
                  roam::decimal::from_string(std::to_string(i) + ".25"),
                  {1234567.5, -0.5},
                  sys_time<microseconds>{microseconds{n * 1'234'567'890'123}},
                  "1,5"};
    }
    roam::insert(all, db.db);
    auto one = all[2000];
    roam::insert(one, db.db);
    one.number = 7'654'321;
    roam::update(one, db.db);
    auto const stored =
        roam::select<measure>().order_by(col<&measure::id>).limit(1'000'000).all(db.db);
    REQUIRE(stored.size() == all.size() + 1);
    CHECK(std::equal(all.begin(), all.end(), stored.begin()));
    CHECK(stored.back() == one);
    CHECK(
        roam::raw<std::int64_t>("SELECT id FROM measure WHERE number = ?", 7'654'321).one(db.db) ==
        one.id);
}

}  // namespace conformance::locales
