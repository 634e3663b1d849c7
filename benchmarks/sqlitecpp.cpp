// SPDX-License-Identifier: MIT
//
// SQLiteCpp with statements prepared once, text bound without a copy, columns read by getColumn().
#include "workloads.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <stdexcept>

namespace {

using bench::bench_row;

constexpr char const* select_sql =
    "select id, name, email, score, level, active, created_at, note from bench_row";

struct program {
    std::optional<SQLite::Database> db;
    std::optional<SQLite::Statement> insert;
    std::optional<SQLite::Statement> select_all;
    std::optional<SQLite::Statement> find;
    std::optional<SQLite::Statement> update;
    std::optional<SQLite::Statement> select_range;
    std::optional<SQLite::Statement> select_authors;
    std::optional<SQLite::Statement> select_books;
    std::optional<SQLite::Statement> select_users;
    std::optional<SQLite::Statement> insert_users;
};

void decode(SQLite::Statement& from, bench_row& row) {
    row.id = from.getColumn(0).getInt64();
    row.name = from.getColumn(1).getString();
    row.email = from.getColumn(2).getString();
    row.score = from.getColumn(3).getDouble();
    row.level = from.getColumn(4).getInt();
    row.active = from.getColumn(5).getInt() != 0;
    row.created_at = from.getColumn(6).getString();
    if (!from.isColumnNull(7))
        row.note = from.getColumn(7).getString();
}

std::vector<bench_row> read_all(SQLite::Statement& from) {
    std::vector<bench_row> rows;
    while (from.executeStep())
        decode(from, rows.emplace_back());
    from.reset();
    return rows;
}

void insert_each(program& p, std::span<bench_row> rows) {
    SQLite::Transaction transaction{*p.db};
    for (auto& row : rows) {
        p.insert->bindNoCopy(1, row.name);
        p.insert->bindNoCopy(2, row.email);
        p.insert->bind(3, row.score);
        p.insert->bind(4, row.level);
        p.insert->bind(5, row.active ? 1 : 0);
        p.insert->bindNoCopy(6, row.created_at);
        if (row.note)
            p.insert->bindNoCopy(7, *row.note);
        else
            p.insert->bind(7);
        p.insert->exec();
        p.insert->reset();
        row.id = p.db->getLastInsertRowid();
    }
    transaction.commit();
}

void find_each(program& p, std::span<std::int64_t const> keys, bench::checksum& found) {
    for (auto key : keys) {
        p.find->bind(1, key);
        if (!p.find->executeStep())
            throw std::runtime_error{"no such row"};
        bench_row row;
        decode(*p.find, row);
        p.find->reset();
        found.add(row);
    }
}

void update_each(program& p, std::span<bench::score_change const> changes) {
    SQLite::Transaction transaction{*p.db};
    for (auto const& change : changes) {
        p.update->bind(1, change.score);
        p.update->bind(2, change.id);
        if (p.update->exec() != 1)
            throw std::runtime_error{"no such row"};
        p.update->reset();
    }
    transaction.commit();
}

std::vector<bench::shelf> select_shelves(program& p) {
    if (!p.select_authors) {
        p.select_authors.emplace(*p.db, "select id, name from bench_author order by id");
        p.select_books.emplace(*p.db,
                               "select id, author_id, title, year from bench_book "
                               "order by author_id, id");
    }
    std::vector<bench::shelf> shelves;
    while (p.select_authors->executeStep()) {
        auto& author = shelves.emplace_back().author;
        author.id = p.select_authors->getColumn(0).getInt64();
        author.name = p.select_authors->getColumn(1).getString();
    }
    p.select_authors->reset();
    auto at = shelves.begin();
    while (p.select_books->executeStep()) {
        auto const author = p.select_books->getColumn(1).getInt64();
        while (at != shelves.end() && at->author.id != author)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        auto& book = at->books.emplace_back();
        book.id = p.select_books->getColumn(0).getInt64();
        book.author_id = author;
        book.title = p.select_books->getColumn(2).getString();
        book.year = p.select_books->getColumn(3).getInt();
    }
    p.select_books->reset();
    return shelves;
}

std::vector<bench::bench_user> select_users(program& p) {
    if (!p.select_users)
        p.select_users.emplace(*p.db, "select id, name, hair_color from bench_user");
    std::vector<bench::bench_user> users;
    while (p.select_users->executeStep()) {
        auto& user = users.emplace_back();
        user.id = p.select_users->getColumn(0).getInt64();
        user.name = p.select_users->getColumn(1).getString();
        if (!p.select_users->isColumnNull(2))
            user.hair_color = p.select_users->getColumn(2).getString();
    }
    p.select_users->reset();
    return users;
}

void insert_users(program& p, std::span<bench::bench_user> users) {
    if (!p.insert_users)
        p.insert_users.emplace(*p.db, bench::insert_users_sql(users.size(), "?"));
    int place = 0;
    for (auto const& user : users) {
        p.insert_users->bindNoCopy(++place, user.name);
        if (user.hair_color)
            p.insert_users->bindNoCopy(++place, *user.hair_color);
        else
            p.insert_users->bind(++place);
    }
    p.insert_users->exec();
    p.insert_users->reset();
}

void prepare_all(program& p) {
    auto& db = *p.db;
    std::string const select = select_sql;
    p.insert.emplace(db,
                     "insert into bench_row (name, email, score, level, active, created_at, note) "
                     "values (?, ?, ?, ?, ?, ?, ?)");
    p.select_all.emplace(db, select);
    p.find.emplace(db, select + " where id = ?");
    p.update.emplace(db, "update bench_row set score = ? where id = ?");
    p.select_range.emplace(db, select + " where id >= ? and id <= ?");
}

}  // namespace

