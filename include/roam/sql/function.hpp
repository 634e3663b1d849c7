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
    expression tree() const {
        expression f = expression::function(name_of(F), {of.tree()});
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
    expression tree() const {
        expression star;
        star.what = expression::kind::star;
        return star;
    }
    void bind(parameters&) const {}
};

template <class T>
concept summable = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

}  // namespace sql

inline auto count() {
    return sql::aggregated<sql::aggregate_function::count, std::int64_t, sql::every_row>{{}};
}
/// Rows in which the expression is not NULL.
template <sql::typed_expression E>
auto count(E const& e) {
    return sql::aggregated<sql::aggregate_function::count, std::int64_t, E>{e};
}
template <sql::typed_expression E>
auto count_distinct(E const& e) {
    return sql::aggregated<sql::aggregate_function::count, std::int64_t, E, true>{e};
}
/// Integers sum to std::int64_t (a conversion_error beyond), everything else to its own type.
template <sql::typed_expression E>
auto sum(E const& e) {
    using of = sql::without_optional<typename E::value_type>;
    static_assert(!std::is_same_v<of, bool> && !std::is_same_v<of, std::string>,
                  "Roam: sum() is for numbers");
    using result = std::conditional_t<std::is_integral_v<of>, std::int64_t,
                                      std::conditional_t<std::is_floating_point_v<of>, double, of>>;
    return sql::aggregated<sql::aggregate_function::sum, std::optional<result>, E>{e};
}
template <sql::typed_expression E>
auto avg(E const& e) {
    static_assert(sql::summable<sql::without_optional<typename E::value_type>>,
                  "Roam: avg() is for numbers");
    return sql::aggregated<sql::aggregate_function::avg, std::optional<double>, E>{e};
}
template <sql::typed_expression E>
auto min(E const& e) {
    using of = sql::without_optional<typename E::value_type>;
    return sql::aggregated<sql::aggregate_function::min, std::optional<of>, E>{e};
}
template <sql::typed_expression E>
auto max(E const& e) {
    using of = sql::without_optional<typename E::value_type>;
    return sql::aggregated<sql::aggregate_function::max, std::optional<of>, E>{e};
}

}  // namespace roam
