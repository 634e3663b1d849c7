// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/mapping/record.hpp>
#include <roam/mapping/scratch.hpp>
#include <roam/sql/parameters.hpp>
#include <roam/sql/statement.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Typed expressions: values that know their C++ type, turn into the plain tree of statement.hpp,
// and bind their parameters in the order in which the tree is rendered. They own what they hold, so
// that a query can be kept, copied and run anywhere.
//
//     col<&book::copies> < 3 && col<&book::title>.like("The %")

namespace roam {
namespace sql {

/// What every typed expression is: value_type (the C++ type of its result, std::optional if it
/// may be NULL), is_static (its text follows from its type alone), aggregate, tree() and bind().
/// tree() runs once per query type and dialect, so it is [[gnu::cold]] everywhere: compiled for
/// size, which took 29 % off the object code of three records with five queries (g++ 12, -O2).
struct expression_tag {};

template <class E>
concept typed_expression = std::derived_from<E, expression_tag>;

template <class E>
concept predicate = typed_expression<E> && std::same_as<typename E::value_type, bool>;

template <class T>
using without_optional =
    typename std::conditional_t<mapping::is_optional<T>, T, std::optional<T>>::value_type;

/// A value that is bound. OtherType: it is not of the type of what stands beside it.
template <mapping::storable T, bool OtherType = false>
struct parameter : expression_tag {
    using value_type = T;
    static constexpr bool is_static = true;
    static constexpr bool aggregate = false;
    static constexpr bool is_other_type = OtherType;
    T value;

    explicit parameter(T v) : value(std::move(v)) {}
    [[gnu::cold]] expression tree() const {
        expression p = expression::parameter(mapping::column_type_of<T>().kind);
        p.other_type = OtherType;
        return p;
    }
    void bind(parameters& b) const { b.bind(value); }
};

/// An operation over expressions.
template <operation Op, class Result, typed_expression... Operands>
struct applied : expression_tag {
    using value_type = Result;
    static constexpr bool is_static = (Operands::is_static && ...);
    static constexpr bool aggregate = (Operands::aggregate || ...);
    mapping::detail::attribute_pack<std::index_sequence_for<Operands...>, Operands...> operands;

    explicit constexpr applied(Operands... o) : operands(std::move(o)...) {}
    [[gnu::cold]] expression tree() const {
        expression e = expression::apply(Op);
        operands.each([&](auto const& o) { append(e.children, o.tree()); });
        return e;
    }
    void bind(parameters& b) const {
        operands.each([&](auto const& o) { o.bind(b); });
    }
};

/// `column == optional`: IS NULL or `=`, as the value decides, so the text is made each time.
template <bool Negated, typed_expression L, mapping::storable T>
struct equal_optional : expression_tag {
    using value_type = bool;
    static constexpr bool is_static = false;
    static constexpr bool aggregate = L::aggregate;
    L left;
    std::optional<T> right;

    equal_optional(L l, std::optional<T> r) : left(std::move(l)), right(std::move(r)) {}
    [[gnu::cold]] expression tree() const {
        constexpr auto equal = Negated ? operation::not_equal : operation::equal;
        constexpr auto is_null = Negated ? operation::is_not_null : operation::is_null;
        expression e = expression::apply(right ? equal : is_null);
        append(e.children, left.tree());
        if (right)
            append(e.children, expression::parameter(mapping::column_type_of<T>().kind));
        return e;
    }
    void bind(parameters& b) const {
        left.bind(b);
        if (right)
            b.bind(*right);
    }
};

/// `column IN (...)`; an empty list is false.
template <bool Negated, typed_expression L, mapping::storable T, bool OtherType = false>
struct in_list : expression_tag {
    using value_type = bool;
    static constexpr bool is_static = false;
    static constexpr bool aggregate = L::aggregate;
    L left;
    std::vector<T> values;

