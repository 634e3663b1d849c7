// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/detail/bound.hpp>
#include <roam/mapping/detail/reflect.hpp>
#include <roam/mapping/table.hpp>
#include <roam/mapping/value.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

// The way from a struct and its attributes to the plain table description. Everything runs at
// compile time: roles of the members, then the layout of the columns, then a draft with names of
// any length, which record.hpp packs into static storage.

namespace roam::mapping {

/// Says that no ROAM_RECORD describes T: conventions only.
template <class T>
struct conventional {};

/// Says that a ROAM_RECORD (or a roam_describe written by hand) describes T.
template <class T>
struct described {};

template <class T>
concept has_description = requires { roam_describe(static_cast<T const*>(nullptr)); };

/// Whether T is described is part of the type, and so of the mangled name, of whatever depends on
/// the description (D15): two translation units that disagree never share a function.
template <class T>
using description_of = std::conditional_t<has_description<T>, described<T>, conventional<T>>;

namespace detail {

template <std::size_t I, class A>
struct attribute_slot {
    A attribute;
};

template <class Indices, class... A>
struct attribute_pack;
template <std::size_t... I, class... A>
struct attribute_pack<std::index_sequence<I...>, A...> : attribute_slot<I, A>... {
    constexpr explicit attribute_pack(A... a) : attribute_slot<I, A>{a}... {}

    template <class F>
    constexpr void each([[maybe_unused]] F f) const {
        (f(static_cast<attribute_slot<I, A> const&>(*this).attribute), ...);
    }
    template <class Wanted>
    static constexpr bool has = (std::is_same_v<A, Wanted> || ...);
    static constexpr std::size_t size = sizeof...(A);
};

template <class... A>
constexpr auto pack_attributes(A... a) {
    return attribute_pack<std::index_sequence_for<A...>, A...>{a...};
}

template <class T, class D>
constexpr auto attributes_of() {
    if constexpr (std::is_same_v<D, described<T>>) {
        return roam_describe(static_cast<T const*>(nullptr));
    } else {
        return pack_attributes();
    }
}

struct embeddable_attribute;

enum class member_role : std::uint8_t { plain, embedded, transient };

struct member_entry {
    member_role role = member_role::plain;
    std::string_view prefix;
    bool has_prefix = false;
};

template <class T>
struct member_roles {
    std::array<member_entry, member_count<T> + 1> at{};
};

template <class M>
consteval bool is_embeddable() {
    if constexpr (has_description<M>) {
        return decltype(attributes_of<M, described<M>>())::template has<embeddable_attribute>;
    } else {
        return false;
    }
}

template <class T, class D>
consteval member_roles<T> make_roles() {
    member_roles<T> roles;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((is_embeddable<member_type<I, T>>() ? void(roles.at[I].role = member_role::embedded)
                                             : void()),
         ...);
    }(std::make_index_sequence<member_count<T>>{});
    attributes_of<T, D>().each([&](auto const& a) { a.role(roles); });
    return roles;
}

template <class T, class D>
inline constexpr member_roles<T> roles_of = make_roles<T, D>();

/// Which columns the members of T occupy.
template <class T, class D>
struct layout {
    static constexpr std::size_t members = member_count<T>;

    template <std::size_t I>
    static consteval std::size_t width() {
        using M = member_type<I, T>;
        static_assert(!is_bound_to_connection<M>,
                      "Roam: a record never holds a session, lease, range or transaction; "
                      "pass the session to the operation instead");
        if constexpr (roles_of<T, D>.at[I].role == member_role::transient) {
            return 0;
        } else if constexpr (roles_of<T, D>.at[I].role == member_role::embedded) {
            static_assert(std::is_aggregate_v<M>, "Roam: only a plain struct can be embedded");
            return layout<M, description_of<M>>::total;
        } else {
            static_assert(storable<M>,
                          "Roam: a member's type has no column type; include the header that maps "
                          "it (roam/mapping/uuid.hpp, json.hpp, decimal.hpp), specialise "
                          "roam::value<> for it, or say embedded<&T::member>() or "
                          "transient<&T::member>() in ROAM_RECORD");
            return 1;
        }
    }

    /// The first column of each member, and the number of columns at the end.
    static constexpr auto first = []<std::size_t... I>(std::index_sequence<I...>) {
        std::array<std::size_t, members + 1> at{};
        std::size_t next = 0;
        ((at[I] = next, next += width<I>()), ...);
        at[members] = next;
        return at;
    }(std::make_index_sequence<members>{});

