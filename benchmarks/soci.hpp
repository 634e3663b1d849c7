// SPDX-License-Identifier: MIT
#pragma once

// SOCI with statements prepared once. Variables are bound by address once, so a record is copied or
// moved between them and the caller. How a record travels is the template Exchange, of which
// soci_scalar.hpp and soci_orm.hpp have one each; Exchange<Record> holds the variables of a record:
//
//   prepared into(prepared);   // binds what a select reads
//   prepared use(prepared);    // binds what an insert sends
//   void put(Record const&);   // before the insert
//   void take(Record&);        // after a row was read
//
// What differs between the two backends is how the connection is opened and how a generated key
// comes back; soci_sqlite3.hpp and soci_postgresql.hpp say that in a soci_kind.

#include "workloads.hpp"

#include <soci/soci.h>
#include <soci/version.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace bench {

struct soci_kind {
    std::string name;
    std::string library;  // of the database, for example `sqlite 3.40.1`
    std::vector<backend> backends;
    std::function<std::string(soci::session&, target const&)> open;

    /// True: `insert ... returning id` is read like a select. False: get_last_insert_id is asked.
    bool key_by_returning = false;
};

using prepared = soci::details::prepare_temp_type;

template <template <class> class Exchange>
struct soci_peer {
    soci_kind kind;
    std::unique_ptr<soci::session> session;
    Exchange<bench_row> row;
    long long key = 0;
    double score = 0;
    long long first = 0;
    long long last = 0;
    std::unique_ptr<soci::statement> insert;
    std::unique_ptr<soci::statement> select_all;
    std::unique_ptr<soci::statement> find;
    std::unique_ptr<soci::statement> update;
    std::unique_ptr<soci::statement> select_range;
    Exchange<bench_user> user;
    std::vector<std::string> values;  // of the users of one insert: name, hair color, name, ...
    std::vector<soci::indicator> states;
    std::unique_ptr<soci::statement> select_users;
    std::unique_ptr<soci::statement> insert_users;
};

template <class Peer>
void prepare(Peer& peer) {
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
        row.use(session.prepare << insert + (peer.kind.key_by_returning ? " returning id" : ""));
    if (peer.kind.key_by_returning)
        peer.insert = keep((with_row, soci::into(peer.key)));
    else
        peer.insert = keep(with_row);
    peer.select_all = keep(row.into(session.prepare << select));
    peer.find =
        keep(row.into((session.prepare << select + " where id = :id", soci::use(peer.first))));
    peer.update = keep((session.prepare << "update bench_row set score = :score where id = :id",
                        soci::use(peer.score), soci::use(peer.first)));
    peer.select_range =
        keep(row.into((session.prepare << select + " where id >= :first and id <= :last",
                       soci::use(peer.first), soci::use(peer.last))));
}

template <class Record, class Variables>
std::vector<Record> read_all(Variables& from, soci::statement& select) {
    std::vector<Record> records;
    select.execute();
    while (select.fetch())
        from.take(records.emplace_back());
    return records;
}

template <class Peer>
void insert_each(Peer& peer, std::span<bench_row> rows) {
    soci::transaction transaction{*peer.session};
    for (auto& row : rows) {
        peer.row.put(row);
        peer.insert->execute(true);
        if (!peer.kind.key_by_returning && !peer.session->get_last_insert_id("bench_row", peer.key))
            throw std::runtime_error{"no key"};
        row.id = peer.key;
    }
    transaction.commit();
}

template <class Peer>
void find_each(Peer& peer, std::span<std::int64_t const> keys, checksum& found) {
    for (auto key : keys) {
        peer.first = key;
        if (!peer.find->execute(true))
            throw std::runtime_error{"no such row"};
        bench_row row;
        peer.row.take(row);
        found.add(row);
    }
}

template <class Peer>
void update_each(Peer& peer, std::span<score_change const> changes) {
    soci::transaction transaction{*peer.session};
    for (auto const& change : changes) {
        peer.score = change.score;
        peer.first = change.id;
        peer.update->execute(true);
        if (peer.update->get_affected_rows() != 1)
            throw std::runtime_error{"no such row"};
    }
    transaction.commit();
}

// The rows of one statement at a time: both are bound to variables of their own.
template <template <class> class Exchange>
std::vector<shelf> select_shelves(soci_peer<Exchange>& peer) {
    std::vector<shelf> shelves;
    Exchange<bench_author> author;
    soci::statement authors =
        author.into(peer.session->prepare << "select id, name from bench_author order by id");
    authors.execute();
    while (authors.fetch())
        author.take(shelves.emplace_back().author);
    Exchange<bench_book> book;
    soci::statement books =
        book.into(peer.session->prepare
                  << "select id, author_id, title, year from bench_book order by author_id, id");
    books.execute();
    auto at = shelves.begin();
    while (books.fetch()) {
        bench_book next;
        book.take(next);
        while (at != shelves.end() && at->author.id != next.author_id)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        at->books.push_back(std::move(next));
    }
    return shelves;
}

template <class Peer>
std::vector<bench_user> select_users(Peer& peer) {
    if (!peer.select_users) {
        peer.select_users = std::make_unique<soci::statement>(
            peer.user.into(peer.session->prepare << "select id, name, hair_color from bench_user"));
    }
    return read_all<bench_user>(peer.user, *peer.select_users);
}

// One statement of many rows has no record to bind: scalar variables in either way.
template <class Peer>
void insert_users(Peer& peer, std::span<bench_user> users) {
    if (!peer.insert_users) {
        peer.values.resize(2 * users.size());
        peer.states.assign(2 * users.size(), soci::i_ok);
        prepared insert = peer.session->prepare << insert_users_sql(users.size(), ":v");
        for (std::size_t i = 0; i < peer.values.size(); ++i)
            insert, soci::use(peer.values[i], peer.states[i]);
        peer.insert_users = std::make_unique<soci::statement>(insert);
    }
    std::size_t place = 0;
    for (auto const& user : users) {
        peer.values[place++] = user.name;
        peer.states[place] = user.hair_color ? soci::i_ok : soci::i_null;
        peer.values[place++] = user.hair_color.value_or("");
    }
    peer.insert_users->execute(true);
}

inline std::string soci_version() {
    return "soci " + std::to_string(SOCI_VERSION / 100000) + "." +
           std::to_string(SOCI_VERSION / 100 % 1000) + "." + std::to_string(SOCI_VERSION % 100);
}

// Statements go before their session.
template <class Peer>
void close(Peer& peer) {
    for (auto* made : {&peer.insert, &peer.select_all, &peer.find, &peer.update, &peer.select_range,
                       &peer.select_users, &peer.insert_users})
        made->reset();
    peer.session.reset();
}

template <template <class> class Exchange>
subject soci_subject(soci_kind kind) {
    auto peer = std::make_shared<soci_peer<Exchange>>();
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
    made.insert_unread = made.insert_each;
    made.select_all = [peer] { return read_all<bench_row>(peer->row, *peer->select_all); };
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
        return read_all<bench_row>(peer->row, *peer->select_range);
    };
    made.select_users = [peer] { return select_users(*peer); };
    made.insert_users = [peer](std::span<bench_user> users) { insert_users(*peer, users); };
    made.close = [peer] { close(*peer); };
    return made;
}

}  // namespace bench
