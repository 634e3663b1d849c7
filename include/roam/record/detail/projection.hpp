// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/row.hpp>
#include <roam/record/detail/clauses.hpp>
#include <roam/record/detail/text.hpp>
#include <roam/sql/column.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>

// What a query's rows become: whole records, tuples, one value, or a struct of the user's.

namespace roam::record_detail {

[[noreturn]] void throw_result_error(std::size_t column, mapping::load_status status,
                                     mapping::cell const& found);

template <class T>
void load_result(mapping::cell const& from, T& to, std::size_t column) {
    mapping::load_status const status = mapping::load(from, to);
    if (status != mapping::load_status::ok) [[unlikely]]
        throw_result_error(column, status, from);
}

/// Every column of a record.
template <class T, class D>
struct whole_record {
    using row_type = T;
    using from = T;
    static constexpr std::size_t width = table_of<T, D>().columns.size();
    static constexpr bool aggregate = false;
    static constexpr bool is_static = true;

    [[gnu::cold]] std::vector<sql::selected> list() const {
        return select_list(table_of<T, D>(), true);
    }
    void bind(sql::parameters&) const {}
    static void load(mapping::cell const* row, T& to) {
        mapping::load_columns<mapping::column_set::all, T, D>(row, to);
    }
};

/// Whether there is a row at all.
struct existence {
    using row_type = bool;
    static constexpr std::size_t width = 1;
    static constexpr bool is_static = true;

    std::vector<sql::selected> list() const { return {}; }
    void bind(sql::parameters&) const {}
    static void load(mapping::cell const* row, bool& to) { load_result(*row, to, 0); }
};

template <class E>
struct record_behind {
    using type = void;
};
template <class E>
    requires requires { typename E::record_type; }
struct record_behind<E> {
    using type = typename E::record_type;
};
template <class E>
    requires requires { E::of; }
struct record_behind<E> : record_behind<std::remove_const_t<decltype(E::of)>> {};

/// The record of the first expression that has one.
template <class... E>
struct first_record {
    using type = void;
};
template <class E, class... Rest>
struct first_record<E, Rest...> {
    using here = typename record_behind<E>::type;
    using type = typename std::conditional_t<std::is_void_v<here>, first_record<Rest...>,
                                             record_behind<E>>::type;
};

/// Of a calculation: the first operand that has one.
template <sql::operation Op, class Result, class... Operands>
struct record_behind<sql::applied<Op, Result, Operands...>> : first_record<Operands...> {};

template <class First, class... Rest>
struct row_of_values {
    using type = std::tuple<First, Rest...>;
};
template <class Only>
struct row_of_values<Only> {
    using type = Only;
};

/// Several expressions; one alone is a row by itself.
template <sql::typed_expression... E>
struct expressions {
    using row_type = typename row_of_values<typename E::value_type...>::type;
    using from = typename first_record<E...>::type;
    static constexpr std::size_t width = sizeof...(E);
    static constexpr bool aggregate = (E::aggregate || ...);
    static constexpr bool is_static = (E::is_static && ...);
    parts<E...> all;

    [[gnu::cold]] std::vector<sql::selected> list() const {
        std::vector<sql::selected> columns;
        all.each([&](auto const& e) { append(columns, e.tree()); });
        return columns;
    }
    void bind(sql::parameters& b) const {
        all.each([&](auto const& e) { e.bind(b); });
    }
    static void load(mapping::cell const* row, row_type& to) {
        if constexpr (sizeof...(E) == 1) {
            load_result(*row, to, 0);
        } else {
            std::apply(
                [&](auto&... part) {
                    std::size_t i = 0;
                    ((load_result(row[i], part, i), ++i), ...);
                },
                to);
        }
    }
};

/// The same expressions into the members of S, in order.
template <class S, sql::typed_expression... E>
struct into_struct : expressions<E...> {
    using row_type = S;
    static_assert(mapping::detail::member_count<S> == sizeof...(E),
                  "Roam: into<S>() needs as many members in S as there are selected expressions");

    static void load(mapping::cell const* row, S& to) {
        auto members = mapping::detail::tie_members(to);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (load_result(row[I], mapping::detail::member_of<I>(members), I), ...);
        }(std::make_index_sequence<sizeof...(E)>{});
    }
};

template <class P, class S>
struct redirect;
template <class S, class... E>
struct redirect<expressions<E...>, S> {
    using type = into_struct<S, E...>;
};

/// Whether every selected expression that is no aggregate is grouped by, if there are aggregates.
template <class P>
struct grouping {
    template <class Clauses>
    static constexpr bool complete = true;
};
template <class... E>
struct grouping<expressions<E...>> {
    template <class Clauses>
    static constexpr bool complete = !((E::aggregate || ...) || has_group_by<Clauses>) ||
                                     ((E::aggregate || groups_by<E, Clauses>) && ...);
};
template <class S, class... E>
struct grouping<into_struct<S, E...>> : grouping<expressions<E...>> {};

}  // namespace roam::record_detail
