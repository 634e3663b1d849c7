// SPDX-License-Identifier: MIT
// The member types that come by headers of their own: UUID, decimal, JSON.
#include "conformance/fixture.hpp"
#include <roam/mapping/decimal.hpp>
#include <roam/mapping/uuid.hpp>

#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#if __has_include(<nlohmann/json.hpp>)
#include <roam/mapping/json.hpp>
#endif

namespace conformance::optin_types {

using boost::uuids::uuid;
using roam::col;
using roam::decimal;

struct device {
    uuid id{};
    std::string name;
    std::optional<uuid> parent;
    friend bool operator==(device const&, device const&) = default;
};
ROAM_RECORD(device, references<&device::parent, device>())

struct item {
    std::int64_t id = 0;
    decimal price;
    std::optional<decimal> weight;
    friend bool operator==(item const&, item const&) = default;
};
ROAM_RECORD(item, precision<&item::price>(30, 10))

uuid uuid_of(char const* text) { return boost::uuids::string_generator{}(text); }

TEST_CASE("a UUID is a key like any other, assigned by the program") {
    store<device> db;
    device const nil{.id = {}, .name = "nil", .parent = {}};
    device const some{
        .id = uuid_of("01234567-89ab-cdef-0123-456789abcdef"), .name = "some", .parent = nil.id};
    device const full{
        .id = uuid_of("ffffffff-ffff-ffff-ffff-ffffffffffff"), .name = "full", .parent = some.id};
    for (auto const& d : {nil, some, full})
        roam::insert(d, db.db);
    CHECK((roam::get<device>(some.id, db.db) == some));
    CHECK((roam::get<device>(nil.id, db.db) == nil));
    CHECK((roam::select<device>().where(col<&device::parent> == some.id).one(db.db) == full));
    CHECK((roam::select(col<&device::name>).order_by(col<&device::id>).all(db.db) ==
           std::vector<std::string>{"nil", "some", "full"}));
    CHECK(roam::raw<std::string>(
              on_firebird() ? "SELECT lower(uuid_to_char(id)) FROM device WHERE name = 'some'"
              : on_mysql()  ? "SELECT id FROM device WHERE name = 'some'"
                            : "SELECT CAST(id AS text) FROM device WHERE name = 'some'")
              .one(db.db) == "01234567-89ab-cdef-0123-456789abcdef");
    CHECK((roam::raw<uuid>("SELECT id FROM device WHERE name = ?", "full").one(db.db) == full.id));
    thrown_by<roam::unique_error>([&] { roam::insert(some, db.db); });
    device changed = some;
    changed.name = "changed";
    roam::save(changed, db.db);
    CHECK((roam::get<device>(some.id, db.db).name == "changed"));
}

TEST_CASE("a text that spells no UUID is a conversion_error") {
    store<> db;
    roam::raw("CREATE TABLE device (id varchar(40) PRIMARY KEY, name text, parent text)")
        .run(db.db);
    roam::raw("INSERT INTO device VALUES ('01234567-89ab-cdef-0123-45678', 'x', NULL)").run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::select<device>().all(db.db); });
    CHECK(contains(e.what(), "device.id"));
}

TEST_CASE("a decimal loses no digit and keeps those behind the point") {
    store<item> db;
    std::vector<item> items;
    for (char const* text : {"0", "0.1", "-0.0000000001", "12345678901234567890.0123456789",
                             "-99999999999999999999.9999999999", "1"}) {
        items.push_back(
            {.price = decimal::from_string(text), .weight = decimal::from_string(text)});
    }
    items.push_back({.price = 7, .weight = std::nullopt});
    roam::insert(items, db.db);
    auto const found = roam::select<item>().order_by(col<&item::id>).all(db.db);
    CHECK((found == items));
    CHECK(found.at(3).weight->to_string() == "12345678901234567890.0123456789");
    CHECK(found.at(5).weight->to_string() == "1");
    CHECK(
        (roam::select<item>().where(col<&item::weight> == decimal::from_string("0.1")).one(db.db) ==
         items[1]));
    CHECK(roam::select<item>().where(col<&item::weight>.is_null()).count(db.db) == 1);
}

TEST_CASE("decimals are ordered and summed as numbers where the engine has them") {
    store<item> db;
    ROAM_NEEDS(db.db, exact_decimal);
    std::vector<item> items;
    for (char const* text : {"10", "9.5", "-1", "0.1", "0.2"}) {
        items.push_back({.price = decimal::from_string(text), .weight = {}});
    }
    roam::insert(items, db.db);
    CHECK((roam::select(col<&item::price>).order_by(col<&item::price>).all(db.db) ==
           std::vector<decimal>{-1, decimal{1, 1}, decimal{2, 1}, decimal{95, 1}, 10}));
    CHECK((roam::select(roam::sum(col<&item::price>)).one(db.db) == decimal::from_string("18.8")));
    CHECK((roam::select(roam::max(col<&item::price>)).one(db.db) == decimal{10}));
    CHECK(roam::select<item>().where(col<&item::price> > decimal{9}).count(db.db) == 2);
}

#if __has_include(<nlohmann/json.hpp>)
struct document {
    std::int64_t id = 0;
    nlohmann::json body;
    std::optional<nlohmann::json> extra;
};

TEST_CASE("JSON comes back equal, and JSON null is not NULL") {
    store<document> db;
    using nlohmann::json;
    for (json const& body :
         {json::parse(R"({"a": [1, 2.5, "three", null, true], "ż": {"nested": {}}})"),
          json(nullptr), json(5), json("text with 'quotes' and \"more\""), json::array(),
          json(9223372036854775807), json(false)}) {
        INFO(body.dump());
        document d{.body = body, .extra = std::nullopt};
        roam::insert(d, db.db);
        auto const found = roam::get<document>(d.id, db.db);
        CHECK((found.body == body));
        CHECK_FALSE(found.extra.has_value());
        d.extra = body;
        roam::update(d, db.db);
        CHECK((roam::get<document>(d.id, db.db).extra == body));
    }
    CHECK(roam::select<document>().where(col<&document::extra>.is_null()).count(db.db) == 0);
}

TEST_CASE("a text that is no JSON is a conversion_error") {
    store<> db;
    roam::raw("CREATE TABLE document (id integer PRIMARY KEY, body text, extra text)").run(db.db);
    roam::raw("INSERT INTO document VALUES (1, '{\"open\": ', NULL)").run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::get<document>(1, db.db); });
    CHECK(contains(e.what(), "document.body"));
}
#endif

}  // namespace conformance::optin_types
