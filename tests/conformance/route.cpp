// SPDX-License-Identifier: MIT
// Records that belong to another database than whichever is current.
#include "conformance/fixture.hpp"
#include <roam/session/limit.hpp>
#include <roam/session/route.hpp>

#include <chrono>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace conformance::routing {

using namespace std::chrono_literals;

struct book {
    std::int64_t id = 0;
    std::string title;
};

struct entry {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(entry const&, entry const&) = default;
};
ROAM_RECORD(entry, table("entries"), database("audit"))

struct visit {
    std::int64_t place = 0;
    std::int64_t number = 0;
    std::string who;
};
ROAM_RECORD(visit, primary_key<&visit::place, &visit::number>(), database("visits"))

/// Two databases, the routed records in the second one; routes are gone with it.
struct two_places {
    store<book> library;
    roam::test::place elsewhere;
    roam::database audit = elsewhere.open();

    two_places() {
        roam::create_tables<entry, visit>(audit);
        roam::create_tables<entry, visit>(library.db);
        roam::set_route("audit", audit);
        roam::set_route("visits", audit);
    }
    ~two_places() {
        roam::clear_route("audit");
        roam::clear_route("visits");
    }
    std::int64_t in_audit() const { return roam::select<entry>().count(audit); }
    std::int64_t in_library() const { return roam::select<entry>().count(library.db); }
};

TEST_CASE("a record with a route goes to its database, whatever scope is open") {
    two_places db;
    roam::session_scope here{db.library.db};
    book b{.title = "The Dispossessed"};
    roam::insert(b);
    entry e{.text = "first"};
    roam::insert(e);
    CHECK(db.in_audit() == 1);
    CHECK(db.in_library() == 0);

    e.text = "changed";
    roam::update(e);
    CHECK(roam::get<entry>(e.id) == e);
    roam::update<&entry::text>(e);
    entry again = e;
    again.text.clear();
    roam::refresh(again);
    CHECK(again == e);
    CHECK(roam::exists<entry>(e.id));
    CHECK(roam::find<entry>(e.id) == e);
    roam::save(e);
    if (db.audit.dialect().can(roam::sql::capability::returning))
        roam::upsert(e);
    roam::remove(e);
    CHECK(db.in_audit() == 0);
    CHECK(db.in_library() == 0);
}

TEST_CASE("ranges, queries and streams of routed records take the same way") {
    two_places db;
    roam::session_scope here{db.library.db};
    std::vector<entry> several{{.text = "a"}, {.text = "b"}, {.text = "c"}};
    roam::insert(several);
    auto const all = roam::select<entry>().order_by(roam::col<&entry::id>);
    CHECK(all.all() == several);
    CHECK(all.count() == 3);
    CHECK(all.first() == several[0]);
    std::vector<entry> streamed;
    for (auto const& e : all.stream())
        streamed.push_back(e);
    CHECK(streamed == several);
    CHECK(roam::select(roam::col<&entry::text>).order_by(roam::col<&entry::id>).all() ==
          std::vector<std::string>{"a", "b", "c"});
    CHECK(roam::update<entry>().set(roam::col<&entry::text> = "z").every_row().run() == 3);
    CHECK(roam::remove<entry>().where(roam::col<&entry::text> == "z").run() == 3);
}

TEST_CASE("an explicit argument comes before the route") {
    two_places db;
    entry const e = roam::insert(entry{.text = "here"}, db.library.db);
    CHECK(db.in_library() == 1);
    CHECK(db.in_audit() == 0);
    CHECK_FALSE(roam::find<entry>(e.id).has_value());
    roam::transaction tx{db.library.db};
    CHECK(roam::get<entry>(e.id, tx) == e);
    CHECK(roam::get<entry>(e.id, roam::limit(db.library.db, 5s)) == e);
}

TEST_CASE("a limit alone names no database: the route does") {
    two_places db;
    roam::session_scope here{db.library.db};
    roam::insert(entry{.text = "limited"}, roam::limit(5s));
    CHECK(db.in_audit() == 1);
    CHECK(roam::select<entry>().all(roam::limit(5s)).size() == 1);
}

