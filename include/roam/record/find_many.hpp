// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/find.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace roam {

namespace record_detail {

/// How many keys one IN list takes. A shorter list is filled up with its last key, so that there is
/// one text, prepared once.
inline constexpr std::size_t keys_per_list = 100;

/// The rows that are found, each at the place of its key.
template <class T>
using found_rows = std::vector<std::optional<T>>;

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

/// Whether rows that come back in any order can be given to their keys again.
template <class T, class D>
consteval bool are_keys_ordered() {
    auto const& t = table_of<T, D>();
    if (t.primary_key.size != 1)
        return false;
    auto const kind = t.columns[t.primary_key.at[0]].type.kind;
    return kind != mapping::type_kind::array && kind != mapping::type_kind::float32 &&
           kind != mapping::type_kind::float64 && std::totally_ordered<key_type<T, D>>;
}

/// Whether keys are equal in the program exactly where they are in the database. A collation may
/// hold texts for equal that are not.
template <class T, class D>
consteval bool are_keys_exact() {
    auto const& t = table_of<T, D>();
    return mapping::is_integer(t.columns[t.primary_key.at[0]].type.kind);
}

/// Keys in order, each with its place.
template <class T, class D>
class key_places {
public:
    explicit key_places(key_span<T, D> keys) : keys_(keys), order_(keys.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
            return keys_[a] != keys_[b] ? keys_[a] < keys_[b] : a < b;
        });
    }
    /// Gives the row to each of its keys.
    void put(T&& row, found_rows<T>& found) const {
        auto const& key = own_key<T, D>(row);
        auto at = std::lower_bound(order_.begin(), order_.end(), key,
                                   [&](std::size_t i, auto const& k) { return keys_[i] < k; });
        if (at == order_.end() || keys_[*at] != key)
            return;
        auto const first = *at;
        for (++at; at != order_.end() && keys_[*at] == key; ++at)
            found[*at] = row;
        found[first] = std::move(row);
    }

private:
    key_span<T, D> keys_;
    std::vector<std::size_t> order_;
};

template <class T, class D>
void take_rows(detail::execution& run, key_places<T, D> const& places, found_rows<T>& found) {
    cell row[mapping::column_count<T, column_set::all, D>];
    while (run.fetch(row)) {
        T record{};
        explained(run, [&] { mapping::load_columns<column_set::all, T, D>(row, record); });
        places.put(std::move(record), found);
    }
}

template <class T, class D>
void find_by_array(key_span<T, D> keys, found_rows<T>& found, detail::batch& inside) {
    std::vector<cell> cells(keys.size());
    mapping::scratch memory;
    for (std::size_t i = 0; i < keys.size(); ++i)
        cells[i] = mapping::store(keys[i], memory);
    cell const array = cell::of_rows(cells);
    detail::execution run{inside, source_of<find_by_array_verb<T, D>>, {&array, 1}};
    take_rows<T, D>(run, key_places<T, D>{keys}, found);
}

template <class T, class D>
void find_by_lists(key_span<T, D> keys, found_rows<T>& found, detail::batch& inside) {
    key_places<T, D> const places{keys};
    cell list[keys_per_list];
    for (std::size_t done = 0; done < keys.size(); done += keys_per_list) {
        mapping::scratch memory;
        for (std::size_t i = 0; i < keys_per_list; ++i)
            list[i] = mapping::store(keys[std::min(done + i, keys.size() - 1)], memory);
        detail::execution run{inside, source_of<find_by_list_verb<T, D>>, list};
        take_rows<T, D>(run, places, found);
    }
}

/// Asks for those that are not found yet, one after the other.
template <class T, class D>
void find_each(key_span<T, D> keys, found_rows<T>& found, detail::batch& inside) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (found[i])
            continue;
        stored_key<T, D> const cells{keys[i]};
        if (!read_by_key<T, D>(cells.all(), found[i].emplace(), inside))
            found[i].reset();
    }
}

template <class T, class D>
found_rows<T> find_all_of(key_span<T, D> keys, target const& on) {
    found_rows<T> found(keys.size());
    if (keys.empty())
        return found;
    detail::batch inside{on, detail::batch::without_transaction};
    if constexpr (are_keys_ordered<T, D>()) {
        sql::dialect const& d = inside.dialect();
        bool const by_array = d.can(sql::capability::native_arrays);
        if (keys.size() > 1 && (by_array || is_mysql(d.family))) {
            if (by_array)
                find_by_array<T, D>(keys, found, inside);
            else
                find_by_lists<T, D>(keys, found, inside);
            if (are_keys_exact<T, D>())
                return found;
        }
    }
    find_each<T, D>(keys, found, inside);
    return found;
}

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
    return find_all_of<T, D>(keys, on_route<T, D, intent::read>(on));
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
    auto found = find_many<T, D>(keys, on);
    auto const missing = std::count(found.begin(), found.end(), std::nullopt);
    if (missing != 0)
        record_detail::throw_not_found(table_of<T, D>(), static_cast<std::size_t>(missing));
    std::vector<T> all;
    all.reserve(found.size());
    for (auto& each : found)
        all.push_back(std::move(*each));
    return all;
}

template <record T, class D = mapping::description_of<T>>
std::vector<T> get_many(std::initializer_list<record_detail::key_type<T, D>> keys, target on = {}) {
    return get_many<T, D>(std::span{keys.begin(), keys.size()}, on);
}

}  // namespace roam