    static constexpr std::size_t total = first[members];
};

/// The column of a member, or of a member inside embedded structs.
template <class T, class D, auto Member, auto... Inner>
consteval std::uint16_t column_of() {
    static_assert(std::is_base_of_v<owner_of<Member>, T>,
                  "Roam: this member pointer belongs to another struct");
    constexpr std::size_t at = member_index<T, Member>();
    constexpr member_role role = roles_of<T, D>.at[at].role;
    static_assert(role != member_role::transient, "Roam: a transient member has no column");
    constexpr std::size_t first = layout<T, D>::first[at];
    if constexpr (sizeof...(Inner) == 0) {
        static_assert(role == member_role::plain,
                      "Roam: an embedded struct is several columns; name the member inside it, "
                      "col<&T::address, &address::city>");
        return static_cast<std::uint16_t>(first);
    } else {
        static_assert(role == member_role::embedded, "Roam: this member is not embedded");
        using M = type_of<Member>;
        return static_cast<std::uint16_t>(first + column_of<M, description_of<M>, Inner...>());
    }
}

/// A name while it is being made; longer ones are refused by every engine anyway.
struct name_text {
    std::array<char, 128> at{};
    std::size_t size = 0;

    constexpr void append(std::string_view text) {
        for (char c : text) {
            if (size == at.size())
                throw "Roam: a name is longer than 128 bytes";
            at[size++] = c;
        }
    }
    constexpr void assign(std::string_view text) {
        size = 0;
        append(text);
    }
    constexpr std::string_view view() const { return {at.data(), size}; }
};

/// BookAuthor -> book_author, HTTPServer -> http_server, library::book -> book.
constexpr name_text table_name_of(std::string_view type) {
    std::size_t const last = type.rfind("::");
    if (last != std::string_view::npos)
        type = type.substr(last + 2);
    auto const upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    name_text name;
    for (std::size_t i = 0; i < type.size(); ++i) {
        if (!upper(type[i])) {
            name.append(type.substr(i, 1));
            continue;
        }
        bool const starts_word =
            i > 0 && type[i - 1] != '_' &&
            (!upper(type[i - 1]) ||
             (i + 1 < type.size() && !upper(type[i + 1]) && type[i + 1] != '_'));
        if (starts_word)
            name.append("_");
        char const lower = static_cast<char>(type[i] - 'A' + 'a');
        name.append({&lower, 1});
    }
    return name;
}

template <class T, class D>
struct draft {
    static constexpr std::size_t width = layout<T, D>::total;
    static constexpr std::size_t room = decltype(attributes_of<T, D>())::size + 1;

    name_text name;
    std::string_view schema;
    std::string_view database;
    std::array<name_text, width> names{};
    std::array<name_text, width> members{};
    std::array<column, width> columns{};
    bool has_key = false;
    column_list primary_key;
    std::array<foreign_key, room> foreign_keys{};
    std::size_t foreign_key_count = 0;
    std::array<index, room> indexes{};
    std::size_t index_count = 0;
    std::array<check, room> checks{};
    std::size_t check_count = 0;
    bool reuse_keys = false;
};

/// Writes the columns of S, a record or a struct embedded in it, from column `at` on.
template <class S, class SD, class Draft>
constexpr void write_columns(Draft& d, std::size_t at, name_text const& prefix,
                             name_text const& path) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (
            [&] {
                using M = member_type<I, S>;
                constexpr std::string_view member = member_name<S, I>();
                constexpr member_entry entry = roles_of<S, SD>.at[I];
                name_text name = prefix;
                name_text here = path;
                here.append(member);
                std::size_t const column = at + layout<S, SD>::first[I];
                if constexpr (entry.role == member_role::embedded) {
                    if constexpr (entry.has_prefix) {
                        name.append(entry.prefix);
                    } else {
                        name.append(member);
                        name.append("_");
                    }
                    here.append(".");
                    write_columns<M, description_of<M>>(d, column, name, here);
                } else if constexpr (entry.role == member_role::plain) {
                    name.append(member);
                    d.names[column] = name;
                    d.members[column] = here;
                    d.columns[column].type = column_type_of<M>();
                    d.columns[column].nullable = is_optional<M>;
                }
            }(),
            ...);
    }(std::make_index_sequence<member_count<S>>{});
}

template <class T, class D>
consteval draft<T, D> make_draft() {
    draft<T, D> d;
    d.name = table_name_of(spelled_type<T>());
    write_columns<T, D>(d, 0, {}, {});
    attributes_of<T, D>().each([&](auto const& a) { a.write(d); });
    if (!d.has_key) {
        for (std::size_t i = 0; i < d.width; ++i) {
            if (d.members[i].view() != "id")
                continue;
            d.primary_key.add(static_cast<std::uint16_t>(i));
            d.columns[i].generated = is_integer(d.columns[i].type.kind);
        }
    }
    for (auto c : d.primary_key)
        d.columns[c].primary_key = true;
    return d;
}

}  // namespace detail
}  // namespace roam::mapping
