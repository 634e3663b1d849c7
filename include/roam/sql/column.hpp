// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/record.hpp>
#include <roam/sql/expression.hpp>

#include <type_traits>

namespace roam {
namespace sql {

namespace detail {
template <auto First, auto... Rest>
struct last_member {
    using type = typename last_member<Rest...>::type;
};
template <auto Last>
struct last_member<Last> {
    using type = mapping::detail::type_of<Last>;
};
}  // namespace detail

/// The column of a member, in the table of its record (unaliased). D is whether the record is
/// described (D15).
template <class D, auto Member, auto... Inner>
struct column_of : operand<column_of<D, Member, Inner...>> {
    using record_type = mapping::detail::owner_of<Member>;
    using value_type = typename detail::last_member<Member, Inner...>::type;
    static constexpr bool is_static = true;
    static constexpr bool aggregate = false;

    static constexpr std::uint16_t index =
        mapping::detail::column_of<record_type, D, Member, Inner...>();
    static constexpr mapping::table const& table() { return table_of<record_type, D>(); }
    static constexpr mapping::column const& column() { return table().columns[index]; }

    [[gnu::cold]] expression tree() const { return expression::column(table(), index); }
    void bind(parameters&) const {}

    /// In set(): col<&book::copies> = 3, or = col<&book::copies> - 1.
    template <class V>
    auto operator=(V&& value) const;

    auto asc() const { return ordered<column_of, false>{*this}; }
    auto desc() const { return ordered<column_of, true>{*this}; }
};

/// column = value, for set().
template <class Column, class Value>
struct assigned {
    using record_type = typename Column::record_type;
    static constexpr bool is_static = Value::is_static;
    Value value;
    [[gnu::cold]] void write(std::vector<assignment>& to) const {
        append(to, Column::column().name, value.tree());
    }
    void bind(parameters& b) const { value.bind(b); }
};

template <class D, auto Member, auto... Inner>
template <class V>
auto column_of<D, Member, Inner...>::operator=(V&& value) const {
    static_assert(!column().computed, "Roam: the database computes this column");
    if constexpr (typed_expression<std::remove_cvref_t<V>>) {
        using expression_type = std::remove_cvref_t<V>;
        static_assert(detail::comparable<value_type, typename expression_type::value_type>,
                      "Roam: this column cannot take this expression");
        return assigned<column_of, expression_type>{std::forward<V>(value)};
    } else {
        static_assert(std::is_convertible_v<V, value_type>,
                      "Roam: this column cannot take this value");
        return assigned<column_of, parameter<value_type>>{
            parameter<value_type>{static_cast<value_type>(std::forward<V>(value))}};
    }
}

/// ORDER BY ... DESC, of any expression.
template <typed_expression E>
auto desc(E const& e) {
    return ordered<E, true>{e};
}

}  // namespace sql

/// The column of a member: col<&book::title>, or of a member inside an embedded struct:
/// col<&customer::home, &address::city>. Compare it, calculate with it, order by it.
template <auto Member, auto... Inner>
inline constexpr sql::column_of<mapping::description_of<mapping::detail::owner_of<Member>>, Member,
                                Inner...>
    col{};

using sql::desc;

}  // namespace roam
