// SPDX-License-Identifier: MIT
#pragma once

// SQLite's C API as a careful program uses it: each statement prepared once, text bound without a
// copy, rows decoded in place. Whether the connection has a mutex is the caller's choice.

#include "workloads.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace bench {

constexpr char const* select_sql =
    "select id, name, email, score, level, active, created_at, note from bench_row";

struct statement_closer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using statement = std::unique_ptr<sqlite3_stmt, statement_closer>;

struct database {
    sqlite3* handle = nullptr;
    statement begin;
    statement commit;
    statement insert;
    statement select_all;
    statement find;
    statement update;
    statement select_range;
    statement select_authors;
    statement select_books;
    statement select_users;
    statement insert_users;
};

[[noreturn]] inline void fail(database const& db) {
    throw std::runtime_error{sqlite3_errmsg(db.handle)};
}

inline void check(database const& db, int code) {
    if (code != SQLITE_OK)
        fail(db);
}

inline statement prepare(database const& db, std::string const& sql) {
    sqlite3_stmt* made = nullptr;
    check(db, sqlite3_prepare_v3(db.handle, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                 SQLITE_PREPARE_PERSISTENT, &made, nullptr));
    return statement{made};
}

inline void run(database const& db, statement const& prepared) {
    if (sqlite3_step(prepared.get()) != SQLITE_DONE)
        fail(db);
    check(db, sqlite3_reset(prepared.get()));
}

inline void bind_text(database const& db, statement const& to, int place, std::string const& text) {
    check(db, sqlite3_bind_text(to.get(), place, text.data(), static_cast<int>(text.size()),
                                SQLITE_STATIC));
}

inline void read(sqlite3_stmt* from, int column, std::string& text) {
    auto const* data = reinterpret_cast<char const*>(sqlite3_column_text(from, column));
    text.assign(data, static_cast<std::size_t>(sqlite3_column_bytes(from, column)));
}

inline void decode(sqlite3_stmt* from, bench_row& row) {
    row.id = sqlite3_column_int64(from, 0);
    read(from, 1, row.name);
    read(from, 2, row.email);
    row.score = sqlite3_column_double(from, 3);
    row.level = sqlite3_column_int(from, 4);
    row.active = sqlite3_column_int(from, 5) != 0;
    read(from, 6, row.created_at);
    if (sqlite3_column_type(from, 7) != SQLITE_NULL)
        read(from, 7, row.note.emplace());
}

inline std::vector<bench_row> read_all(database const& db, statement const& from) {
    std::vector<bench_row> rows;
    int code = 0;
    while ((code = sqlite3_step(from.get())) == SQLITE_ROW)
        decode(from.get(), rows.emplace_back());
    if (code != SQLITE_DONE)
        fail(db);
    check(db, sqlite3_reset(from.get()));
    return rows;
}

inline void insert_each(database const& db, std::span<bench_row> rows) {
    auto const& insert = db.insert;
    run(db, db.begin);
    for (auto& row : rows) {
        bind_text(db, insert, 1, row.name);
        bind_text(db, insert, 2, row.email);
        check(db, sqlite3_bind_double(insert.get(), 3, row.score));
        check(db, sqlite3_bind_int(insert.get(), 4, row.level));
        check(db, sqlite3_bind_int(insert.get(), 5, row.active));
        bind_text(db, insert, 6, row.created_at);
        if (row.note)
            bind_text(db, insert, 7, *row.note);
        else
            check(db, sqlite3_bind_null(insert.get(), 7));
        run(db, insert);
        row.id = sqlite3_last_insert_rowid(db.handle);
    }
    run(db, db.commit);
}

inline void find_each(database const& db, std::span<std::int64_t const> keys, checksum& found) {
    auto* const find = db.find.get();
    for (auto key : keys) {
        check(db, sqlite3_bind_int64(find, 1, key));
        if (sqlite3_step(find) != SQLITE_ROW)
            fail(db);
        bench_row row;
        decode(find, row);
        check(db, sqlite3_reset(find));
        found.add(row);
    }
}

inline void update_each(database const& db, std::span<score_change const> changes) {
    run(db, db.begin);
    for (auto const& change : changes) {
        check(db, sqlite3_bind_double(db.update.get(), 1, change.score));
        check(db, sqlite3_bind_int64(db.update.get(), 2, change.id));
        run(db, db.update);
        if (sqlite3_changes(db.handle) != 1)
            throw std::runtime_error{"no such row"};
    }
    run(db, db.commit);
}

inline std::vector<bench_row> select_range(database const& db, std::int64_t first,
                                           std::int64_t last) {
    check(db, sqlite3_bind_int64(db.select_range.get(), 1, first));
    check(db, sqlite3_bind_int64(db.select_range.get(), 2, last));
    return read_all(db, db.select_range);
}

