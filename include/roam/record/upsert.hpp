// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/insert.hpp>
#include <roam/record/update.hpp>

namespace roam {

/// Names the conflict target of an upsert: on<&book::isbn>.
template <auto... Members>
struct on_members {};
template <auto... Members>
inline constexpr on_members<Members...> on{};

namespace record_detail {

template <class T, class D, auto... Members>
struct upsert_verb {
    static constexpr mapping::column_list target = [] {
        if constexpr (sizeof...(Members) == 0) {
            return table_of<T, D>().primary_key;
        } else {
            return mapping::detail::member_list<Members...>::template columns<T, D>();
        }
    }();
    static constexpr bool sends_key = [] {
        return mapping::has_generated_key(table_of<T, D>()) &&
               target.contains(table_of<T, D>().primary_key.at[0]);
    }();
    static constexpr column_set sent =
        sends_key ? column_set::sent_with_key : column_set::sent_by_insert;

    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return upsert_text(table(), target, d); }
};

template <class Verb, class T, class D>
void upsert_one(T& record, target const& on) {
    record_detail::normalize<D>(record);
    stored<Verb::sent, T, D> const cells{record};
    detail::execution run{on, source_of<Verb>, cells.all()};
    if constexpr (mapping::column_count<T, column_set::read_after_upsert, D> == 0) {
        run.affected();
    } else {
        read_back<column_set::read_after_upsert, T, D>(run, record);
    }
}

}  // namespace record_detail

/// Inserts the record or, when a row has its primary key already, overwrites that row. Sends
/// `INSERT ... ON CONFLICT (key) DO UPDATE`; one statement, so no other thread can come between. A
/// version column is not checked, but counted up in a row that was there, and comes back.
template <record T, class D = mapping::description_of<T>>
void upsert(T& record, target on = {}) {
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using namespace record_detail;
    upsert_one<upsert_verb<T, D>, T, D>(record, on_route<T, D, intent::write>(on, record));
}

/// The same for a declared unique<> of the record: upsert(b, on<&book::isbn>). A generated key
/// comes back, of the row that was there or of the new one.
template <record T, auto... Members, class D = mapping::description_of<T>>
void upsert(T& record, on_members<Members...>, target on = {}) {
    using namespace record_detail;
    upsert_one<upsert_verb<T, D, Members...>, T, D>(record,
                                                    on_route<T, D, intent::write>(on, record));
}

/// Inserts a record whose generated key is still 0 (or nullopt), else updates it; a record with a
/// key of the program's own is upserted.
template <record T, class D = mapping::description_of<T>>
void save(T& record, target on = {}) {
    ROAM_DETAIL_NEEDS_KEY(T, D);
    if constexpr (mapping::has_generated_key(table_of<T, D>())) {
        using namespace record_detail;
        auto const& key = own_key<T, D>(record);
        if (key == std::remove_cvref_t<decltype(key)>{}) {
            insert<T, D>(record, on);
        } else {
            update<T&, D>(record, on);
        }
    } else {
        upsert<T, D>(record, on);
    }
}

}  // namespace roam
