// SPDX-License-Identifier: MIT
//
// Roam as its documentation uses it: records through the verbs, inside a session_scope.
#include "workloads.hpp"
#include <roam/roam.hpp>
#ifdef ROAM_BENCH_WITH_POSTGRESQL
#include <roam/backend/postgresql.hpp>
#endif

#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

using bench::bench_row;
using roam::col;

struct program {
    std::optional<roam::database> db;
    std::optional<roam::session_scope> scope;
};

std::string open(program& p, bench::target const& where) {
    std::string const url = where.where == bench::backend::postgresql ? where.place
                            : where.where == bench::backend::memory   ? "sqlite::memory:"
                                                                      : "sqlite:" + where.place;
    p.db.emplace(url, roam::database_options{.max_sessions = 1});
    p.scope.emplace(*p.db);
    return "one session in a session_scope, all checks on";
}

void insert_each(std::span<bench_row> rows) {
    roam::transaction tx;
    for (auto& row : rows)
        roam::insert(row);
    tx.commit();
}

void insert_range(std::span<bench_row> rows) { roam::insert(rows); }

void find_each(std::span<std::int64_t const> keys, bench::checksum& found) {
    for (auto const key : keys)
        found.add(roam::get<bench_row>(key));
}

void find_many(std::span<std::int64_t const> keys, bench::checksum& found) {
    for (auto const& row : roam::get_many<bench_row>(keys))
        found.add(row);
}

std::vector<bench::shelf> select_shelves() {
    using bench::bench_author;
    using bench::bench_book;
    auto authors = roam::select<bench_author>().order_by(col<&bench_author::id>).all();
    auto books = roam::select<bench_book>()
                     .order_by(col<&bench_book::author_id>, col<&bench_book::id>)
                     .all();
    std::vector<bench::shelf> shelves;
    shelves.reserve(authors.size());
    auto at = books.begin();
    for (auto& author : authors) {
        auto const first = at;
        while (at != books.end() && at->author_id == author.id)
            ++at;
        shelves.push_back({std::move(author), {std::move_iterator{first}, std::move_iterator{at}}});
    }
    if (at != books.end())
        throw std::runtime_error{"a book without its author"};
    return shelves;
}

void update_each(std::span<bench::score_change const> changes) {
    roam::transaction tx;
    bench_row row;
    for (auto const& change : changes) {
        row.id = change.id;
        row.score = change.score;
        roam::update<&bench_row::score>(row);
    }
    tx.commit();
}

void update_many(std::span<bench::score_change const> changes) {
    std::vector<bench_row> rows(changes.size());
    roam::write_batch writes;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        rows[i].id = changes[i].id;
        rows[i].score = changes[i].score;
        writes.update<&bench_row::score>(rows[i]);
    }
    writes.commit();
}

}  // namespace

bench::subject bench::make_subject() {
    auto p = std::make_shared<program>();
    subject roam_subject;
    roam_subject.name = "roam";
    roam_subject.libraries = std::string{"roam "} + roam::version();
    roam_subject.backends = {backend::memory, backend::file};
#ifdef ROAM_BENCH_WITH_POSTGRESQL
    roam_subject.backends.push_back(backend::postgresql);
#endif
    roam_subject.open = [p](target const& where) { return open(*p, where); };
    roam_subject.execute = [p](std::string const& sql) { p->scope->get().execute(sql); };
    roam_subject.insert_each = [](std::span<bench_row> rows) { insert_each(rows); };
    roam_subject.insert_range = [](std::span<bench_row> rows) { insert_range(rows); };
    roam_subject.insert_unread = [](std::span<bench_row> rows) {
        roam::insert(rows, roam::without_keys);
    };
    roam_subject.select_all = [] { return roam::select<bench_row>().all(); };
    roam_subject.find_each = [](std::span<std::int64_t const> keys, checksum& found) {
        roam::transaction tx;
        find_each(keys, found);
        tx.commit();
    };
    roam_subject.find_each_autocommit = [](std::span<std::int64_t const> keys, checksum& found) {
        find_each(keys, found);
    };
    roam_subject.find_many = [](std::span<std::int64_t const> keys, checksum& found) {
        find_many(keys, found);
    };
    roam_subject.select_shelves = select_shelves;
    roam_subject.update_each = [](std::span<score_change const> changes) { update_each(changes); };
    roam_subject.update_many = update_many;
    roam_subject.select_range = [](std::int64_t first, std::int64_t last) {
        return roam::select<bench_row>()
            .where(col<&bench_row::id> >= first && col<&bench_row::id> <= last)
            .all();
    };
    roam_subject.select_users = [] { return roam::select<bench_user>().all(); };
    roam_subject.insert_users = [](std::span<bench_user> users) {
        roam::insert(users, roam::without_keys);
    };
    roam_subject.close = [p] {
        p->scope.reset();
        p->db.reset();
    };
    return roam_subject;
}
