// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/record.hpp>
#include <roam/record/detail/text.hpp>
#include <roam/sql/expression.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// The clauses of a query. Each knows its place in the statement, writes itself into the tree and
// binds its parameters; a query is a list of them.

namespace roam::record_detail {

template <std::size_t I, class T>
struct part {
    T value;
};

template <class Indices, class... T>
struct part_list;
template <std::size_t... I, class... T>
struct part_list<std::index_sequence<I...>, T...> : part<I, T>... {
    static constexpr std::size_t size = sizeof...(T);

    template <class P>
    auto with(P added) const {
        return part_list<std::index_sequence_for<T..., P>, T..., P>{
            part<I, T>{static_cast<part<I, T> const&>(*this).value}...,
            part<sizeof...(T), P>{std::move(added)}};
    }
    template <class F>
    constexpr void each([[maybe_unused]] F f) const {
        (f(static_cast<part<I, T> const&>(*this).value), ...);
    }
};

/// Whether the text of every part follows from its type.
template <class List>
inline constexpr bool all_static = false;
template <class Indices, class... T>
inline constexpr bool all_static<part_list<Indices, T...>> = (T::is_static && ...);

/// A list of values of any types: std::tuple without what makes it slow to compile.
template <class... T>
using parts = part_list<std::index_sequence_for<T...>, T...>;

template <class... T>
constexpr parts<T...> make_parts(T... values) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return parts<T...>{part<I, T>{std::move(values)}...};
    }(std::index_sequence_for<T...>{});
}

/// In the order in which their parameters stand in the text.
enum class clause_place : unsigned char { join, where, group_by, having, order_by };
inline constexpr clause_place last_place = clause_place::order_by;

template <class T, class E>
struct join_clause {
    static constexpr clause_place place = clause_place::join;
    static constexpr bool is_static = E::is_static;
    E on;
    [[gnu::cold]] void write(sql::select_statement& s) const {
        append(s.joins, table_of<T>(), on.tree());
    }
    void bind(sql::parameters& b) const { on.bind(b); }
};

template <class E>
struct where_clause {
    static constexpr clause_place place = clause_place::where;
    static constexpr bool is_static = E::is_static;
    E condition;
    [[gnu::cold]] void write(sql::select_statement& s) const { append(s.where, condition.tree()); }
    void bind(sql::parameters& b) const { condition.bind(b); }
};

template <class E>
struct group_clause {
    using expression = E;
    static constexpr clause_place place = clause_place::group_by;
    static constexpr bool is_static = E::is_static;
    E by;
    [[gnu::cold]] void write(sql::select_statement& s) const { append(s.group_by, by.tree()); }
    void bind(sql::parameters& b) const { by.bind(b); }
};

template <class E>
struct having_clause {
    static constexpr clause_place place = clause_place::having;
    static constexpr bool is_static = E::is_static;
    E condition;
    [[gnu::cold]] void write(sql::select_statement& s) const { append(s.having, condition.tree()); }
    void bind(sql::parameters& b) const { condition.bind(b); }
};

template <class O>
struct order_clause {
    static constexpr clause_place place = clause_place::order_by;
    static constexpr bool is_static = O::is_static;
    O by;
    [[gnu::cold]] void write(sql::select_statement& s) const { by.write(s.order_by); }
    void bind(sql::parameters& b) const { by.bind(b); }
};

/// Whether all tables of the query belong to the same database.
template <class From, class Clauses>
inline constexpr bool joins_one_database = true;
template <class From, class C>
inline constexpr bool is_of_database = true;
template <class From, class T, class E>
inline constexpr bool is_of_database<From, join_clause<T, E>> =
    table_of<T>().database == table_of<From>().database;
template <class From, class Indices, class... C>
inline constexpr bool joins_one_database<From, part_list<Indices, C...>> =
    (is_of_database<From, C> && ...);

template <std::size_t I, class T>
T const& part_at(part<I, T> const& p) {
    return p.value;
}

/// The clauses without ORDER BY, which an aggregate of all rows has no use for and PostgreSQL
/// refuses beside one.
template <std::size_t I = 0, class Clauses, class Kept = parts<>>
auto without_order(Clauses const& all, Kept kept = {}) {
    if constexpr (I == Clauses::size) {
        return kept;
    } else if constexpr (std::remove_cvref_t<decltype(part_at<I>(all))>::place ==
                         clause_place::order_by) {
        return without_order<I + 1>(all, std::move(kept));
    } else {
        return without_order<I + 1>(all, kept.with(part_at<I>(all)));
    }
}

/// Whether one of the clauses is a GROUP BY, and whether one is of exactly E.
template <class Clauses>
inline constexpr bool has_group_by = false;
template <class Indices, class... C>
inline constexpr bool has_group_by<part_list<Indices, C...>> =
    ((C::place == clause_place::group_by) || ...);
template <class E, class Clauses>
inline constexpr bool groups_by = false;
template <class E, class Indices, class... C>
inline constexpr bool groups_by<E, part_list<Indices, C...>> =
    (std::is_same_v<C, group_clause<E>> || ...);

/// Whether a GROUP BY is of more than a column: of something that may hold a parameter.
template <class Clauses>
inline constexpr bool groups_by_calculation = false;
template <class C>
inline constexpr bool is_calculated_group = false;
template <class E>
inline constexpr bool is_calculated_group<group_clause<E>> = !requires { E::column(); };
template <class Indices, class... C>
inline constexpr bool groups_by_calculation<part_list<Indices, C...>> =
    (is_calculated_group<C> || ...);

/// Whether the clauses were called in the order of the text, as they usually are.
template <class Clauses>
inline constexpr bool in_text_order = true;
template <class Indices, class... C>
inline constexpr bool in_text_order<part_list<Indices, C...>> = [] {
    [[maybe_unused]] auto last = clause_place::join;
    bool ordered = true;
    ((ordered = ordered && last <= C::place, last = C::place), ...);
    return ordered;
}();

/// Binds the clauses of some places in the order of the text, whatever order they were called in.
template <clause_place First, clause_place Last, class Clauses>
void bind_clauses(Clauses const& clauses, sql::parameters& b) {
    if constexpr (First == clause_place::join && Last == last_place && in_text_order<Clauses>) {
        clauses.each([&](auto const& c) { c.bind(b); });
    } else {
        [&]<std::size_t... P>(std::index_sequence<P...>) {
            (clauses.each([&]<class C>(C const& c) {
                constexpr auto place = static_cast<clause_place>(P);
                if constexpr (C::place == place && First <= place && place <= Last)
                    c.bind(b);
            }),
             ...);
        }(std::make_index_sequence<static_cast<std::size_t>(last_place) + 1>{});
    }
}

}  // namespace roam::record_detail
