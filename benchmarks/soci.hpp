// SPDX-License-Identifier: MIT
#pragma once

// SOCI with statements prepared once and scalar into/use, the fastest of its documented ways for
// single rows. Variables are bound by address once, so a row is copied or moved between them and
// the record. `type_conversion` is left out: it cannot read a 64-bit key on SQLite in 4.0.3.
//
// What differs between the two backends is how the connection is opened and how a generated key
// comes back; soci_sqlite3.cpp and soci_postgresql.cpp say that in a soci_kind.

#include "workloads.hpp"

#include <soci/soci.h>
#include <soci/version.h>

#include <memory>
#include <stdexcept>

namespace bench {

struct soci_kind {
    std::string name;
    std::string library;  // of the database, for example `sqlite 3.40.1`
    std::vector<backend> backends;
    std::function<std::string(soci::session&, target const&)> open;

    /// True: `insert ... returning id` is read like a select. False: get_last_insert_id is asked.
    bool key_by_returning = false;
};

/// The variables that statements are bound to. SOCI 4.0.3 binds neither bool nor std::optional.
struct soci_row {
    long long id = 0;
    std::string name;
    std::string email;
    double score = 0;
    int level = 0;
    int active = 0;
    std::string created_at;
    std::string note;
    soci::indicator note_state = soci::i_null;
};

struct soci_peer {
    soci_kind kind;
    std::unique_ptr<soci::session> session;
    soci_row row;
    long long first = 0;
    long long last = 0;
    std::unique_ptr<soci::statement> insert;
    std::unique_ptr<soci::statement> select_all;
    std::unique_ptr<soci::statement> find;
    std::unique_ptr<soci::statement> update;
    std::unique_ptr<soci::statement> select_range;
};

inline soci::details::prepare_temp_type into_row(soci::details::prepare_temp_type sql,
                                                 soci_row& row) {
    return sql, soci::into(row.id), soci::into(row.name), soci::into(row.email),
           soci::into(row.score), soci::into(row.level), soci::into(row.active),
           soci::into(row.created_at), soci::into(row.note, row.note_state);
}

inline void prepare(soci_peer& peer) {
    std::string const select =
        "select id, name, email, score, level, active, created_at, note from bench_row";
    std::string const insert =
        "insert into bench_row "
        "(name, email, score, level, active, created_at, note) values "
        "(:name, :email, :score, :level, :active, :created_at, :note)";
    auto& session = *peer.session;
    auto& row = peer.row;
    auto const keep = [](auto&& made) { return std::make_unique<soci::statement>(made); };
    auto with_row =
        (session.prepare << insert + (peer.kind.key_by_returning ? " returning id" : ""),
         soci::use(row.name), soci::use(row.email), soci::use(row.score), soci::use(row.level),
         soci::use(row.active), soci::use(row.created_at), soci::use(row.note, row.note_state));
    if (peer.kind.key_by_returning)
        peer.insert = keep((with_row, soci::into(row.id)));
    else
        peer.insert = keep(with_row);
    peer.select_all = keep(into_row((session.prepare << select), row));
    peer.find =
        keep(into_row((session.prepare << select + " where id = :id", soci::use(peer.first)), row));
    peer.update = keep((session.prepare << "update bench_row set score = :score where id = :id",
                        soci::use(row.score), soci::use(peer.first)));
    peer.select_range =
        keep(into_row((session.prepare << select + " where id >= :first and id <= :last",
                       soci::use(peer.first), soci::use(peer.last)),
                      row));
}

// The strings may be moved out: SOCI assigns them anew for the next row.
inline void take(soci_row& from, bench_row& row) {
    row.id = from.id;
    row.name = std::move(from.name);
    row.email = std::move(from.email);
    row.score = from.score;
    row.level = from.level;
    row.active = from.active != 0;
    row.created_at = std::move(from.created_at);
    if (from.note_state == soci::i_ok)
        row.note = std::move(from.note);
}

inline std::vector<bench_row> read_all(soci_peer& peer, soci::statement& select) {
    std::vector<bench_row> rows;
    select.execute();
    while (select.fetch())
        take(peer.row, rows.emplace_back());
    return rows;
}

inline void insert_each(soci_peer& peer, std::span<bench_row> rows) {
    soci::transaction transaction{*peer.session};
    auto& to = peer.row;
    for (auto& row : rows) {
        to.name = row.name;
        to.email = row.email;
        to.score = row.score;
        to.level = row.level;
        to.active = row.active ? 1 : 0;
        to.created_at = row.created_at;
        to.note_state = row.note ? soci::i_ok : soci::i_null;
        if (row.note)
            to.note = *row.note;
        peer.insert->execute(true);
        if (!peer.kind.key_by_returning && !peer.session->get_last_insert_id("bench_row", to.id))
            throw std::runtime_error{"no key"};
        row.id = to.id;
    }
    transaction.commit();
}

inline void find_each(soci_peer& peer, std::span<std::int64_t const> keys, checksum& found) {
    for (auto key : keys) {
        peer.first = key;
        if (!peer.find->execute(true))
            throw std::runtime_error{"no such row"};
        bench_row row;
        take(peer.row, row);
        found.add(row);
    }
}

inline void update_each(soci_peer& peer, std::span<score_change const> changes) {
    soci::transaction transaction{*peer.session};
    for (auto const& change : changes) {
        peer.row.score = change.score;
        peer.first = change.id;
        peer.update->execute(true);
        if (peer.update->get_affected_rows() != 1)
            throw std::runtime_error{"no such row"};
    }
    transaction.commit();
}

// The rows of one statement at a time: both are bound to variables of their own.
inline std::vector<shelf> select_shelves(soci_peer& peer) {
    std::vector<shelf> shelves;
    long long id = 0;
    long long author = 0;
    std::string text;
    int year = 0;
    soci::statement authors =
        (peer.session->prepare << "select id, name from bench_author order by id", soci::into(id),
         soci::into(text));
    authors.execute();
    while (authors.fetch())
        shelves.push_back({{id, std::move(text)}, {}});
    soci::statement books =
        (peer.session->prepare
             << "select id, author_id, title, year from bench_book order by author_id, id",
         soci::into(id), soci::into(author), soci::into(text), soci::into(year));
    books.execute();
    auto at = shelves.begin();
    while (books.fetch()) {
        while (at != shelves.end() && at->author.id != author)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        at->books.push_back({id, author, std::move(text), year});
    }
    return shelves;
}

inline std::string soci_version() {
    return "soci " + std::to_string(SOCI_VERSION / 100000) + "." +
           std::to_string(SOCI_VERSION / 100 % 1000) + "." + std::to_string(SOCI_VERSION % 100);
}

// Statements go before their session.
inline void close(soci_peer& peer) {
    for (auto* made :
         {&peer.insert, &peer.select_all, &peer.find, &peer.update, &peer.select_range})
        made->reset();
    peer.session.reset();
}

inline subject soci_subject(soci_kind kind) {
    auto peer = std::make_shared<soci_peer>();
    subject made;
    made.name = kind.name;
    made.libraries = soci_version() + ", " + kind.library;
    made.backends = kind.backends;
    peer->kind = std::move(kind);
    made.open = [peer](target const& where) {
        peer->session = std::make_unique<soci::session>();
        return peer->kind.open(*peer->session, where);
    };
    made.execute = [peer](std::string const& sql) { *peer->session << sql; };
    made.prepare = [peer] { prepare(*peer); };
    made.insert_each = [peer](std::span<bench_row> rows) { insert_each(*peer, rows); };
    made.insert_range = made.insert_each;
    made.select_all = [peer] { return read_all(*peer, *peer->select_all); };
    made.find_each = [peer](std::span<std::int64_t const> keys, checksum& found) {
        soci::transaction transaction{*peer->session};
        find_each(*peer, keys, found);
        transaction.commit();
    };
    made.find_each_autocommit = [peer](std::span<std::int64_t const> keys, checksum& found) {
        find_each(*peer, keys, found);
    };
    made.find_many = made.find_each_autocommit;
    made.select_shelves = [peer] { return select_shelves(*peer); };
    made.update_each = [peer](std::span<score_change const> changes) {
        update_each(*peer, changes);
    };
    made.update_many = made.update_each;
    made.select_range = [peer](std::int64_t first, std::int64_t last) {
        peer->first = first;
        peer->last = last;
        return read_all(*peer, *peer->select_range);
    };
    made.close = [peer] { close(*peer); };
    return made;
}

}  // namespace bench