bench::subject bench::make_subject() {
    auto p = std::make_shared<program>();
    subject peer;
    peer.name = "sqlitecpp";
    peer.libraries =
        std::string{"SQLiteCpp "} + SQLITECPP_VERSION + ", sqlite " + SQLite::getLibVersion();
    peer.backends = {backend::memory, backend::file};
    peer.open = [p](target const& where) {
        p->db.emplace(where.place, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_URI |
                                       SQLite::OPEN_NOMUTEX);
        return std::string{"no connection mutex"};
    };
    peer.execute = [p](std::string const& sql) { p->db->exec(sql); };
    peer.prepare = [p] { prepare_all(*p); };
    peer.insert_each = [p](std::span<bench_row> rows) { insert_each(*p, rows); };
    peer.insert_range = peer.insert_each;
    peer.insert_unread = peer.insert_each;
    peer.select_all = [p] { return read_all(*p->select_all); };
    peer.find_each = [p](std::span<std::int64_t const> keys, checksum& found) {
        SQLite::Transaction transaction{*p->db};
        find_each(*p, keys, found);
        transaction.commit();
    };
    peer.find_each_autocommit = [p](std::span<std::int64_t const> keys, checksum& found) {
        find_each(*p, keys, found);
    };
    peer.find_many = peer.find_each_autocommit;
    peer.update_each = [p](std::span<score_change const> changes) { update_each(*p, changes); };
    peer.update_many = peer.update_each;
    peer.select_range = [p](std::int64_t first, std::int64_t last) {
        p->select_range->bind(1, first);
        p->select_range->bind(2, last);
        return read_all(*p->select_range);
    };
    peer.select_shelves = [p] { return select_shelves(*p); };
    peer.select_users = [p] { return select_users(*p); };
    peer.insert_users = [p](std::span<bench_user> users) { insert_users(*p, users); };
    peer.close = [p] {
        // Statements go before their database.
        for (auto* each :
             {&p->insert, &p->select_all, &p->find, &p->update, &p->select_range,
              &p->select_authors, &p->select_books, &p->select_users, &p->insert_users})
            each->reset();
        p->db.reset();
    };
    return peer;
}
