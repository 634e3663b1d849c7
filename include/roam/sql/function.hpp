// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/column.hpp>
#include <roam/sql/expression.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

// COUNT, SUM, MIN, MAX, AVG. All but COUNT are NULL over no rows, so their type is an optional.

namespace roam {
namespace sql {

enum class aggregate_function : std::uint8_t { count, sum, min, max, avg };

std::string_view name_of(aggregate_function f) noexcept;

template <aggregate_function F, class Result, typed_expression E, bool Distinct = false>
struct aggregated : operand<aggregated<F, Result, E, Distinct>> {
    using value_type = Result;
    static constexpr bool is_static = E::is_static;
    static constexpr bool aggregate = true;
    static_assert(!E::aggregate, "Roam: an aggregate inside an aggregate");
    E of;

    explicit constexpr aggregated(E e) : of(std::move(e)) {}
    [[gnu::cold]] expression tree() const {
        expression f = expression::function(name_of(F));
        append(f.children, of.tree());
        f.distinct = Distinct;
        return f;
    }
    void bind(parameters& b) const { of.bind(b); }
};

/// The * of COUNT(*).
struct every_row : expression_tag {
    using value_type = std::int64_t;
    static constexpr bool is_static = true;
    static constexpr bool aggregate = false;
    [[gnu::cold]] expression tree() const {
        expression star;
        star.what = expression::kind::star;
        return star;
    }
    void bind(parameters&) const {}
};

namespace detail {
/// Numbers of any kind, decimals, durations and user types that are stored as one.
template <class T>
consteval bool sums() {
    using enum mapping::type_kind;
    auto const kind = mapping::column_type_of<T>().kind;
    return mapping::is_integer(kind) || kind == float32 || kind == float64 || kind == decimal ||
           kind == duration;
}
}  // namespace detail

template <class T>
concept summable = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

inline auto count() { return aggregated<aggregate_function::count, std::int64_t, every_row>{{}}; }
/// Rows in which the expression is not NULL.
template <typed_expression E>
auto count(E const& e) {
    return aggregated<aggregate_function::count, std::int64_t, E>{e};
}
template <typed_expression E>
auto count_distinct(E const& e) {
    return aggregated<aggregate_function::count, std::int64_t, E, true>{e};
}
/// Integers sum to std::int64_t (a conversion_error beyond), everything else to its own type.
template <typed_expression E>
auto sum(E const& e) {
    using of = without_optional<typename E::value_type>;
    static_assert(detail::sums<of>(), "Roam: sum() is for numbers");
    using result = std::conditional_t<std::is_integral_v<of>, std::int64_t,
                                      std::conditional_t<std::is_floating_point_v<of>, double, of>>;
    return aggregated<aggregate_function::sum, std::optional<result>, E>{e};
}
template <typed_expression E>
auto avg(E const& e) {
    static_assert(summable<without_optional<typename E::value_type>>, "Roam: avg() is for numbers");
    return aggregated<aggregate_function::avg, std::optional<double>, E>{e};
}
template <typed_expression E>
auto min(E const& e) {
    using of = without_optional<typename E::value_type>;
    return aggregated<aggregate_function::min, std::optional<of>, E>{e};
}
template <typed_expression E>
auto max(E const& e) {
    using of = without_optional<typename E::value_type>;
    return aggregated<aggregate_function::max, std::optional<of>, E>{e};
}

}  // namespace sql

// In sql, where the lookup by argument finds them; also under roam::, where people look.
using sql::avg;
using sql::count;
using sql::count_distinct;
using sql::max;
using sql::min;
using sql::sum;

}  // namespace roam
