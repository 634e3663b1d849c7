// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>
#include <roam/mapping/record.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

// Between a record and a row of cells. The compiler unrolls these per struct: one branch a column
// when reading, none when writing; whatever can go wrong is explained out of line.

namespace roam::mapping {

/// Which columns of a table take part.
enum class column_set : std::uint8_t {
    all,
    sent_by_insert,  ///< not the generated key, not what the database computes
    sent_with_key,   ///< insert(r, keep_key): also the generated key
    sent_by_update,  ///< neither key nor computed, nor the version, which counts itself up
    key,
    version,
    row,                      ///< key and version, in this order: what an update must meet
    update,                   ///< sent_by_update, then row: the parameters of an UPDATE
    read_after_insert,        ///< the generated key and what the database computes
    read_after_keyed_insert,  ///< only what the database computes
    read_after_upsert,  ///< as after an insert, and the version, which may have been counted up
    none,
};

constexpr bool belongs(column const& c, column_set set) {
    switch (set) {
        case column_set::none:
            return false;
        case column_set::all:
            return true;
        case column_set::sent_by_insert:
            return !c.generated && !c.computed;
        case column_set::sent_with_key:
            return !c.computed;
        case column_set::sent_by_update:
            return !c.primary_key && !c.computed && !c.version;
        case column_set::key:
            return c.primary_key;
        case column_set::version:
            return c.version;
        case column_set::row:
            return c.primary_key || c.version;
        case column_set::update:
            return !c.computed || c.primary_key || c.version;
        case column_set::read_after_insert:
            return c.generated || c.computed;
        case column_set::read_after_upsert:
            return c.generated || c.computed || c.version;
        case column_set::read_after_keyed_insert:
            return c.computed;
    }
    return false;
}

namespace detail {

/// Which columns of a set come first: those of rank 0, then 1, then 2, each in table order.
constexpr int rank_of(column const& c, column_set set) {
    if (set != column_set::row && set != column_set::update)
        return 0;
    return c.version ? 2 : c.primary_key ? 1 : 0;
}

template <class T, class D, column_set Set>
consteval std::size_t count_columns() {
    std::size_t count = 0;
    for (auto const& c : table_of<T, D>().columns)
        count += belongs(c, Set);
    return count;
}

inline constexpr std::size_t no_place = static_cast<std::size_t>(-1);

/// Of each column of the table, its place among those of the set.
template <class T, class D, column_set Set>
consteval auto find_places() {
    std::array<std::size_t, table_of<T, D>().columns.size()> places{};
    places.fill(no_place);
    std::size_t next = 0;
    for (int rank = 0; rank <= 2; ++rank) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            column const& c = table_of<T, D>().columns[i];
            if (belongs(c, Set) && rank_of(c, Set) == rank)
                places[i] = next++;
        }
    }
    return places;
}
template <class T, class D, column_set Set>
inline constexpr auto places_of = find_places<T, D, Set>();

/// Calls visit.template operator()<Column>(member) for each column of the record in order.
/// S is the record T or a struct embedded in it, Base its first column.
template <std::size_t Base, class S, class SD, class Object, class Visit>
constexpr void visit_columns(Object& object, Visit visit) {
    auto const members = tie_members(object);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (
            [&] {
                constexpr std::size_t column = Base + layout<S, SD>::first[I];
                constexpr member_role role = roles_of<S, SD>.at[I].role;
                if constexpr (role == member_role::embedded) {
                    using M = member_type<I, S>;
                    visit_columns<column, M, description_of<M>>(member_of<I>(members), visit);
                } else if constexpr (role == member_role::plain) {
                    visit.template operator()<column>(member_of<I>(members));
                }
            }(),
            ...);
    }(std::make_index_sequence<member_count<S>>{});
}

/// Whether a member's value can be refused before a backend sees it.
template <class M>
consteval bool may_refuse() {
    if constexpr (is_optional<M>) {
        return may_refuse<typename M::value_type>();
    } else if constexpr (std::is_arithmetic_v<M>) {
        return std::is_unsigned_v<M> && sizeof(M) == 8;
    } else {
        return !std::is_same_v<M, std::string> && !std::is_same_v<M, std::vector<std::byte>>;
    }
}

/// The most characters of a text column, 0: any number.
constexpr std::uint16_t text_limit(column const& c) {
    return c.type.kind == type_kind::text ? c.type.length : std::uint16_t{0};
}

template <class T, class D, column_set Set>
consteval bool any_may_refuse() {
    bool any = false;
    auto visit = [&]<std::size_t Column>(auto const& member) {
        using M = std::remove_cvref_t<decltype(member)>;
        constexpr column const& c = table_of<T, D>().columns[Column];
        if constexpr (belongs(c, Set))
            any |= may_refuse<M>() || text_limit(c) != 0;
    };
    visit_columns<0, T, D>(example<T>.value, visit);
    return any;
}

/// Throws conversion_error where the text has more characters: the engines differ in what they
/// say, and PostgreSQL cuts spaces.
void check_text_limit(cell const& text, std::uint16_t limit);

/// In a catch block: the same error with the column's name in front.
[[noreturn]] void throw_store_error(table const& t, std::size_t column, char const* why);

[[noreturn]] void throw_load_error(table const& t, std::size_t column, load_status status,
                                   cell const& found);

}  // namespace detail

/// How many columns of T belong to the set.
template <record T, column_set Set, class D = description_of<T>>
inline constexpr std::size_t column_count = detail::count_columns<T, D, Set>();

/// Writes the columns of the set, in their order, to `out`. The cells lend the record's memory.
template <column_set Set, record T, class D = description_of<T>>
void store_columns(T const& from, cell* out, scratch& memory) {
    auto const& places = detail::places_of<T, D, Set>;
    if constexpr (detail::any_may_refuse<T, D, Set>()) {
        std::size_t at = 0;
        auto visit = [&]<std::size_t Column>(auto const& member) {
            if constexpr (places[Column] != detail::no_place) {
                at = Column;
                cell& to = out[places[Column]];
                to = store(member, memory);
                constexpr auto limit = detail::text_limit(table_of<T, D>().columns[Column]);
                if constexpr (limit != 0)
                    detail::check_text_limit(to, limit);
            }
        };
        try {
            detail::visit_columns<0, T, D>(from, visit);
        } catch (conversion_error const& e) {
            detail::throw_store_error(table_of<T, D>(), at, e.what());
        }
    } else {
        auto visit = [out, &memory]<std::size_t Column>(auto const& member) {
            if constexpr (places[Column] != detail::no_place)
                out[places[Column]] = store(member, memory);
        };
        detail::visit_columns<0, T, D>(from, visit);
    }
}

/// Reads the columns of the set, in table order, from `row` into the record. A value that does not
/// fit is a conversion_error that names the column.
template <column_set Set, record T, class D = description_of<T>>
void load_columns(cell const* row, T& to) {
    auto const& places = detail::places_of<T, D, Set>;
    auto visit = [row]<std::size_t Column>(auto& member) {
        if constexpr (places[Column] != detail::no_place) {
            cell const& from = row[places[Column]];
            load_status const status = load(from, member);
            if (status != load_status::ok) [[unlikely]]
                detail::throw_load_error(table_of<T, D>(), Column, status, from);
        }
    };
    detail::visit_columns<0, T, D>(to, visit);
}

/// Rounds what the database would round (time to microseconds), in every column of the record.
template <record T, class D = description_of<T>>
void normalize_columns(T& record) {
    auto visit = []<std::size_t>(auto& member) { normalize(member); };
    detail::visit_columns<0, T, D>(record, visit);
}

}  // namespace roam::mapping