    in_list(L l, std::vector<T> v) : left(std::move(l)), values(std::move(v)) {}
    [[gnu::cold]] expression tree() const {
        expression e = expression::apply(Negated ? operation::not_in : operation::in);
        append(e.children, left.tree());
        for (std::size_t i = 0; i < values.size(); ++i) {
            append(e.children, expression::parameter(mapping::column_type_of<T>().kind));
            e.children.back().other_type = OtherType;
        }
        return e;
    }
    void bind(parameters& b) const {
        left.bind(b);
        for (auto const& v : values)
            b.bind(v);
    }
};

namespace detail {

/// Whether both are integers, and each value of From is one of To.
template <class To, class From>
inline constexpr bool holds_every = false;
template <std::integral To, std::integral From>
inline constexpr bool holds_every<To, From> =
    std::numeric_limits<To>::digits >= std::numeric_limits<From>::digits &&
    (std::is_signed_v<To> || !std::is_signed_v<From>);

/// The type that a value compared with E is bound as; a sentence when there is none.
template <typed_expression E, class V>
auto as_parameter(V&& value) {
    using wanted = without_optional<typename E::value_type>;
    using given = std::remove_cvref_t<V>;
    constexpr bool numbers = std::is_arithmetic_v<wanted> && std::is_arithmetic_v<given> &&
                             std::same_as<wanted, bool> == std::same_as<given, bool>;
    constexpr bool fits =
        numbers || (!std::is_arithmetic_v<wanted> && std::is_convertible_v<V, wanted>);
    static_assert(fits, "Roam: this column and this value have no type in common");
    if constexpr (std::integral<wanted> && std::floating_point<given>) {
        return parameter<double, true>{static_cast<double>(value)};  // copies < 2.5 keeps its half
    } else if constexpr (std::integral<wanted> && std::integral<given> && numbers &&
                         !std::same_as<wanted, bool> && !holds_every<wanted, given>) {
        using wide = std::conditional_t<std::is_unsigned_v<given> && sizeof(given) == 8,
                                        std::uint64_t, std::int64_t>;
        return parameter<wide, sizeof(wanted) != 8>{static_cast<wide>(value)};  // never cut
    } else if constexpr (fits) {
        return parameter<wanted>{static_cast<wanted>(std::forward<V>(value))};
    } else {
        return parameter<int>{0};
    }
}

template <class A, class B>
inline constexpr bool comparable =
    std::same_as<without_optional<A>, without_optional<B>> ||
    (std::is_arithmetic_v<without_optional<A>> && std::is_arithmetic_v<without_optional<B>> &&
     std::same_as<without_optional<A>, bool> == std::same_as<without_optional<B>, bool>);

template <operation Op, typed_expression L, class R>
auto compare(L const& left, R&& right) {
    if constexpr (typed_expression<std::remove_cvref_t<R>>) {
        using right_type = std::remove_cvref_t<R>;
        static_assert(comparable<typename L::value_type, typename right_type::value_type>,
                      "Roam: these two expressions have different types and cannot be compared");
        return applied<Op, bool, L, right_type>{left, right};
    } else if constexpr (mapping::is_optional<std::remove_cvref_t<R>> ||
                         std::same_as<std::remove_cvref_t<R>, std::nullopt_t>) {
        static_assert(Op == operation::equal || Op == operation::not_equal,
                      "Roam: an optional can only be compared by == and !=; NULL has no order");
        using wanted = without_optional<typename L::value_type>;
        return equal_optional<Op == operation::not_equal, L, wanted>{left, std::forward<R>(right)};
    } else {
        auto value = as_parameter<L>(std::forward<R>(right));
        return applied<Op, bool, L, decltype(value)>{left, std::move(value)};
    }
}

template <class L, class R>
using arithmetic_result =
    std::conditional_t<mapping::is_optional<L> || mapping::is_optional<R>,
                       std::optional<std::common_type_t<without_optional<L>, without_optional<R>>>,
                       std::common_type_t<without_optional<L>, without_optional<R>>>;

template <operation Op, typed_expression L, class R>
auto calculate(L const& left, R&& right) {
    using given = std::remove_cvref_t<R>;
    static_assert(std::is_arithmetic_v<without_optional<typename L::value_type>>,
                  "Roam: only numbers can be calculated with");
    if constexpr (typed_expression<given>) {
        using result = arithmetic_result<typename L::value_type, typename given::value_type>;
        return applied<Op, result, L, given>{left, right};
    } else {
        auto value = as_parameter<L>(std::forward<R>(right));
        using result =
            arithmetic_result<typename L::value_type, typename decltype(value)::value_type>;
        return applied<Op, result, L, decltype(value)>{left, std::move(value)};
    }
}

/// The quotient of integers is whole on every engine.
template <class L, class R>
auto divide(L const& left, R&& right) {
    using result =
        typename decltype(calculate<operation::divide>(left, std::forward<R>(right)))::value_type;
    constexpr auto op = std::is_integral_v<result> ? operation::divide_whole : operation::divide;
    return calculate<op>(left, std::forward<R>(right));
}

}  // namespace detail

template <typed_expression L, class R>
auto operator==(L const& l, R&& r) {
    return detail::compare<operation::equal>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator!=(L const& l, R&& r) {
    return detail::compare<operation::not_equal>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator<(L const& l, R&& r) {
    return detail::compare<operation::less>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator<=(L const& l, R&& r) {
    return detail::compare<operation::less_equal>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator>(L const& l, R&& r) {
    return detail::compare<operation::greater>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator>=(L const& l, R&& r) {
    return detail::compare<operation::greater_equal>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator+(L const& l, R&& r) {
    return detail::calculate<operation::add>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator-(L const& l, R&& r) {
    return detail::calculate<operation::subtract>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator*(L const& l, R&& r) {
    return detail::calculate<operation::multiply>(l, std::forward<R>(r));
}
template <typed_expression L, class R>
auto operator/(L const& l, R&& r) {
    return detail::divide(l, std::forward<R>(r));
}
class condition;

template <predicate L, predicate R>
    requires(!std::same_as<L, condition> && !std::same_as<R, condition>)
auto operator&&(L const& l, R const& r) {
    return applied<operation::logical_and, bool, L, R>{l, r};
}
template <predicate L, predicate R>
    requires(!std::same_as<L, condition> && !std::same_as<R, condition>)
auto operator||(L const& l, R const& r) {
    return applied<operation::logical_or, bool, L, R>{l, r};
}
template <predicate E>
auto operator!(E const& e) {
    return applied<operation::logical_not, bool, E>{e};
}

/// An ORDER BY term.
template <typed_expression E, bool Descending>
struct ordered {
    static constexpr bool is_static = E::is_static;
    E by;
    [[gnu::cold]] void write(std::vector<ordering>& to) const { append(to, by.tree(), Descending); }
    void bind(parameters& b) const { by.bind(b); }
};

template <class E>
constexpr auto as_ordering(E const& e) {
    if constexpr (typed_expression<E>) {
        return ordered<E, false>{e};
    } else {
        return e;
    }
}

/// The member functions that a column or function has besides the operators.
template <class Self>
struct operand : expression_tag {
    template <class V>
    auto in(std::vector<V> values) const {
        return list<false>(std::move(values));
    }
    template <class V>
    auto in(std::initializer_list<V> values) const {
        return list<false>(std::vector<V>(values));
    }
    template <class V>
    auto not_in(std::vector<V> values) const {
        return list<true>(std::move(values));
    }
    template <class V>
    auto not_in(std::initializer_list<V> values) const {
        return list<true>(std::vector<V>(values));
    }
    template <class A, class B>
    auto between(A&& low, B&& high) const {
        auto l = detail::as_parameter<Self>(std::forward<A>(low));
        auto h = detail::as_parameter<Self>(std::forward<B>(high));
        return applied<operation::between, bool, Self, decltype(l), decltype(h)>{self(), l, h};
    }
    /// SQL's LIKE: '%' is any text, '_' any one character. Upper and lower case differ where the
    /// dialect has capability::case_sensitive_like; on SQLite the letters a to z do not.
    auto like(std::string pattern) const {
        static_assert(
            std::is_convertible_v<without_optional<typename Self::value_type>, std::string_view>,
            "Roam: like() is for text");
        return applied<operation::like, bool, Self, parameter<std::string>>{
            self(), parameter<std::string>{std::move(pattern)}};
    }
    auto not_like(std::string pattern) const {
        return applied<operation::not_like, bool, Self, parameter<std::string>>{
            self(), parameter<std::string>{std::move(pattern)}};
    }
    auto is_null() const { return applied<operation::is_null, bool, Self>{self()}; }
    auto is_not_null() const { return applied<operation::is_not_null, bool, Self>{self()}; }

private:
    Self const& self() const { return static_cast<Self const&>(*this); }

    template <bool Negated, class V>
    auto list(std::vector<V> values) const {
        using wanted = without_optional<typename Self::value_type>;
        if constexpr (std::same_as<V, wanted>) {
            return in_list<Negated, Self, wanted>{self(), std::move(values)};
        } else {
            using bound = decltype(detail::as_parameter<Self>(std::declval<V>()));
            using kind = typename bound::value_type;
            std::vector<kind> converted;
            converted.reserve(values.size());
            for (auto& v : values)
                converted.push_back(detail::as_parameter<Self>(v).value);
            return in_list<Negated, Self, kind, bound::is_other_type>{self(), std::move(converted)};
        }
    }
};

/// A predicate whose shape is decided at run time: starts empty (always true), grows by && and ||.
///
///     roam::condition filter;
///     if (only_old) filter = filter && col<&author::born> < 1900;
/// Thread safety: a plain value.
class condition : public expression_tag {
public:
    using value_type = bool;
    static constexpr bool is_static = false;
    static constexpr bool aggregate = false;

    condition() = default;
    template <predicate E>
        requires(!std::same_as<E, condition>)
    condition(E const& e) : tree_(e.tree()),
                            empty_(false) {
        parameters bound;
        e.bind(bound);
        own(bound);
    }

    bool empty() const { return empty_; }
    [[gnu::cold]] expression tree() const { return empty_ ? expression::literal("1 = 1") : tree_; }
    void bind(parameters& b) const {
        for (auto const& c : cells_)
            b.add(c);
    }

    friend condition operator&&(condition a, condition b) {
        return join(std::move(a), std::move(b), operation::logical_and);
    }
    friend condition operator||(condition a, condition b) {
        return join(std::move(a), std::move(b), operation::logical_or);
    }

private:
    void own(parameters const& bound);
    static condition join(condition a, condition b, operation op);

    expression tree_;
    std::vector<mapping::cell> cells_;
    std::vector<std::shared_ptr<mapping::scratch>> memory_;
    bool empty_ = true;
};

}  // namespace sql

using sql::condition;

}  // namespace roam
