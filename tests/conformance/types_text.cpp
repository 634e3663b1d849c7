// SPDX-License-Identifier: MIT
// Text and bytes (D26): UTF-8 without NUL on every backend, or an error that says where.
#include "conformance/fixture.hpp"

#include <support/driver.hpp>

#include <array>

namespace conformance::text {

struct note {
    std::int64_t id = 0;
    std::string title;
    std::optional<std::string> body;
    friend bool operator==(note const&, note const&) = default;
};

struct fixed {
    std::int64_t id = 0;
    roam::fixed_string<8> code;
    std::array<char, 4> letters{};
    std::optional<roam::fixed_string<3>> maybe;
    std::string limited;
    friend bool operator==(fixed const&, fixed const&) = default;
};
ROAM_RECORD(fixed, length<&fixed::limited>(5))

struct legacy {
    std::int64_t id = 0;
    roam::unchecked_text bytes;
    friend bool operator==(legacy const&, legacy const&) = default;
};

struct file {
    std::int64_t id = 0;
    std::vector<std::byte> content;
    std::optional<std::vector<std::byte>> thumbnail;
    friend bool operator==(file const&, file const&) = default;
};

using roam::col;
using namespace std::string_literals;

std::vector<std::string> const good_texts{"",
                                          " ",
                                          "plain",
                                          "'single' \"double\" `back` [square]",
                                          "\\ \\0 \\x41 \\'",
                                          "% _ ? ?? $1 :a @b",
                                          "line\nbreak\r\n\ttab",
                                          "\x01\x1f\x7f",
                                          "Zażółć gęślą jaźń",
                                          "日本語",
                                          "🦊🚀",
                                          "e\u0301 against é",
                                          "\u200b\ufeff",
                                          "\U0010FFFF",
                                          "null",
                                          "NULL",
                                          "--comment /* */ ;",
                                          std::string(10'000, 'x'),
                                          "{\"a\": [1,2]}"};

// One of each way to be wrong: NUL, a lone continuation, cut short, overlong, a surrogate, too big.
std::vector<std::string> const bad_texts{
    "\0"s,          "before\0after"s,   "\x80",
    "\xff",         "cut \xc3",         "cut \xe2\x82",
    "\xf0\x9f\xa6", "\xc0\xaf",         "\xe0\x80\xaf",
    "\xed\xa0\x80", "\xf4\x90\x80\x80", "long enough for eight at a time \xff"};

TEST_CASE("text arrives as it was sent, and is found again by its value") {
    ROAM_NEEDS_OF_DRIVER(trailing_space);
    store<note> db;
    for (auto const& text : good_texts) {
        INFO(text.substr(0, 40));
        note n{.title = text, .body = text};
        roam::insert(n, db.db);
        CHECK(roam::get<note>(n.id, db.db) == n);
        CHECK(roam::select<note>().where(col<&note::title> == text).one(db.db) == n);
        CHECK(roam::raw<std::string>("SELECT body FROM note WHERE title = ?", text).one(db.db) ==
              text);
    }
    CHECK(roam::select<note>().where(col<&note::title>.in(good_texts)).all(db.db).size() ==
          good_texts.size());
}

TEST_CASE("empty text and NULL are two things") {
    store<note> db;
    auto const empty = roam::insert(note{.title = "a", .body = ""}, db.db);
    auto const null = roam::insert(note{.title = "b", .body = std::nullopt}, db.db);
    CHECK(roam::get<note>(empty.id, db.db).body == "");
    CHECK(roam::get<note>(null.id, db.db).body == std::nullopt);
    CHECK(roam::select<note>().where(col<&note::body> == "").one(db.db) == empty);
    CHECK(roam::select<note>().where(col<&note::body>.is_null()).one(db.db) == null);
}

TEST_CASE("text that is not UTF-8 or has a NUL is refused when it is written") {
    store<note> db;
    note kept{.title = "kept", .body = {}};
    roam::insert(kept, db.db);
    for (auto const& text : bad_texts) {
        INFO(text);
        note n{.title = text, .body = {}};
        auto const e = thrown_by<roam::conversion_error>([&] { roam::insert(n, db.db); });
        CHECK(contains(e.what(), "parameter 1"));
        CHECK_FALSE(contains(e.what(), "before"));
        CHECK(e.connection_usable());
        note second{.title = "fine", .body = text};
        CHECK(
            contains(thrown_by<roam::conversion_error>([&] { roam::insert(second, db.db); }).what(),
                     "parameter 2"));
        note changed = kept;
        changed.title = text;
        thrown_by<roam::conversion_error>([&] { roam::update(changed, db.db); });
        thrown_by<roam::conversion_error>(
            [&] { roam::select<note>().where(col<&note::title> == text).all(db.db); });
        thrown_by<roam::conversion_error>(
            [&] { roam::raw("DELETE FROM note WHERE title = ?", text).run(db.db); });
    }
    CHECK(roam::select<note>().all(db.db) == std::vector{kept});
}

TEST_CASE("a bad text in the middle of a range inserts nothing") {
    store<note> db;
    std::vector<note> many(250, note{.title = "fine", .body = {}});
    many[120].title = "\xff";
    thrown_by<roam::conversion_error>([&] { roam::insert(many, db.db); });
    CHECK(roam::select<note>().count(db.db) == 0);
}

TEST_CASE("a bad text does not make the open transaction invalid: nothing was sent") {
    store<note> db;
    roam::transaction tx{db.db};
    roam::insert(note{.title = "one", .body = {}});
    auto const e =
        thrown_by<roam::conversion_error>([&] { roam::insert(note{.title = "\xff", .body = {}}); });
    CHECK(e.transaction_usable());
    roam::insert(note{.title = "two", .body = {}});
    tx.commit();
    CHECK(roam::select<note>().count(db.db) == 2);
}

TEST_CASE("text of fixed length goes there and back") {
    store<fixed> db;
    std::vector<fixed> rows{
        {.code = "", .letters = {}, .maybe = {}, .limited = ""},
        {.code = "12345678", .letters = {'a', 'b', 'c', 'd'}, .maybe = {"xyz"}, .limited = "five5"},
        {.code = "żó", .letters = {'a'}, .maybe = {""}, .limited = "żółwi"}};
    roam::insert(rows, db.db);
    CHECK(roam::select<fixed>().order_by(col<&fixed::id>).all(db.db) == rows);
    CHECK(roam::select<fixed>().where(col<&fixed::code> == "12345678").one(db.db) == rows[1]);
}

TEST_CASE("a text that is longer than the member is an error, not a cut") {
    store<fixed> db;
    roam::raw(on_sqlite()     ? "DROP TABLE fixed"
              : on_mysql()    ? "ALTER TABLE fixed MODIFY code text"
              : on_firebird() ? "ALTER TABLE fixed ALTER code TYPE varchar(99)"
                              : "ALTER TABLE fixed ALTER code TYPE text")
        .run(db.db);
    if (on_sqlite()) {
        roam::raw(
            "CREATE TABLE fixed (id INTEGER PRIMARY KEY, code TEXT, letters TEXT, maybe TEXT, "
            "limited TEXT)")
            .run(db.db);
    }
    roam::raw("INSERT INTO fixed (code, letters, limited) VALUES ('123456789', 'abcd', '')")
        .run(db.db);
    auto const e = thrown_by<roam::conversion_error>([&] { roam::select<fixed>().all(db.db); });
    CHECK(contains(e.what(), "fixed.code"));
    thrown_by<roam::conversion_error>([] { roam::fixed_string<2> const f{"abc"}; });
}

TEST_CASE("a text that is longer than its column is refused on every backend") {
    store<fixed> db;
    roam::insert(fixed{.code = "", .letters = {}, .maybe = {}, .limited = "żółwi"}, db.db);
    auto const refused = [](auto action) {
        auto const e = thrown_by<roam::conversion_error>(action);
        CHECK_FALSE(contains(e.what(), "sixsix"));
        return std::string{e.what()};
    };
    fixed longer{.code = "", .letters = {}, .maybe = {}, .limited = "sixsix"};
    CHECK(contains(refused([&] { roam::insert(longer, db.db); }), "fixed.limited"));
    longer.limited = "five5 ";  // spaces count
    CHECK(contains(refused([&] { roam::insert(longer, db.db); }), "fixed.limited"));
    auto stored = roam::select<fixed>().one(db.db);
    stored.limited = "sixsix";
    CHECK(contains(refused([&] { roam::update(stored, db.db); }), "fixed.limited"));
    std::vector<fixed> range(3);
    range[2].limited = "sixsix";
    CHECK(contains(refused([&] { roam::insert(range, db.db); }), "fixed.limited"));
    refused(
        [&] { roam::update<fixed>().set(col<&fixed::limited> = "sixsix").every_row().run(db.db); });
    refused([&] { roam::raw("UPDATE fixed SET limited = ?", "sixsix").run(db.db); });
    CHECK(roam::select<fixed>().count(db.db) == 1);
}

TEST_CASE("unchecked text is left to the engine") {
    store<legacy> db;
    legacy plain{.bytes = {"plain"}};
    roam::insert(plain, db.db);
    CHECK(roam::get<legacy>(plain.id, db.db) == plain);
    legacy latin{.bytes = {"caf\xe9"}};
    if (on_sqlite()) {
        roam::insert(latin, db.db);
        CHECK(roam::get<legacy>(latin.id, db.db) == latin);
        // A std::string is checked when written only, so a reader still gets the bytes.
        CHECK(
            roam::raw<std::string>("SELECT bytes FROM legacy WHERE id = ?", latin.id).one(db.db) ==
            "caf\xe9");
    } else {
        thrown_by<roam::conversion_error>([&] { roam::insert(latin, db.db); });
    }
}

TEST_CASE("blobs hold any byte, none, and a megabyte") {
    store<file> db;
    std::vector<std::byte> every(256);
    for (std::size_t i = 0; i < every.size(); ++i)
        every[i] = static_cast<std::byte>(i);
    std::vector<std::byte> big(1024 * 1024);
    for (std::size_t i = 0; i < big.size(); ++i)
        big[i] = static_cast<std::byte>(i * 31);
    std::vector<file> rows{{.content = {}, .thumbnail = {}},
                           {.content = {std::byte{0}}, .thumbnail = std::vector<std::byte>{}},
                           {.content = every, .thumbnail = every},
                           {.content = big, .thumbnail = {}}};
    for (auto& r : rows)
        roam::insert(r, db.db);
    for (auto const& r : rows)
        CHECK((roam::get<file>(r.id, db.db) == r));
    CHECK(roam::select<file>().where(col<&file::content> == every).one(db.db).id == rows[2].id);
    CHECK(roam::select<file>().where(col<&file::thumbnail>.is_null()).count(db.db) == 2);
}

}  // namespace conformance::text