TEST_CASE("a routed record joins the caller's transaction on its database") {
    two_places db;
    {
        roam::transaction tx{db.audit};
        roam::session_scope nearer{db.library.db};
        roam::insert(entry{.text = "undone"});
        CHECK(roam::select<entry>().count() == 1);
    }
    CHECK(db.in_audit() == 0);
}

TEST_CASE(
    "D12: a write beside a transaction that is open elsewhere is refused, and nothing is sent") {
    two_places db;
    roam::transaction tx{db.library.db};
    entry e{.text = "no"};
    auto const refused = thrown_by<roam::cross_database_error>([&] { roam::insert(e); });
    CHECK(contains(refused.what(), "entry belongs to database(\"audit\")"));
    CHECK(contains(refused.location().file_name(), "route.cpp"));
    CHECK_THROWS_AS(roam::remove(entry{.id = 1}), roam::cross_database_error);
    CHECK_THROWS_AS(roam::update<entry>().set(roam::col<&entry::text> = "n").every_row().run(),
                    roam::cross_database_error);
    CHECK(roam::select<entry>().all().empty());  // reading is no danger
    CHECK(tx.is_open());
    CHECK(db.in_audit() == 0);

    roam::transaction there{db.audit};
    roam::insert(e);
    there.commit();
    CHECK(db.in_audit() == 1);
}

TEST_CASE(
    "D12: a route outside of transactions writes at once, and stays when the caller rolls back") {
    two_places db;
    roam::set_route("audit", db.audit, {.outside_transaction = true});
    {
        roam::transaction tx{db.library.db};
        roam::insert(entry{.text = "stays"});
        CHECK(db.in_audit() == 1);
    }
    CHECK(db.in_audit() == 1);
}

TEST_CASE("a function decides by the record or the key, in the caller's thread") {
    two_places db;
    std::vector<std::string> asked;
    roam::set_route("visits", [&](roam::route_request const& what) -> roam::cluster {
        CHECK(what.route() == "visits");
        CHECK(what.table() == &roam::table_of<visit>());
        std::string how = what.writes() ? "write" : "read";
        auto const* const v = what.record<visit>();
        auto const* const key = what.key<roam::key_of<visit>>();
        CHECK(what.record<entry>() == nullptr);
        CHECK(what.key<std::int64_t>() == nullptr);
        asked.push_back(how + (v ? " record" : key ? " key" : " query"));
        std::int64_t const shard = v ? v->place : key ? std::get<0>(*key) : 1;
        return shard % 2 == 0 ? db.library.db : db.audit;
    });
    roam::insert(visit{.place = 1, .number = 1, .who = "odd"});
    roam::insert(visit{.place = 2, .number = 1, .who = "even"});
    CHECK(roam::get<visit>({2, 1}).who == "even");
    CHECK(roam::get<visit>({1, 1}).who == "odd");
    CHECK(roam::select<visit>().count() == 1);
    CHECK(asked == std::vector<std::string>{"write record", "write record", "read key", "read key",
                                            "read query"});
    CHECK(roam::select<visit>().count(db.library.db) == 1);
}

TEST_CASE("what the function throws, the operation throws") {
    two_places db;
    roam::set_route("visits", [](roam::route_request const&) -> roam::cluster {
        throw std::out_of_range("no such tenant");
    });
    CHECK_THROWS_AS(roam::find<visit>({1, 1}), std::out_of_range);
}

TEST_CASE("a route that nobody set is an error that says what to call") {
    two_places db;
    roam::clear_route("audit");
    roam::session_scope here{db.library.db};
    auto const refused = thrown_by<roam::no_session_error>([] { roam::find<entry>(1); });
    CHECK(contains(refused.what(), "set_route()"));
    CHECK(contains(refused.what(), "audit"));
    CHECK_THROWS_AS(roam::set_route("", db.audit), roam::usage_error);
}

/// A primary and a copy of it that is older.
struct replicated : two_places {
    roam::test::place third;
    roam::database copy = third.open();
    entry newer{.text = "newer"};

    replicated() {
        roam::create_tables<entry>(copy);
        roam::set_route("audit", roam::cluster{audit, {copy}});
        entry older{.text = "older"};
        roam::insert(older, copy);
        roam::insert(newer);
    }
    static std::string read() { return roam::select<entry>().one().text; }
};

