// SPDX-License-Identifier: MIT
//
// libpqxx with statements prepared once. Its stream_to is left out: it tells no keys.
#include "workloads.hpp"

#include <pqxx/pqxx>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

using bench::bench_row;

struct program {
    std::unique_ptr<pqxx::connection> on;
};

void decode(pqxx::row const& from, bench_row& row) {
    row.id = from[0].as<std::int64_t>();
    row.name = from[1].as<std::string>();
    row.email = from[2].as<std::string>();
    row.score = from[3].as<double>();
    row.level = from[4].as<int>();
    row.active = from[5].as<bool>();
    row.created_at = from[6].as<std::string>();
    if (!from[7].is_null())
        row.note = from[7].as<std::string>();
}

std::vector<bench_row> read_all(pqxx::result const& from) {
    std::vector<bench_row> rows;
    rows.reserve(from.size());
    for (auto const& row : from)
        decode(row, rows.emplace_back());
    return rows;
}

void insert_each(program& p, std::span<bench_row> rows) {
    pqxx::work transaction{*p.on};
    for (auto& row : rows) {
        auto const made = transaction.exec_prepared1("insert_row", row.name, row.email, row.score,
                                                     row.level, row.active, row.created_at,
                                                     row.note ? row.note->c_str() : nullptr);
        row.id = made[0].as<std::int64_t>();
    }
    transaction.commit();
}

void find_in(pqxx::transaction_base& transaction, std::span<std::int64_t const> keys,
             bench::checksum& found) {
    for (auto key : keys) {
        bench_row row;
        decode(transaction.exec_prepared1("find_row", key), row);
        found.add(row);
    }
}

void update_each(program& p, std::span<bench::score_change const> changes) {
    pqxx::work transaction{*p.on};
    for (auto const& change : changes) {
        if (transaction.exec_prepared0("update_row", change.score, change.id).affected_rows() != 1)
            throw std::runtime_error{"no such row"};
    }
    transaction.commit();
}

std::vector<bench::shelf> select_shelves(program& p) {
    pqxx::nontransaction reads{*p.on};
    std::vector<bench::shelf> shelves;
    for (auto const& row : reads.exec("select id, name from bench_author order by id")) {
        auto& author = shelves.emplace_back().author;
        author.id = row[0].as<std::int64_t>();
        author.name = row[1].as<std::string>();
    }
    auto at = shelves.begin();
    for (auto const& row :
         reads.exec("select id, author_id, title, year from bench_book order by author_id, id")) {
        auto const author = row[1].as<std::int64_t>();
        while (at != shelves.end() && at->author.id != author)
            ++at;
        if (at == shelves.end())
            throw std::runtime_error{"a book without its author"};
        at->books.push_back(
            {row[0].as<std::int64_t>(), author, row[2].as<std::string>(), row[3].as<int>()});
    }
    return shelves;
}

std::vector<bench::bench_user> select_users(program& p) {
    auto const all = pqxx::nontransaction{*p.on}.exec_prepared("select_users");
    std::vector<bench::bench_user> users;
    users.reserve(all.size());
    for (auto const& row : all) {
        auto& user = users.emplace_back();
        user.id = row[0].as<std::int64_t>();
        user.name = row[1].as<std::string>();
        if (!row[2].is_null())
            user.hair_color = row[2].as<std::string>();
    }
    return users;
}

void insert_users(program& p, std::span<bench::bench_user> users) {
    std::vector<char const*> values;
    values.reserve(2 * users.size());
    for (auto const& user : users) {
        values.push_back(user.name.c_str());
        values.push_back(user.hair_color ? user.hair_color->c_str() : nullptr);
    }
    pqxx::nontransaction{*p.on}.exec_prepared0("insert_users",
                                               pqxx::prepare::make_dynamic_params(values));
}

void prepare_all(program& p) {
    std::string const select =
        "select id, name, email, score, level, active, created_at, note from bench_row";
    p.on->prepare("insert_row",
                  "insert into bench_row (name, email, score, level, active, created_at, note) "
                  "values ($1, $2, $3, $4, $5, $6, $7) returning id");
    p.on->prepare("select_all", select);
    p.on->prepare("find_row", select + " where id = $1");
    p.on->prepare("update_row", "update bench_row set score = $1 where id = $2");
    p.on->prepare("select_range", select + " where id >= $1 and id <= $2");
}

std::string open(program& p, bench::target const& where) {
    p.on = std::make_unique<pqxx::connection>(where.place);
    pqxx::nontransaction set{*p.on};
    set.exec("set client_min_messages = warning");
    return "prepared statements";
}

}  // namespace

bench::subject bench::make_subject() {
    auto p = std::make_shared<program>();
    subject peer;
    peer.name = "libpqxx";
    peer.libraries = "libpqxx " PQXX_VERSION;
    peer.backends = {backend::postgresql};
    peer.open = [p](target const& where) { return open(*p, where); };
    peer.execute = [p](std::string const& sql) { pqxx::nontransaction{*p->on}.exec(sql); };
    peer.prepare = [p] { prepare_all(*p); };
    peer.insert_each = [p](std::span<bench_row> rows) { insert_each(*p, rows); };
    peer.insert_range = peer.insert_each;
    peer.insert_unread = peer.insert_each;
    peer.select_all = [p] {
        return read_all(pqxx::nontransaction{*p->on}.exec_prepared("select_all"));
    };
    peer.find_each = [p](std::span<std::int64_t const> keys, checksum& found) {
        pqxx::work transaction{*p->on};
        find_in(transaction, keys, found);
        transaction.commit();
    };
    peer.find_each_autocommit = [p](std::span<std::int64_t const> keys, checksum& found) {
        pqxx::nontransaction reads{*p->on};
        find_in(reads, keys, found);
    };
    peer.find_many = peer.find_each_autocommit;
    peer.update_each = [p](std::span<score_change const> changes) { update_each(*p, changes); };
    peer.update_many = peer.update_each;
    peer.select_range = [p](std::int64_t first, std::int64_t last) {
        return read_all(pqxx::nontransaction{*p->on}.exec_prepared("select_range", first, last));
    };
    peer.select_shelves = [p] { return select_shelves(*p); };
    peer.select_users = [p, prepared = false]() mutable {
        if (!std::exchange(prepared, true))
            p->on->prepare("select_users", "select id, name, hair_color from bench_user");
        return select_users(*p);
    };
    peer.insert_users = [p, prepared = false](std::span<bench_user> users) mutable {
        if (!std::exchange(prepared, true))
            p->on->prepare("insert_users", insert_users_sql(users.size(), "$"));
        insert_users(*p, users);
    };
    peer.close = [p] { p->on.reset(); };
    return peer;
}
