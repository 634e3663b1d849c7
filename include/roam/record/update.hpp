// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/verb.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace roam {

namespace record_detail {

/// The columns of a set, as an array.
template <class T, class D, column_set Set>
inline constexpr auto columns_of_set = [] {
    std::array<std::uint16_t, mapping::column_count<T, Set, D> + 1> list{};
    std::size_t n = 0;
    for (std::uint16_t i = 0; i < table_of<T, D>().columns.size(); ++i) {
        if (mapping::belongs(table_of<T, D>().columns[i], Set))
            list[n++] = i;
    }
    return list;
}();

template <class T, class D>
struct update_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) {
        constexpr auto const& list = columns_of_set<T, D, column_set::sent_by_update>;
        return update_text(table(), {list.data(), list.size() - 1}, d);
    }
};

template <class T, class D, auto... Members>
struct update_some_verb {
    static constexpr std::array<std::uint16_t, sizeof...(Members)> columns{
        mapping::detail::column_of<T, D, Members>()...};
    static consteval bool has_any(bool mapping::column::* property) {
        for (auto c : columns) {
            if (table_of<T, D>().columns[c].*property)
                return true;
        }
        return false;
    }
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return update_text(table(), columns, d); }
};

template <class Verb>
consteval void check_members() {
    static_assert(!Verb::has_any(&mapping::column::primary_key),
                  "Roam: a key is not updated; remove the record and insert another");
    static_assert(!Verb::has_any(&mapping::column::computed),
                  "Roam: the database computes this column");
    static_assert(!Verb::has_any(&mapping::column::version),
                  "Roam: update() counts the version up by itself");
}

template <class T, class D>
void next_version(T& record) {
    auto visit = [&]<std::size_t Column>(auto& member) {
        if constexpr (table_of<T, D>().columns[Column].version)
            ++member;
    };
    mapping::detail::visit_columns<0, T, D>(record, visit);
}

/// Asks what the database computed of a row, where UPDATE has no RETURNING.
template <class T, class D>
struct computed_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return computed_text(table(), d); }
};

/// Whether what the database computes comes back into the record after an update.
template <class T, class D, class R>
inline constexpr bool reads_computed =
    mapping::column_count<T, column_set::read_after_keyed_insert, D> != 0 && !std::is_const_v<R>;

/// The parameters of an update of some members: their values, the key, the version.
template <class T, class D, auto... Members>
class update_some_cells {
public:
    explicit update_some_cells(T const& record) {
        std::size_t i = 0;
        ((cells_[i++] = mapping::store(record.*Members, memory_)), ...);
        mapping::store_columns<column_set::row, T, D>(record, cells_ + i, memory_);
    }
    std::span<cell const> all() const { return cells_; }

private:
    cell cells_[sizeof...(Members) + mapping::column_count<T, column_set::row, D>];
    mapping::scratch memory_;
};

/// Ends an UPDATE and checks that it met its row. False when what was computed is yet to be read.
template <class Verb, class T, class D, class R>
bool finish_update(detail::execution& run, R& record) {
    bool met = false;
    bool complete = true;
    if constexpr (reads_computed<T, D, R>) {
        complete = run.column_count() != 0;
        met = complete ? read_back<column_set::read_after_keyed_insert, T, D>(run, record)
                       : run.affected() == 1;
    } else {
        met = run.affected() == 1;
    }
    if (!met)
        throw_stale(run, Verb::table(), "update");
    return complete;
}

template <class T, class D, class On>
void read_computed(T& record, On&& on) {
    stored<column_set::key, T, D> const key{record};
    detail::execution run{on, source_of<computed_verb<T, D>>, key.all()};
    if (!read_back<column_set::read_after_keyed_insert, T, D>(run, record))
        throw_stale(run, table_of<T, D>(), "update");
}

/// Runs an update whose parameters are ready.
template <class Verb, class T, class D, class R>
void update_one(R& record, std::span<cell const> parameters, target const& on) {
    if constexpr (reads_computed<T, D, R>) {
        bool complete = true;
        {
            detail::execution run{on, source_of<Verb>, parameters};
            complete = finish_update<Verb, T, D>(run, record);
        }
        if (!complete)
            read_computed<T, D>(record, on);
    } else {
        change_row(on, source_of<Verb>, parameters, "update");
    }
    if constexpr (mapping::column_count<T, column_set::version, D> != 0) {
        static_assert(!std::is_const_v<R>,
                      "Roam: update() counts the version up in the record, so it cannot be const");
        next_version<T, D>(record);
    }
}

}  // namespace record_detail

/// Writes the whole record to the row with its key. With a version column the row must still have
/// the record's version; both are then counted up.
///
/// Sends `UPDATE t SET ... WHERE key`. Throws stale_record_error when no such row exists, the
/// constraint errors and conversion_error; nothing is written then.
template <record_detail::record_argument R,
          class D = mapping::description_of<std::remove_cvref_t<R>>>
void update(R&& record, target on = {}) {
    using T = std::remove_cvref_t<R>;
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using namespace record_detail;
    record_detail::normalize<D>(record);
    stored<column_set::update, T, D> const cells{record};
    update_one<update_verb<T, D>, T, D>(record, cells.all(),
                                        on_route<T, D, intent::write>(on, record));
}

/// Writes only these members: update<&book::copies, &book::title>(b).
template <auto First, auto... Rest, record_detail::record_argument R,
          class D = mapping::description_of<std::remove_cvref_t<R>>>
    requires std::is_member_object_pointer_v<decltype(First)>
void update(R&& record, target on = {}) {
    using T = std::remove_cvref_t<R>;
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using namespace record_detail;
    using verb = update_some_verb<T, D, First, Rest...>;
    check_members<verb>();
    record_detail::normalize<D>(record);
    update_some_cells<T, D, First, Rest...> const cells{record};
    update_one<verb, T, D>(record, cells.all(), on_route<T, D, intent::write>(on, record));
}

}  // namespace roam
