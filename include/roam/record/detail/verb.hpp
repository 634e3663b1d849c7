// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>
#include <roam/mapping/row.hpp>
#include <roam/record/detail/text.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/route_request.hpp>
#include <roam/session/target.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

// What the record verbs share. A verb is a tag type with a text(dialect) function; its static slot
// is its identity, so that every verb of every record is made into text once per dialect.

namespace roam::record_detail {

using mapping::cell;
using mapping::column_set;
using mapping::description_of;

template <class Verb>
inline constinit detail::statement_slot slot_of{};

template <class Verb>
std::string text_of(void const*, sql::dialect const& d) {
    return Verb::text(d);
}

template <class Verb>
inline constexpr detail::statement_source source_of{
    .slot = &slot_of<Verb>, .make = &text_of<Verb>, .table = &Verb::table()};

template <class T, class D>
consteval bool has_key() {
    return table_of<T, D>().primary_key.size != 0;
}

enum class intent : bool { read, write };

/// The target of an operation on T; where the type has a route, with what the operation is about,
/// which lives as long as the result. Nothing where it has none.
template <class T, class D, intent Intent, class... Subject>
decltype(auto) on_route(target const& on, [[maybe_unused]] Subject const&... subject) {
    if constexpr (table_of<T, D>().database.empty()) {
        return (on);
    } else {
        return detail::routing{on, table_of<T, D>(), Intent == intent::write, subject...};
    }
}

#define ROAM_DETAIL_NEEDS_KEY(T, D)                                                          \
    static_assert(                                                                           \
        ::roam::record_detail::has_key<T, D>(),                                              \
        "Roam: this record has no key; name a member `id` or say primary_key<&T::member>() " \
        "in ROAM_RECORD")

/// The cells of the columns of a set, and the memory behind them.
template <column_set Set, class T, class D>
class stored {
public:
    explicit stored(T const& record) { mapping::store_columns<Set, T, D>(record, cells_, memory_); }
    std::span<cell const> all() const { return {cells_, mapping::column_count<T, Set, D>}; }

private:
    cell cells_[mapping::column_count<T, Set, D> + 1];
    mapping::scratch memory_;
};

/// The type of the member behind a key column; key members stand in the record itself.
template <class T, class D, std::size_t KeyPart>
consteval std::size_t key_member() {
    constexpr std::size_t column = table_of<T, D>().primary_key.at[KeyPart];
    using layout = mapping::detail::layout<T, D>;
    for (std::size_t i = 0; i < layout::members; ++i) {
        if (layout::first[i] == column && layout::first[i + 1] == column + 1)
            return i;
    }
    throw "Roam: a key member inside an embedded struct has no key type";
}

template <class T, class D, class Parts>
struct key_types;
template <class T, class D, std::size_t... Part>
struct key_types<T, D, std::index_sequence<Part...>> {
    using type = std::tuple<mapping::detail::member_type<key_member<T, D, Part>(), T>...>;
};
template <class T, class D>
struct key_types<T, D, std::index_sequence<>> {
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using type = std::tuple<>;
};
template <class T, class D>
struct key_types<T, D, std::index_sequence<0>> {
    using type = mapping::detail::member_type<key_member<T, D, 0>(), T>;
};

template <class T, class D>
using key_type =
    typename key_types<T, D, std::make_index_sequence<table_of<T, D>().primary_key.size>>::type;

/// The key of a record whose key is one member.
template <class T, class D>
key_type<T, D> const& own_key(T const& record) {
    auto const members = mapping::detail::tie_members(record);
    return mapping::detail::member_of<key_member<T, D, 0>()>(members);
}

/// Of a part of the key, its place among the key's columns in the table's order.
template <class T, class D>
constexpr std::size_t place_in_key(std::size_t part) {
    auto const& key = table_of<T, D>().primary_key;
    std::size_t before = 0;
    for (auto c : key)
        before += c < key.at[part];
    return before;
}

/// Writes the cells of a key that was given by itself.
template <class T, class D>
void store_key(key_type<T, D> const& key, cell* to, mapping::scratch& memory) {
    if constexpr (table_of<T, D>().primary_key.size == 1) {
        to[0] = mapping::store(key, memory);
    } else {
        std::apply(
            [&](auto const&... part) {
                std::size_t i = 0;
                ((to[place_in_key<T, D>(i++)] = mapping::store(part, memory)), ...);
            },
            key);
    }
}

template <class T, class D>
class stored_key {
public:
    explicit stored_key(key_type<T, D> const& key) { store_key<T, D>(key, cells_, memory_); }
    std::span<cell const> all() const { return cells_; }

private:
    cell cells_[table_of<T, D>().primary_key.size];
    mapping::scratch memory_;
};

/// Does what follows from an execution's rows; an error of it gets the user's line and the
/// statement.
template <class Run, class F>
[[gnu::always_inline]] inline decltype(auto) explained(Run const& run, F&& action) {
    try {
        return action();
    } catch (error& e) {
        run.explain(e);
        throw;
    }
}

/// A record that is filled from a row, for what is compiled once.
struct row_target {
    void* record;
    void (*load)(void* record, cell const* row);
    cell* row;  ///< room for it
};
template <column_set Set, class T, class D>
row_target target_of(T& record, cell* row) {
    return {&record,
            [](void* to, cell const* from) {
                mapping::load_columns<Set, T, D>(from, *static_cast<T*>(to));
            },
            row};
}

/// Reads the one row that a RETURNING clause brings. False without a row.
bool read_back(detail::execution& run, row_target const& to);

/// The same with the columns of a set.
template <column_set Set, class T, class D>
bool read_back(detail::execution& run, T& record) {
    cell row[mapping::column_count<T, Set, D>];
    return read_back(run, target_of<Set, T, D>(record, row));
}

/// Runs an INSERT of one row and reads into the record what comes back of it; a target without
/// room for a row: nothing. With `only_key` the engine may tell that without a row (insert.hpp).
void insert_row(target const& on, detail::statement_source const& insert,
                std::span<cell const> values, row_target const& to, bool only_key);

/// Runs an UPDATE or DELETE that brings nothing back; stale_record_error when it met no row.
void change_row(target const& on, detail::statement_source const& change,
                std::span<cell const> parameters, char const* verb);

/// Reads the row with a key. Without one: not_found_error if it must be there, else false.
bool read_by_key(target const& on, detail::statement_source const& find, std::span<cell const> key,
                 row_target const& to, bool must);

/// stale_record_error with the user's line and the statement.
[[noreturn]] void throw_stale(detail::execution const& run, mapping::table const& t,
                              char const* verb);

template <class R>
concept record_argument = record<std::remove_cvref_t<R>>;

/// The record's own rounding, where it may be written to.
template <class D, class R>
void normalize(R& record) {
    if constexpr (!std::is_const_v<R>)
        mapping::normalize_columns<R, D>(record);
}

}  // namespace roam::record_detail

namespace roam {

/// What identifies a row of T: the key member's type, or a tuple for a composite key.
template <record T>
using key_of = record_detail::key_type<T, mapping::description_of<T>>;

}  // namespace roam
