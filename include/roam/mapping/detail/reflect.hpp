// SPDX-License-Identifier: MIT
#pragma once

#include <boost/pfr/core.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// Members of a plain aggregate: how many, of which type, what they are called, and which one a
// member pointer means. Boost.PFR splits the struct; names come from PFR where it has them (1.84),
// and before that from the compiler's spelling of a member's address in an object that is declared
// but never defined.

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

namespace roam::mapping::detail {

template <class T>
struct wrapped {
    T const value;
};

/// Never defined: only addresses inside it are compared and spelled.
template <class T>
extern wrapped<T> const example;

/// A structural type that holds the address: clang 14 refuses the bare pointer as an argument.
template <class M>
struct address_of_member {
    M const* at;
};
template <class M>
address_of_member(M const*) -> address_of_member<M>;

template <class T>
constexpr auto tie_members(T& object) {
    return boost::pfr::detail::tie_as_tuple(object);
}

template <std::size_t I, class Tuple>
constexpr decltype(auto) member_of(Tuple& tuple) {
    return boost::pfr::detail::sequence_tuple::get<I>(tuple);
}

template <class T>
inline constexpr std::size_t member_count = boost::pfr::tuple_size_v<T>;

template <std::size_t I, class T>
using member_type = boost::pfr::tuple_element_t<I, T>;

template <class T, std::size_t I>
consteval auto example_address() {
    auto const members = tie_members(example<T>.value);
    return address_of_member{&member_of<I>(members)};
}

template <auto Address>
consteval std::string_view spelled_member() {
    std::string_view const all{__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
#if defined(__clang__)
    std::size_t const end = all.rfind("}]");
#else
    std::size_t const end = all.rfind(")}");
#endif
    std::size_t begin = end;
    auto const in_identifier = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    while (begin > 0 && in_identifier(all[begin - 1]))
        --begin;
    return all.substr(begin, end - begin);
}

/// The name of member I as it stands in the source.
template <class T, std::size_t I>
consteval std::string_view member_name() {
    return spelled_member<example_address<T, I>()>();
}

/// The name of a type with its namespaces, as the compiler spells it.
template <class T>
consteval std::string_view spelled_type() {
    std::string_view const all{__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1};
    std::size_t const begin = all.find("T = ") + 4;
    std::size_t const semicolon = all.find(';', begin);  // g++ goes on with "; std::string_view ="
    std::size_t const end = semicolon != std::string_view::npos ? semicolon : all.rfind(']');
    return all.substr(begin, end - begin);
}

template <class P>
struct member_pointer;
template <class T, class M>
struct member_pointer<M T::*> {
    using owner = T;
    using type = M;
};

/// The struct that a member pointer belongs to.
template <auto Member>
using owner_of = typename member_pointer<decltype(Member)>::owner;
template <auto Member>
using type_of = typename member_pointer<decltype(Member)>::type;

/// Which member of T the pointer means, counted from 0.
template <class T, auto Member>
consteval std::size_t member_index() {
    auto const members = tie_members(example<T>.value);
    void const* const wanted = &(example<T>.value.*Member);
    std::size_t found = static_cast<std::size_t>(-1);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((static_cast<void const*>(&member_of<I>(members)) == wanted ? void(found = I) : void()),
         ...);
    }(std::make_index_sequence<member_count<T>>{});
    return found;
}

/// Converts to anything, to ask whether an aggregate can be made from so many parts.
struct anything {
    template <class M>
    operator M() const;
};
template <std::size_t>
using anything_at = anything;

/// A C array is counted by PFR as its elements; it shows in that its braces take the places of
/// several initialisers. A nested aggregate takes one place with braces or without.
template <class T, std::size_t At, std::size_t Count>
consteval bool is_c_array_at() {
    return []<std::size_t... B, std::size_t... A>(std::index_sequence<B...>,
                                                  std::index_sequence<A...>) {
        if constexpr (requires { T{anything_at<B>{}..., {anything{}, anything{}}}; }) {
            return !requires {
                T{anything_at<B>{}..., {anything{}, anything{}}, anything_at<A>{}...};
            };
        } else {
            return false;
        }
    }(std::make_index_sequence<At>{}, std::make_index_sequence<Count - At - 1>{});
}

template <class T>
consteval bool has_c_array() {
    constexpr std::size_t count = boost::pfr::detail::fields_count<T>();
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return (is_c_array_at<T, I, count>() || ...);
    }(std::make_index_sequence<count>{});
}

}  // namespace roam::mapping::detail

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
