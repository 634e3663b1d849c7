// SPDX-License-Identifier: MIT
//
// Many rows or keys in one statement, an array for each column, in the server's binary format.
#include "raw_libpq_binary.hpp"

#include <algorithm>

namespace {

using namespace bench;

constexpr std::size_t rows_a_statement = 1000;

// Their numbers in pg_type.
constexpr int type_bool = 16;
constexpr int type_int8 = 20;
constexpr int type_int4 = 23;
constexpr int type_text = 25;
constexpr int type_float8 = 701;

/// One dimension, counted from 1; `value_of` picks the value out of each element.
template <class Element, class ValueOf>
std::string array_of(int type, std::span<Element> all, ValueOf const& value_of) {
    std::string array;
    for (int const word : {1, 1 /* there may be NULL */, type, static_cast<int>(all.size()), 1})
        append_bytes(array, word);
    for (auto const& each : all)
        append_value(array, value_of(each));
    return array;
}

result run_with(PGconn* on, char const* name, std::span<std::string const> arrays) {
    parameters with;
    with.count = static_cast<int>(arrays.size());
    for (std::size_t i = 0; i < arrays.size(); ++i)
        point(with, i, arrays[i].data(), arrays[i].size());
    return run<binary_codec>(on, name, with, PGRES_TUPLES_OK);
}

void insert_some(PGconn* on, std::span<bench_row> rows) {
    std::string const arrays[] = {
        array_of(type_text, rows, [](auto const& row) -> auto& { return row.name; }),
        array_of(type_text, rows, [](auto const& row) -> auto& { return row.email; }),
        array_of(type_float8, rows, [](auto const& row) { return row.score; }),
        array_of(type_int4, rows, [](auto const& row) { return row.level; }),
        array_of(type_bool, rows, [](auto const& row) { return row.active; }),
        array_of(type_text, rows, [](auto const& row) -> auto& { return row.created_at; }),
        array_of(type_text, rows, [](auto const& row) -> auto& { return row.note; })};
    auto const made = run_with(on, "insert_arrays", arrays);
    // RETURNING promises no order, but keys count up in the order of insertion.
    std::vector<std::int64_t> keys(static_cast<std::size_t>(PQntuples(made.get())));
    int number = 0;
    for (auto& key : keys)
        key = binary_codec::key(made.get(), number++, 0);
    std::sort(keys.begin(), keys.end());
    if (keys.size() != rows.size())
        throw std::runtime_error{"not each row has a key"};
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].id = keys[i];
}

void insert_range(PGconn* on, std::span<bench_row> rows) {
    execute(on, "begin");
    for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), rows_a_statement)))
        insert_some(on, rows.first(std::min(rows.size(), rows_a_statement)));
    execute(on, "commit");
}

void find_many(PGconn* on, std::span<std::int64_t const> keys, checksum& found) {
    std::string const array = array_of(type_int8, keys, [](std::int64_t key) { return key; });
    auto const made = run_with(on, "find_any", {&array, 1});
    for (auto const& row : read_all<binary_codec>(made.get()))
        found.add(row);
}

void prepare_arrays(PGconn* on) {
    prepare(on, "insert_arrays",
            "insert into bench_row (name, email, score, level, active, created_at, note) "
            "select name, email, score, level, active, created_at, note from unnest("
            "$1::text[], $2::text[], $3::float8[], $4::int4[], $5::bool[], $6::text[], $7::text[]) "
            "with ordinality as r (name, email, score, level, active, created_at, note, place) "
            "order by place returning id");
    prepare(on, "find_any",
            "select id, name, email, score, level, active, created_at, note from bench_row "
            "where id = any($1::int8[])");
}

}  // namespace

bench::subject bench::make_subject() {
    auto on = std::make_shared<connection>();
    auto raw = libpq_subject<binary_codec>("raw_libpq_arrays", "binary arrays", on);
    raw.only = {"W1r", "W3k"};
    raw.prepare = [on, more = raw.prepare] {
        more();
        prepare_arrays(on->get());
    };
    raw.insert_range = [on](std::span<bench_row> rows) { insert_range(on->get(), rows); };
    raw.find_many = [on](std::span<std::int64_t const> keys, checksum& found) {
        find_many(on->get(), keys, found);
    };
    return raw;
}