TEST_CASE("reads go to a replica and writes to the primary") {
    replicated db;
    CHECK(db.read() == "older");
    CHECK(roam::select<entry>().one(db.audit) == db.newer);
    roam::session_scope here{db.library.db};
    CHECK(db.read() == "older");
    db.newer.text = "newest";
    roam::update(db.newer);
    CHECK(roam::select<entry>().one(db.audit).text == "newest");
    CHECK(roam::select<entry>().one(db.copy).text == "older");
}

TEST_CASE("D12: reads join the transaction that is open on the primary") {
    replicated db;
    roam::transaction tx{db.audit};
    db.newer.text = "in the transaction";
    roam::update(db.newer);
    CHECK(db.read() == "in the transaction");
    {
        roam::session_scope nearer{db.library.db};
        CHECK(db.read() == "in the transaction");
    }
    tx.rollback();
    CHECK(db.read() == "older");
}

TEST_CASE("reads use the caller's scope on a replica") {
    replicated db;
    roam::session_scope here{db.copy};
    db.read();
    auto const leases = db.copy.counts().leases;
    CHECK(db.read() == "older");
    CHECK(db.copy.counts().leases == leases);
}

TEST_CASE("replicas are read in turn") {
    replicated db;
    roam::test::place fourth;
    roam::database const other = fourth.open();
    roam::create_tables<entry>(other);
    roam::insert(entry{.text = "other"}, other);
    roam::set_route("audit", roam::cluster{db.audit, {db.copy, other}});
    std::string const first = db.read();
    std::string const second = db.read();
    CHECK(first != second);
    CHECK(db.read() == first);
    CHECK(db.read() == second);
}

TEST_CASE("tables are created where their records belong, and not in several places at once") {
    store<book> library;
    roam::test::place elsewhere;
    roam::database const audit = elsewhere.open();
    roam::set_route("audit", audit);
    roam::session_scope here{library.db};
    roam::create_tables<entry>();
    roam::insert(entry{.text = "x"}, audit);
    auto const refused = thrown_by<roam::usage_error>([] { roam::create_tables<book, entry>(); });
    CHECK(contains(refused.what(), "book"));
    CHECK(contains(refused.what(), "entry"));
    roam::drop_tables<entry>();
    CHECK_THROWS_AS(roam::select<entry>().all(audit), roam::missing_table_error);
    roam::clear_route("audit");
}

/// Sends whatever names no session to the database of the day.
class daily final : public roam::chooser {
public:
    explicit daily(roam::database where) : where_(std::move(where)) {}
    std::optional<roam::database> choose(roam::route_request const& what) override {
        routes.emplace_back(what.route());
        return idle ? std::nullopt : std::optional{where_};
    }
    bool idle = false;
    std::vector<std::string> routes;

private:
    roam::database where_;
};

TEST_CASE("a chooser of the program's own decides before routes and scopes") {
    two_places db;
    roam::test::place today;
    daily chooser{today.open()};
    roam::database const day = today.open();
    roam::create_tables<book, entry>(day);
    struct installed {
        explicit installed(roam::chooser& c) { roam::set_chooser(&c); }
        ~installed() { roam::set_chooser(nullptr); }
    };
    {
        installed const now{chooser};
        roam::session_scope here{db.library.db};
        roam::insert(book{.title = "a"});
        roam::insert(entry{.text = "b"});
        {
            roam::transaction tx;
            roam::insert(book{.title = "c"});
            tx.commit();
        }
        CHECK(chooser.routes == std::vector<std::string>{"", "audit", "", ""});
        CHECK(roam::select<book>().count(db.library.db) == 0);
        roam::insert(book{.title = "explicit"}, db.library.db);
        CHECK(chooser.routes.size() == 4);

        chooser.idle = true;
        roam::insert(book{.title = "in the scope"});
        roam::insert(entry{.text = "by its route"});
    }
    CHECK(roam::select<book>().count(day) == 2);
    CHECK(roam::select<entry>().count(day) == 1);
    CHECK(roam::select<book>().count(db.library.db) == 2);
    CHECK(db.in_audit() == 1);
}

}  // namespace conformance::routing