inline std::vector<shelf> select_shelves(database const& db) {
    std::vector<shelf> shelves;
    auto* const authors = db.select_authors.get();
    int code = 0;
    while ((code = sqlite3_step(authors)) == SQLITE_ROW) {
        auto& author = shelves.emplace_back().author;
        author.id = sqlite3_column_int64(authors, 0);
        read(authors, 1, author.name);
    }
    if (code != SQLITE_DONE)
        fail(db);
    check(db, sqlite3_reset(authors));
    auto* const books = db.select_books.get();
    auto at = shelves.begin();
    while ((code = sqlite3_step(books)) == SQLITE_ROW) {
        auto const author = sqlite3_column_int64(books, 1);
        while (at != shelves.end() && at->author.id != author)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        auto& book = at->books.emplace_back();
        book.id = sqlite3_column_int64(books, 0);
        book.author_id = author;
        read(books, 2, book.title);
        book.year = sqlite3_column_int(books, 3);
    }
    if (code != SQLITE_DONE)
        fail(db);
    check(db, sqlite3_reset(books));
    return shelves;
}

inline std::vector<bench_user> select_users(database& db) {
    if (!db.select_users)
        db.select_users = prepare(db, "select id, name, hair_color from bench_user");
    auto* const select = db.select_users.get();
    std::vector<bench_user> users;
    int code = 0;
    while ((code = sqlite3_step(select)) == SQLITE_ROW) {
        auto& user = users.emplace_back();
        user.id = sqlite3_column_int64(select, 0);
        read(select, 1, user.name);
        if (sqlite3_column_type(select, 2) != SQLITE_NULL)
            read(select, 2, user.hair_color.emplace());
    }
    if (code != SQLITE_DONE)
        fail(db);
    check(db, sqlite3_reset(select));
    return users;
}

inline void insert_users(database& db, std::span<bench_user> users) {
    if (!db.insert_users)
        db.insert_users = prepare(db, insert_users_sql(users.size(), "?"));
    int place = 0;
    for (auto const& user : users) {
        bind_text(db, db.insert_users, ++place, user.name);
        if (user.hair_color)
            bind_text(db, db.insert_users, ++place, *user.hair_color);
        else
            check(db, sqlite3_bind_null(db.insert_users.get(), ++place));
    }
    run(db, db.insert_users);
}

inline void open(database& db, target const& where, int mutex) {
    int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | mutex;
    check(db, sqlite3_open_v2(where.place.c_str(), &db.handle, flags, nullptr));
}

inline void prepare_all(database& db) {
    db.begin = prepare(db, "begin");
    db.commit = prepare(db, "commit");
    db.insert = prepare(db,
                        "insert into bench_row "
                        "(name, email, score, level, active, created_at, note) "
                        "values (?, ?, ?, ?, ?, ?, ?)");
    db.select_all = prepare(db, select_sql);
    db.find = prepare(db, std::string{select_sql} + " where id = ?");
    db.update = prepare(db, "update bench_row set score = ? where id = ?");
    db.select_range = prepare(db, std::string{select_sql} + " where id >= ? and id <= ?");
}

inline void close(database& db) {
    auto* const handle = db.handle;
    db = {};
    sqlite3_close(handle);
}

/// `mutex` is the flag for opening, SQLITE_OPEN_NOMUTEX or SQLITE_OPEN_FULLMUTEX.
inline subject sqlite_subject(std::string name, int mutex, std::string const& words) {
    auto db = std::make_shared<database>();
    subject raw;
    raw.name = std::move(name);
    raw.libraries = std::string{"sqlite "} + sqlite3_libversion();
    raw.backends = {backend::memory, backend::file};
    raw.open = [db, mutex, words](target const& where) {
        open(*db, where, mutex);
        return words;
    };
    raw.execute = [db](std::string const& sql) {
        check(*db, sqlite3_exec(db->handle, sql.c_str(), nullptr, nullptr, nullptr));
    };
    raw.prepare = [db] { prepare_all(*db); };
    raw.insert_each = [db](std::span<bench_row> rows) { insert_each(*db, rows); };
    raw.insert_range = raw.insert_each;
    raw.insert_unread = raw.insert_each;
    raw.select_all = [db] { return read_all(*db, db->select_all); };
    raw.find_each = [db](std::span<std::int64_t const> keys, checksum& found) {
        run(*db, db->begin);
        find_each(*db, keys, found);
        run(*db, db->commit);
    };
    raw.find_each_autocommit = [db](std::span<std::int64_t const> keys, checksum& found) {
        find_each(*db, keys, found);
    };
    raw.find_many = raw.find_each_autocommit;
    raw.select_shelves = [db] {
        if (!db->select_authors) {
            db->select_authors = prepare(*db, "select id, name from bench_author order by id");
            db->select_books = prepare(*db,
                                       "select id, author_id, title, year from bench_book "
                                       "order by author_id, id");
        }
        return select_shelves(*db);
    };
    raw.update_each = [db](std::span<score_change const> changes) { update_each(*db, changes); };
    raw.update_many = raw.update_each;
    raw.select_range = [db](std::int64_t first, std::int64_t last) {
        return select_range(*db, first, last);
    };
    raw.select_users = [db] { return select_users(*db); };
    raw.insert_users = [db](std::span<bench_user> users) { insert_users(*db, users); };
    raw.close = [db] { close(*db); };
    return raw;
}

}  // namespace bench
