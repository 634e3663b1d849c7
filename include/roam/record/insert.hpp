// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/verb.hpp>

#include <concepts>
#include <type_traits>

namespace roam {

struct keep_key_tag {};
/// insert(r, keep_key): the record's own key is sent, though the database could make one.
inline constexpr keep_key_tag keep_key{};

struct without_keys_tag {};
/// insert(r, without_keys): nothing comes back into the record, which may be const.
inline constexpr without_keys_tag without_keys{};

namespace record_detail {

/// What becomes of the key that the database makes.
enum class key_use : std::uint8_t {
    read,
    sent,    ///< it is the record's own
    unread,  ///< nor is anything else read
};

template <class T, class D, key_use Keys = key_use::read>
struct insert_verb {
    static constexpr column_set sent =
        Keys == key_use::sent ? column_set::sent_with_key : column_set::sent_by_insert;
    static constexpr column_set read = Keys == key_use::unread ? column_set::none
                                       : Keys == key_use::sent ? column_set::read_after_keyed_insert
                                                               : column_set::read_after_insert;
    static constexpr bool reads_nothing = mapping::column_count<T, read, D> == 0;
    /// Only the generated key comes back, which some engines tell without RETURNING.
    static constexpr bool only_key = Keys == key_use::read &&
                                     mapping::column_count<T, read, D> == 1 &&
                                     mapping::has_generated_key(table_of<T, D>());

    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) {
        bool const told = only_key && d.can(sql::capability::inserted_key);
        return insert_text(table(), sent, told ? column_set::read_after_keyed_insert : read, 1, d);
    }
};

/// Ends the INSERT of one record: it gets its key and what the database computed.
template <class Verb, class T, class D>
void finish_insert(detail::execution& run, T& record) {
    if constexpr (Verb::reads_nothing) {
        run.affected();
    } else {
        if constexpr (Verb::only_key) {
            if (auto const told = run.inserted_key()) {
                cell const key = cell::of(mapping::cell_kind::integer, *told);
                mapping::load_columns<Verb::read, T, D>(&key, record);
                return;
            }
        }
        read_back<Verb::read, T, D>(run, record);
    }
}

/// One of several inserts.
template <class Verb, class T, class D>
void insert_one(T& record, detail::batch& inside) {
    record_detail::normalize<D>(record);
    stored<Verb::sent, std::remove_const_t<T>, D> const cells{record};
    detail::execution run{inside, source_of<Verb>, cells.all()};
    finish_insert<Verb, T, D>(run, record);
}

template <class Verb, class T, class D>
void insert_one(T& record, target const& on) {
    record_detail::normalize<D>(record);
    stored<Verb::sent, std::remove_const_t<T>, D> const cells{record};
    if constexpr (Verb::reads_nothing) {
        insert_row(on, source_of<Verb>, cells.all(), {}, false);
    } else {
        cell row[mapping::column_count<T, Verb::read, D>];
        insert_row(on, source_of<Verb>, cells.all(), target_of<Verb::read, T, D>(record, row),
                   Verb::only_key);
    }
}

}  // namespace record_detail

/// Inserts the record; a generated key and whatever the database computes come back into it.
///
/// A generated key is never sent, whatever the member holds, so that an insert can be repeated
/// after a rollback (D3). Sends `INSERT INTO t (...) VALUES (...)`, with RETURNING where the engine
/// does not tell the key otherwise. Throws unique_error, foreign_key_error, not_null_error,
/// check_error, conversion_error; the record is then unchanged, rounding of times apart.
template <record T, class D = mapping::description_of<T>>
    requires(!std::is_const_v<T>)
void insert(T& record, target on = {}) {
    using namespace record_detail;
    insert_one<insert_verb<T, D>, T, D>(record, on_route<T, D, intent::write>(on, record));
}

/// Inserts a temporary and returns it with its key: auto a = insert(author{.name = "..."}).
template <class R, class D = mapping::description_of<std::remove_cvref_t<R>>>
    requires record<std::remove_cvref_t<R>> &&
             (!std::is_lvalue_reference_v<R> || std::is_const_v<std::remove_reference_t<R>>)
std::remove_cvref_t<R> insert(R&& record, target on = {}) {
    std::remove_cvref_t<R> copy = std::forward<R>(record);
    insert<std::remove_cvref_t<R>, D>(copy, on);
    return copy;
}

/// Inserts with the key that the record holds (PostgreSQL: OVERRIDING SYSTEM VALUE; its sequence
/// is not moved: see docs/mapping.md).
template <record T, class D = mapping::description_of<T>>
void insert(T& record, keep_key_tag, target on = {}) {
    using namespace record_detail;
    insert_one<insert_verb<T, D, key_use::sent>, T, D>(record,
                                                       on_route<T, D, intent::write>(on, record));
}

/// Inserts the record as it is, and brings back neither its key nor what the database computes: for
/// rows that are written and forgotten, such as a log's.
template <record T, class D = mapping::description_of<T>>
void insert(T const& record, without_keys_tag, target on = {}) {
    using namespace record_detail;
    insert_one<insert_verb<T, D, key_use::unread>, T const, D>(
        record, on_route<T, D, intent::write>(on, record));
}

}  // namespace roam
