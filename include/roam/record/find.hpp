// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/verb.hpp>

#include <optional>

namespace roam {

namespace record_detail {

template <class T, class D>
struct find_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return find_text(table(), d); }
};

template <class T, class D>
struct exists_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return exists_text(table(), d); }
};

/// False without a row, or not_found_error where there must be one.
template <class T, class D>
bool read_by_key(std::span<cell const> key, T& record, target const& on, bool must = true) {
    cell row[mapping::column_count<T, column_set::all, D>];
    return read_by_key(on, source_of<find_verb<T, D>>, key,
                       target_of<column_set::all, T, D>(record, row), must);
}

}  // namespace record_detail

/// The row with this key, or nothing: find<book>(5), find<order_line>({order, line}).
template <record T, class D = mapping::description_of<T>>
std::optional<T> find(record_detail::key_type<T, D> const& key, target on = {}) {
    using namespace record_detail;
    stored_key<T, D> const cells{key};
    std::optional<T> found{std::in_place};
    if (!read_by_key<T, D>(cells.all(), *found, on_route<T, D, intent::read>(on, key), false))
        found.reset();
    return found;
}

/// The row with this key; throws not_found_error when there is none.
template <record T, class D = mapping::description_of<T>>
T get(record_detail::key_type<T, D> const& key, target on = {}) {
    using namespace record_detail;
    stored_key<T, D> const cells{key};
    T found{};
    read_by_key<T, D>(cells.all(), found, on_route<T, D, intent::read>(on, key));
    return found;
}

template <record T, class D = mapping::description_of<T>>
bool exists(record_detail::key_type<T, D> const& key, target on = {}) {
    using namespace record_detail;
    stored_key<T, D> const cells{key};
    detail::execution run{on_route<T, D, intent::read>(on, key), source_of<exists_verb<T, D>>,
                          cells.all()};
    cell answer;
    bool found = false;
    if (run.fetch(&answer))
        mapping::load(answer, found);
    return found;
}

/// Reads the record's row again; throws not_found_error, the record unchanged, when it is gone.
template <record T, class D = mapping::description_of<T>>
void refresh(T& record, target on = {}) {
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using namespace record_detail;
    stored<column_set::key, T, D> const cells{record};
    T fresh = record;  // keeps transient members
    read_by_key<T, D>(cells.all(), fresh, on_route<T, D, intent::read>(on, record));
    record = std::move(fresh);
}

}  // namespace roam
