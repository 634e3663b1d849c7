// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

// Enums: text by listed name where ROAM_ENUM (or a roam_enum_names function found by ADL) lists
// the names, otherwise the underlying integer.

namespace roam::mapping {

/// One enumerator and the text that stands for it in the database.
template <class E>
struct enumerator {
    E value;
    std::string_view name;
};

namespace detail {

template <class E>
concept listed_enum = std::is_enum_v<E> && requires { roam_enum_names(E{}); };

/// Splits "red, green" into views, for ROAM_ENUM.
template <std::size_t N>
constexpr std::array<std::string_view, N> split_names(std::string_view list) {
    std::array<std::string_view, N> names{};
    std::size_t at = 0;
    for (auto& name : names) {
        while (list[at] == ' ')
            ++at;
        std::size_t end = at;
        while (end < list.size() && list[end] != ',' && list[end] != ' ')
            ++end;
        name = list.substr(at, end - at);
        at = list.find(',', end) + 1;
    }
    return names;
}

template <class E, std::size_t N>
constexpr std::array<enumerator<E>, N> list_enumerators(std::array<E, N> values,
                                                        std::string_view names) {
    auto const split = split_names<N>(names);
    std::array<enumerator<E>, N> all{};
    for (std::size_t i = 0; i < N; ++i)
        all[i] = {values[i], split[i]};
    return all;
}

}  // namespace detail
}  // namespace roam::mapping

namespace roam {

template <class E>
    requires std::is_enum_v<E> && (!mapping::detail::listed_enum<E>) &&
             (!std::same_as<E, std::byte>)
struct value<E> {
    using stored_as = std::underlying_type_t<E>;
    static stored_as store(E from) { return static_cast<stored_as>(from); }
    static E load(stored_as from) { return static_cast<E>(from); }
};

template <mapping::detail::listed_enum E>
struct value<E> {
    static constexpr mapping::column_type type{mapping::type_kind::text};

    static mapping::cell store(E from, mapping::scratch&) {
        static constexpr auto names = roam_enum_names(E{});
        for (auto const& each : names) {
            if (each.value == from)
                return mapping::cell::of_text(each.name);
        }
        mapping::detail::throw_unlisted_enumerator();
    }
    static mapping::load_status load(mapping::cell const& from, E& to) {
        static constexpr auto names = roam_enum_names(E{});
        if (from.is_null())
            return mapping::load_status::null;
        if (from.kind != mapping::cell_kind::text)
            return mapping::load_status::wrong_kind;
        for (auto const& each : names) {
            if (each.name == from.as_text()) {
                to = each.value;
                return mapping::load_status::ok;
            }
        }
        return mapping::load_status::malformed;
    }
};

}  // namespace roam

/// Lists an enum's names beside the enum, so that it is stored as text:
///     enum class color { red, green };
///     ROAM_ENUM(color, red, green)
/// An enumerator that is not listed, and a text that is none of the names, is a conversion_error.
#define ROAM_ENUM(type, ...)                                                                       \
    [[maybe_unused]] constexpr auto roam_enum_names(type) {                                        \
        using enum type;                                                                           \
        return ::roam::mapping::detail::list_enumerators(::std::array{__VA_ARGS__}, #__VA_ARGS__); \
    }
