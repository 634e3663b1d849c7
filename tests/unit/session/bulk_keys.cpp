// SPDX-License-Identifier: MIT
// The keys of a range on SQLite, which tells them while it adds the rows: without RETURNING, and
// with it where somebody else could be listening or a trigger adds rows of its own.
#include <roam/backend/sqlite.hpp>
#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace bulk_keys {

struct entry {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(entry const&, entry const&) = default;
};
ROAM_RECORD(entry, table("Entries"))

struct echoed {
    std::int64_t id = 0;
    std::string text;
    friend bool operator==(echoed const&, echoed const&) = default;
};
ROAM_RECORD(echoed, table("echoed"))

struct other {
    std::int64_t id = 0;
    std::string text;
};
ROAM_RECORD(other, table("others"))

using roam::col;

std::shared_ptr<roam::test::recorder> const watch = std::make_shared<roam::test::recorder>();

roam::database open() { return roam::database{"sqlite::memory:", {.watch = watch}}; }

template <class T>
std::vector<T> some(std::size_t count) {
    std::vector<T> all(count);
    for (std::size_t i = 0; i < count; ++i)
        all[i].text = "row " + std::to_string(i);
    return all;
}

/// How many of the statements since the last call say the word.
std::size_t saying(std::string const& word) {
    auto const said = watch->take();
    return static_cast<std::size_t>(std::count_if(said.begin(), said.end(), [&](auto const& sql) {
        return sql.find(word) != std::string::npos;
    }));
}

template <class T>
std::vector<T> stored() {
    return roam::select<T>().order_by(col<&T::id>).all();
}

TEST_CASE("SQLite's INSERT of a range has no RETURNING, and each record has its row's key") {
    auto const db = open();
    roam::create_tables<entry>(db);
    roam::session_scope scope{db};
    watch->take();
    auto all = some<entry>(250);
    roam::insert(all);
    CHECK(saying("RETURNING") == 0);
    CHECK(stored<entry>() == all);
    roam::remove<entry>().where(col<&entry::id> > 100).run();
    auto more = some<entry>(7);
    roam::insert(more);
    CHECK(more.front().id == 251);
    CHECK(more.back().id == 257);
}

TEST_CASE("a range of one is one statement, without a transaction") {
    auto const db = open();
    roam::create_tables<entry>(db);
    roam::session_scope scope{db};
    watch->take();
    auto one = some<entry>(1);
    roam::insert(one);
    CHECK(watch->take().size() == 1);
    CHECK(stored<entry>() == one);
}

TEST_CASE("where a trigger adds rows to the table too, the keys come by RETURNING") {
    auto const db = open();
    roam::create_tables<echoed>(db);
    roam::session_scope scope{db};
    scope.get().execute(
        "CREATE TRIGGER echo AFTER INSERT ON echoed WHEN new.text LIKE 'row%' "
        "BEGIN INSERT INTO echoed (text) VALUES ('echo'); END");
    watch->take();
    for (std::size_t const inserts_again : {1U, 0U}) {
        auto all = some<echoed>(30);
        roam::insert(all);
        CHECK(saying("ROLLBACK") == inserts_again);
        CHECK(roam::select<echoed>().where(col<&echoed::text> != "echo").count() == 30);
        for (auto const& each : all)
            CHECK(roam::get<echoed>(each.id) == each);
        roam::remove<echoed>().every_row().run();
    }
}

TEST_CASE("a trigger that adds rows elsewhere changes nothing") {
    auto const db = open();
    roam::create_tables<entry, other>(db);
    roam::session_scope scope{db};
    scope.get().execute(
        "CREATE TRIGGER note AFTER INSERT ON \"Entries\" "
        "BEGIN INSERT INTO others (text) VALUES ('seen'); END");
    watch->take();
    auto all = some<entry>(30);
    roam::insert(all);
    CHECK(saying("RETURNING") == 0);
    CHECK(stored<entry>() == all);
    CHECK(roam::select<other>().count() == 30);
}

TEST_CASE("a hook of the program's own keeps hearing of each row") {
    auto const db = open();
    roam::create_tables<entry>(db);
    roam::session_scope scope{db};
    int heard = 0;
    sqlite3_update_hook(
        static_cast<sqlite3*>(scope.get().native_handle()),
        [](void* count, int, char const*, char const*, sqlite3_int64) {
            ++*static_cast<int*>(count);
        },
        &heard);
    auto all = some<entry>(30);
    roam::insert(all);
    CHECK(heard == 30);
    CHECK(stored<entry>() == all);
    sqlite3_update_hook(static_cast<sqlite3*>(scope.get().native_handle()), nullptr, nullptr);
}

TEST_CASE("a range that fails leaves no row, and the next one gets its keys") {
    auto const db = open();
    roam::create_tables<entry>(db);
    roam::session_scope scope{db};
    auto all = some<entry>(250);
    all[200].text = "no UTF-8: \xff";
    CHECK_THROWS_AS(roam::insert(all), roam::conversion_error);
    CHECK(roam::select<entry>().count() == 0);
    all[200].text = "fine";
    roam::insert(all);
    CHECK(stored<entry>() == all);
}

}  // namespace bulk_keys
