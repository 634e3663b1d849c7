// SPDX-License-Identifier: MIT
// What an error leaves behind: in the transaction, in the session, and in the pool.
#include "conformance/fixture.hpp"

namespace conformance::errors_in_transactions {

struct account {
    std::int64_t id = 0;
    std::string owner;
    int balance = 0;
    friend bool operator==(account const&, account const&) = default;
};
ROAM_RECORD(account, unique<&account::owner>(), check("balance >= 0"))

struct pupil {
    std::int64_t id = 0;
    std::int64_t class_id = 0;
};
struct school_class {
    std::int64_t id = 0;
    std::string name;
};

using roam::col;

TEST_CASE("an error outside a transaction leaves session and pool as they were") {
    store<account> db;
    roam::insert(account{.owner = "a", .balance = 1}, db.db);
    roam::session_scope scope{db.db};
    for (int i = 0; i < 3; ++i) {
        auto const e = thrown_by<roam::unique_error>(
            [&] { roam::insert(account{.owner = "a", .balance = 1}); });
        CHECK(e.connection_usable());
        CHECK(e.transaction_usable());
        CHECK(roam::select<account>().count() == 1);
    }
    CHECK(db.db.counts().opened == 1);
}

TEST_CASE("after an error inside a transaction, what may go on goes on, and the rest says so") {
    store<account> db;
    {
        roam::transaction tx{db.db};
        roam::insert(account{.owner = "a", .balance = 1});
        auto const e = thrown_by<roam::check_error>(
            [&] { roam::insert(account{.owner = "b", .balance = -1}); });
        if (e.transaction_usable()) {
            CHECK(roam::select<account>().count() == 1);
            tx.commit();
        } else {
            thrown_by<roam::transaction_failed_error>([&] { roam::select<account>().count(); });
            thrown_by<roam::transaction_failed_error>(
                [&] { roam::insert(account{.owner = "c", .balance = 1}); });
            thrown_by<roam::transaction_failed_error>([&] { tx.commit(); });
        }
        CHECK(e.transaction_usable() == !on_postgresql());
    }
    CHECK(roam::select<account>().count(db.db) == (on_postgresql() ? 0 : 1));
    roam::insert(account{.owner = "after", .balance = 1}, db.db);
}

TEST_CASE("a savepoint around the fault saves the transaction on every backend") {
    store<account> db;
    roam::transaction tx{db.db};
    roam::insert(account{.owner = "a", .balance = 1});
    {
        roam::transaction inner{db.db};
        roam::insert(account{.owner = "b", .balance = 1});
        thrown_by<roam::unique_error>([&] { roam::insert(account{.owner = "a", .balance = 1}); });
        inner.rollback();
    }
    roam::insert(account{.owner = "c", .balance = 1});
    tx.commit();
    CHECK(roam::select(col<&account::owner>).order_by(col<&account::owner>).all(db.db) ==
          std::vector<std::string>{"a", "c"});
}

TEST_CASE("a rolled back transaction leaves no row") {
    store<account> db;
    {
        roam::transaction tx{db.db};
        roam::insert(account{.owner = "a", .balance = 1});
        std::vector<account> many(150);
        for (std::size_t i = 0; i < many.size(); ++i)
            many[i].owner = std::to_string(i);
        roam::insert(many);
        CHECK(roam::select<account>().count() == 151);
    }
    CHECK(roam::select<account>().count(db.db) == 0);
}

TEST_CASE("a range that fails inside a transaction is undone alone") {
    store<account> db;
    roam::transaction tx{db.db};
    roam::insert(account{.owner = "before", .balance = 1});
    std::vector<account> many(250);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i].owner = std::to_string(i);
    many.back().owner = "before";
    auto const e = thrown_by<roam::unique_error>([&] { roam::insert(many); });
    CHECK(e.connection_usable());
    CHECK(roam::select<account>().count() == 1);
    roam::insert(account{.owner = "after", .balance = 1});
    tx.commit();
    CHECK(roam::select<account>().count(db.db) == 2);
}

TEST_CASE("an error while rows are read leaves the session usable") {
    store<account> db;
    for (int i = 0; i < 5; ++i) {
        roam::insert(account{.owner = std::to_string(i), .balance = i}, db.db);
    }
    roam::session_scope scope{db.db};
    thrown_by<roam::conversion_error>([] { roam::raw<int>("SELECT owner FROM account").all(); });
    thrown_by<roam::too_many_rows_error>([] { roam::select<account>().one(); });
    CHECK(roam::select<account>().count() == 5);
    int seen = 0;
    try {
        for ([[maybe_unused]] auto const& a : roam::select<account>().stream()) {
            if (++seen == 2)
                throw std::runtime_error("enough");
        }
    } catch (std::runtime_error const&) {
    }
    CHECK(seen == 2);
    CHECK(roam::select<account>().count() == 5);
}

TEST_CASE("a foreign key that is broken only when the transaction ends fails the commit") {
    if (on_mysql() || on_firebird())
        ROAM_SKIP("it has no deferred constraints");
    store<> db;
    roam::raw("CREATE TABLE school_class (id integer PRIMARY KEY, name text NOT NULL)").run(db.db);
    roam::raw(
        "CREATE TABLE pupil (id integer PRIMARY KEY, class_id integer NOT NULL REFERENCES "
        "school_class DEFERRABLE INITIALLY DEFERRED)")
        .run(db.db);
    {
        roam::transaction tx{db.db};
        pupil p{.id = 1, .class_id = 9};
        roam::insert(p, roam::keep_key);
        thrown_by<roam::foreign_key_error>([&] { tx.commit(); });
    }
    CHECK(roam::select<pupil>().count(db.db) == 0);
    {
        roam::transaction tx{db.db};
        pupil p{.id = 1, .class_id = 9};
        roam::insert(p, roam::keep_key);
        school_class c{.id = 9, .name = "nine"};
        roam::insert(c, roam::keep_key);
        tx.commit();
    }
    CHECK(roam::select<pupil>().count(db.db) == 1);
}

TEST_CASE("a write in a read-only transaction is a permission_error") {
    store<account> db;
    roam::transaction tx{db.db, {.read_only = true}};
    CHECK(roam::select<account>().count() == 0);
    thrown_by<roam::permission_error>([] { roam::insert(account{.owner = "a", .balance = 1}); });
}

}  // namespace conformance::errors_in_transactions
