// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/find.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace roam {

namespace record_detail {

/// How many keys one IN list takes. A shorter list is filled up with its last key, so that there is
/// one text, prepared once.
inline constexpr std::size_t keys_per_list = 100;

template <class T, class D>
using key_span = std::span<key_type<T, D> const>;

/// One list parameter for any number of keys: `= ANY ($1)`.
template <class T, class D>
struct find_by_array_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return find_by_array_text(table(), d); }
};

/// `IN (?, ?, ...)`, a hundred of them.
template <class T, class D>
struct find_by_list_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) {
        return find_by_list_text(table(), keys_per_list, d);
    }
};

/// What the search for many keys has to know of a record; all else of it is compiled once.
struct keyed_rows {
    mapping::table const* table;
    detail::statement_source const* by_key;
    detail::statement_source const* by_array;
    detail::statement_source const* by_list;
    void (*store)(void const* keys, std::size_t i, cell* to, mapping::scratch& memory);
    void (*load)(void* rows, std::size_t i, cell const* row);
    void (*copy)(void* rows, std::size_t from, std::size_t to);
};

/// Loads the row of each key to its place in `rows`. Answers how many keys have none.
std::size_t find_by_keys(target const& on, keyed_rows const& type, std::size_t count,
                         void const* keys, void* rows);

template <class T>
T& row_at(std::vector<T>& rows, std::size_t i) {
    return rows[i];
}
template <class T>
T& row_at(std::vector<std::optional<T>>& rows, std::size_t i) {
    return rows[i].emplace();
}

/// Rows is a vector of T or of std::optional<T>.
template <class T, class D, class Rows>
inline constexpr keyed_rows keyed_rows_of{
    .table = &table_of<T, D>(),
    .by_key = &source_of<find_verb<T, D>>,
    .by_array = &source_of<find_by_array_verb<T, D>>,
    .by_list = &source_of<find_by_list_verb<T, D>>,
    .store =
        [](void const* keys, std::size_t i, cell* to, mapping::scratch& memory) {
            store_key<T, D>(static_cast<key_type<T, D> const*>(keys)[i], to, memory);
        },
    .load =
        [](void* rows, std::size_t i, cell const* row) {
            mapping::load_columns<column_set::all, T, D>(row, row_at(*static_cast<Rows*>(rows), i));
        },
    .copy =
        [](void* rows, std::size_t from, std::size_t to) {
            (*static_cast<Rows*>(rows))[to] = (*static_cast<Rows*>(rows))[from];
        },
};

}  // namespace record_detail

/// The rows with these keys, in the order of the keys, nothing where there is none; for a key that
/// is given twice, twice.
///
///     std::vector<std::optional<book>> found = roam::find_many<book>({3, 1, 4});
///
/// A key of one column goes to PostgreSQL as one statement, `= ANY ($1)`, and to MySQL as one for
/// each hundred keys, `IN (...)`; keys of several columns, fractions, and SQLite, which has no
/// server to wait for, take a statement for each key. All run on one session. For one state of the
/// database that all are read from, put a read_scope around it.
template <record T, class D = mapping::description_of<T>>
std::vector<std::optional<T>> find_many(
    std::span<std::type_identity_t<record_detail::key_type<T, D>> const> keys, target on = {}) {
    using namespace record_detail;
    std::vector<std::optional<T>> rows(keys.size());
    find_by_keys(on_route<T, D, intent::read>(on), keyed_rows_of<T, D, decltype(rows)>, keys.size(),
                 keys.data(), &rows);
    return rows;
}

template <record T, class D = mapping::description_of<T>>
std::vector<std::optional<T>> find_many(std::initializer_list<record_detail::key_type<T, D>> keys,
                                        target on = {}) {
    return find_many<T, D>(std::span{keys.begin(), keys.size()}, on);
}

/// The same where each key must have a row: without one, not_found_error says for how many keys.
template <record T, class D = mapping::description_of<T>>
std::vector<T> get_many(std::span<std::type_identity_t<record_detail::key_type<T, D>> const> keys,
                        target on = {}) {
    using namespace record_detail;
    std::vector<T> rows(keys.size());
    auto const missing =
        find_by_keys(on_route<T, D, intent::read>(on), keyed_rows_of<T, D, std::vector<T>>,
                     keys.size(), keys.data(), &rows);
    if (missing != 0)
        throw_not_found(table_of<T, D>(), missing);
    return rows;
}

template <record T, class D = mapping::description_of<T>>
std::vector<T> get_many(std::initializer_list<record_detail::key_type<T, D>> keys, target on = {}) {
    return get_many<T, D>(std::span{keys.begin(), keys.size()}, on);
}

}  // namespace roam
