// SPDX-License-Identifier: MIT
#pragma once

// The C API of PostgreSQL as a careful program uses it: one connection, each statement prepared
// once, one round trip per statement. How values travel, as text or in binary, is the Codec:
//
//   static constexpr int format;                                    // of libpq: 0 text, 1 binary
//   static void encode(parameters&, bench_row const&);              // the columns after the key
//   static void encode(parameters&, std::int64_t key);
//   static void encode(parameters&, std::int64_t first, std::int64_t last);
//   static void encode(parameters&, score_change const&);           // the score, then the key
//   static std::int64_t key(PGresult const*, int row, int column);
//   static void decode(PGresult const*, int row, bench_row&);       // and each other record

#include "workloads.hpp"

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace bench {

/// What PQexecPrepared wants, with room for the values that have to be written somewhere.
struct parameters {
    std::array<char const*, 7> values{};
    std::array<int, 7> lengths{};
    std::array<int, 7> formats{};
    std::array<std::array<char, 32>, 7> room{};
    int count = 0;
};

struct result_closer {
    void operator()(PGresult* result) const { PQclear(result); }
};
using result = std::unique_ptr<PGresult, result_closer>;

struct connection_closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using connection = std::unique_ptr<PGconn, connection_closer>;

inline result checked(PGconn* on, PGresult* made, ExecStatusType expected) {
    result owned{made};
    if (PQresultStatus(made) != expected)
        throw std::runtime_error{PQerrorMessage(on)};
    return owned;
}

inline void execute(PGconn* on, char const* sql) {
    result const made{PQexec(on, sql)};
    auto const status = PQresultStatus(made.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error{PQerrorMessage(on)};
}

inline void prepare(PGconn* on, char const* name, std::string const& sql) {
    checked(on, PQprepare(on, name, sql.c_str(), 0, nullptr), PGRES_COMMAND_OK);
}

inline void prepare_all(PGconn* on) {
    std::string const select =
        "select id, name, email, score, level, active, created_at, note from bench_row";
    prepare(on, "insert_row",
            "insert into bench_row "
            "(name, email, score, level, active, created_at, note) "
            "values ($1, $2, $3, $4, $5, $6, $7) returning id");
    prepare(on, "select_all", select);
    prepare(on, "find_row", select + " where id = $1");
    prepare(on, "update_row", "update bench_row set score = $1 where id = $2");
    prepare(on, "select_range", select + " where id >= $1 and id <= $2");
}

template <class Codec>
result run(PGconn* on, char const* name, parameters const& with, ExecStatusType expected) {
    auto* const made = PQexecPrepared(on, name, with.count, with.values.data(), with.lengths.data(),
                                      with.formats.data(), Codec::format);
    return checked(on, made, expected);
}

template <class Codec, class Record = bench_row>
std::vector<Record> read_all(PGresult const* from) {
    std::vector<Record> rows(static_cast<std::size_t>(PQntuples(from)));
    int number = 0;
    for (auto& row : rows)
        Codec::decode(from, number++, row);
    return rows;
}

template <class Codec>
void insert_each(PGconn* on, std::span<bench_row> rows) {
    parameters with;
    execute(on, "begin");
    for (auto& row : rows) {
        Codec::encode(with, row);
        auto const made = run<Codec>(on, "insert_row", with, PGRES_TUPLES_OK);
        row.id = Codec::key(made.get(), 0, 0);
    }
    execute(on, "commit");
}

template <class Codec>
void find_each(PGconn* on, std::span<std::int64_t const> keys, checksum& found) {
    parameters with;
    for (auto key : keys) {
        Codec::encode(with, key);
        auto const made = run<Codec>(on, "find_row", with, PGRES_TUPLES_OK);
        if (PQntuples(made.get()) != 1)
            throw std::runtime_error{"no such row"};
        bench_row row;
        Codec::decode(made.get(), 0, row);
        found.add(row);
    }
}

template <class Codec>
void update_each(PGconn* on, std::span<score_change const> changes) {
    parameters with;
    execute(on, "begin");
    for (auto const& change : changes) {
        Codec::encode(with, change);
        auto const made = run<Codec>(on, "update_row", with, PGRES_COMMAND_OK);
        if (std::string_view{PQcmdTuples(made.get())} != "1")
            throw std::runtime_error{"no such row"};
    }
    execute(on, "commit");
}

template <class Codec>
std::vector<shelf> select_shelves(PGconn* on) {
    auto const authors = run<Codec>(on, "select_authors", {}, PGRES_TUPLES_OK);
    std::vector<shelf> shelves(static_cast<std::size_t>(PQntuples(authors.get())));
    int row = 0;
    for (auto& to : shelves)
        Codec::decode(authors.get(), row++, to.author);
    auto const books = run<Codec>(on, "select_books", {}, PGRES_TUPLES_OK);
    auto at = shelves.begin();
    for (row = 0; row < PQntuples(books.get()); ++row) {
        auto const author = Codec::key(books.get(), row, 1);
        while (at != shelves.end() && at->author.id != author)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        Codec::decode(books.get(), row, at->books.emplace_back());
    }
    return shelves;
}

// Text is the same in both formats.
inline void insert_users(PGconn* on, std::span<bench_user> users) {
    std::vector<char const*> values;
    values.reserve(2 * users.size());
    for (auto const& user : users) {
        values.push_back(user.name.c_str());
        values.push_back(user.hair_color ? user.hair_color->c_str() : nullptr);
    }
    checked(on,
            PQexecPrepared(on, "insert_users", static_cast<int>(values.size()), values.data(),
                           nullptr, nullptr, 0),
            PGRES_COMMAND_OK);
}

inline std::string open(connection& on, target const& where) {
    on.reset(PQconnectdb(where.place.c_str()));
    if (PQstatus(on.get()) != CONNECTION_OK)
        throw std::runtime_error{PQerrorMessage(on.get())};
    // Else each `drop table if exists` says on stderr that there was none.
    execute(on.get(), "set client_min_messages = warning");
    result const fsync{PQexec(on.get(), "show fsync")};
    return std::string{"server "} + PQparameterStatus(on.get(), "server_version") + ", fsync " +
           PQgetvalue(fsync.get(), 0, 0);
}

inline std::string libpq_version() {
    auto const version = PQlibVersion();
    return "libpq " + std::to_string(version / 10000) + "." + std::to_string(version % 10000);
}

/// All workloads, a round trip per statement. A subject with a way of its own for some of them
/// names its connection, replaces their members and lists them as its `only` ones.
template <class Codec>
subject libpq_subject(std::string name, std::string const& format,
                      std::shared_ptr<connection> on = std::make_shared<connection>()) {
    subject raw;
    raw.name = std::move(name);
    raw.libraries = libpq_version();
    raw.backends = {backend::postgresql};
    raw.open = [on, format](target const& where) { return open(*on, where) + ", " + format; };
    raw.execute = [on](std::string const& sql) { execute(on->get(), sql.c_str()); };
    raw.prepare = [on] { prepare_all(on->get()); };
    raw.insert_each = [on](std::span<bench_row> rows) { insert_each<Codec>(on->get(), rows); };
    raw.insert_range = raw.insert_each;
    raw.insert_unread = raw.insert_each;
    raw.select_all = [on] {
        auto const all = run<Codec>(on->get(), "select_all", {}, PGRES_TUPLES_OK);
        return read_all<Codec>(all.get());
    };
    raw.find_each = [on](std::span<std::int64_t const> keys, checksum& found) {
        execute(on->get(), "begin");
        find_each<Codec>(on->get(), keys, found);
        execute(on->get(), "commit");
    };
    raw.find_each_autocommit = [on](std::span<std::int64_t const> keys, checksum& found) {
        find_each<Codec>(on->get(), keys, found);
    };
    raw.find_many = raw.find_each_autocommit;
    raw.select_shelves = [on, prepared = false]() mutable {
        if (!std::exchange(prepared, true)) {
            prepare(on->get(), "select_authors", "select id, name from bench_author order by id");
            prepare(on->get(), "select_books",
                    "select id, author_id, title, year from bench_book order by author_id, id");
        }
        return select_shelves<Codec>(on->get());
    };
    raw.update_each = [on](std::span<score_change const> changes) {
        update_each<Codec>(on->get(), changes);
    };
    raw.update_many = raw.update_each;
    raw.select_range = [on](std::int64_t first, std::int64_t last) {
        parameters with;
        Codec::encode(with, first, last);
        auto const made = run<Codec>(on->get(), "select_range", with, PGRES_TUPLES_OK);
        return read_all<Codec>(made.get());
    };
    raw.select_users = [on, prepared = false]() mutable {
        if (!std::exchange(prepared, true))
            prepare(on->get(), "select_users", "select id, name, hair_color from bench_user");
        auto const all = run<Codec>(on->get(), "select_users", {}, PGRES_TUPLES_OK);
        return read_all<Codec, bench_user>(all.get());
    };
    raw.insert_users = [on, prepared = false](std::span<bench_user> users) mutable {
        if (!std::exchange(prepared, true))
            prepare(on->get(), "insert_users", insert_users_sql(users.size(), "$"));
        insert_users(on->get(), users);
    };
    raw.close = [on] { on->reset(); };
    return raw;
}

}  // namespace bench
