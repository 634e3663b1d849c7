// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/chrono.hpp>
#include <roam/mapping/detail/attributes.hpp>
#include <roam/mapping/detail/draft.hpp>
#include <roam/mapping/table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

// From a plain struct to its table. A struct that follows the conventions needs nothing:
//
//     table = the struct's name in snake_case     column = the member's name
//     key   = the member `id`, made by the database when it is an integer
//
// Whatever differs is said once, beside the struct, in its header and namespace:
//
//     struct book { std::int64_t id = 0; std::int64_t author_id = 0; std::string title; int copies
//     = 0; }; ROAM_RECORD(book, table("books"), references<&book::author_id, author>(cascade),
//                 index<&book::title>())

namespace roam {
namespace mapping {

/// A struct that can be a row: an aggregate, without C arrays, of supported members.
/// What is wrong with one that is not is said by a static_assert when it is first used.
template <class T>
concept record = std::is_aggregate_v<T> && std::is_class_v<T> && !is_storable<T>() &&
                 !requires(T& t) { t.data() + t.size(); };

// ---- The arguments of ROAM_RECORD. Each is a plain constexpr value.

constexpr detail::table_attribute table_as(std::string_view name) { return {{}, name}; }
constexpr detail::schema_attribute schema(std::string_view name) { return {{}, name}; }

/// The records belong to another database than whichever is current: to the one that the program
/// gives this name by roam::set_route().
constexpr detail::database_attribute database_as(std::string_view name) { return {{}, name}; }

/// The column's name, where it is not the member's.
template <auto Member>
constexpr detail::column_attribute<Member> column_as(std::string_view name) {
    return {{}, name};
}

struct generated_tag {};
/// primary_key<&T::number>(generated): the database makes the key.
[[maybe_unused]] inline constexpr generated_tag generated{};

/// The key; several members make a composite key. Assigned by the program unless `generated`.
template <auto... Members>
constexpr detail::key_attribute<Members...> primary_key() {
    return {{}, false};
}
template <auto Member>
constexpr detail::key_attribute<Member> primary_key(generated_tag) {
    static_assert(std::is_integral_v<detail::type_of<Member>>,
                  "Roam: a generated key is an integer member");
    return {{}, true};
}

template <auto... Members>
constexpr detail::index_attribute<Members...> unique(std::string_view name = {}) {
    return {{}, true, name};
}
template <auto... Members>
constexpr detail::index_attribute<Members...> index_on(std::string_view name = {}) {
    return {{}, false, name};
}

/// Names several members of one struct, for composite references.
template <auto... Members>
using members = detail::member_list<Members...>;

struct on_delete_action {
    reference_action action;
};
struct on_update_action {
    reference_action action;
};
[[maybe_unused]] inline constexpr on_delete_action restrict {reference_action::restrict};
[[maybe_unused]] inline constexpr on_delete_action cascade{reference_action::cascade};
[[maybe_unused]] inline constexpr on_delete_action set_null{reference_action::set_null};
[[maybe_unused]] inline constexpr on_delete_action set_default{reference_action::set_default};
constexpr on_update_action on_update(on_delete_action a) { return {a.action}; }

namespace detail {
constexpr action_pair actions() { return {}; }
constexpr action_pair actions(on_delete_action d) { return {d.action, reference_action::none}; }
constexpr action_pair actions(on_update_action u) { return {reference_action::none, u.action}; }
constexpr action_pair actions(on_delete_action d, on_update_action u) {
    return {d.action, u.action};
}
}  // namespace detail

/// A foreign key to the target's primary key: references<&book::author_id, author>(cascade).
/// The target is named by its type only, so records may refer to themselves and to each other.
template <auto Member, class Target, class... Action>
constexpr detail::reference_attribute<members<Member>, Target, void> references(Action... action) {
    return {{}, detail::actions(action...)};
}
/// A composite one, or one to other columns than the key:
/// references<members<&line::order, &line::shop>, order>(cascade).
template <class Columns, class Target, class TargetColumns = void, class... Action>
constexpr detail::reference_attribute<Columns, Target, TargetColumns> references(Action... action) {
    return {{}, detail::actions(action...)};
}

/// A CHECK constraint in SQL.
constexpr detail::check_attribute check_that(std::string_view sql, std::string_view name = {}) {
    return {{}, sql, name};
}

/// A DEFAULT in SQL, for other writers: Roam always sends what the member holds.
template <auto Member>
constexpr detail::default_attribute<Member> default_value(std::string_view sql) {
    return {{}, sql};
}

/// Made by the database (default, generated column, trigger): never sent, read back.
template <auto... Members>
constexpr detail::computed_attribute<Members...> computed() {
    return {};
}

/// The counter of the optimistic lock.
template <auto Member>
constexpr detail::version_attribute<Member> version() {
    return {};
}

/// The most characters of a text column.
template <auto Member>
constexpr detail::size_attribute<Member> length(std::uint16_t characters) {
    return {{}, characters, 0};
}

/// The digits of a decimal column: precision<&item::price>(10, 2).
template <auto Member>
constexpr detail::size_attribute<Member> precision(std::uint16_t digits, std::uint16_t scale) {
    return {{}, digits, scale};
}

/// The member is a struct whose members are columns of this table, named with the prefix; by
/// default the member's name and '_'.
template <auto Member>
constexpr detail::embedded_attribute<Member> embedded() {
    return {};
}
template <auto Member>
constexpr detail::embedded_attribute<Member> embedded(std::string_view prefix) {
    return {prefix, true};
}

/// Said of a struct itself: wherever it is a member, it is embedded.
constexpr detail::embeddable_attribute embeddable() { return {}; }

/// Members that are no columns.
template <auto... Members>
constexpr detail::transient_attribute<Members...> transient() {
    return {};
}

/// SQLite: no AUTOINCREMENT. Faster row by row, but the key of a removed row may be given to a new
/// one, which an old copy of the record would then overwrite (D4).
constexpr detail::reuse_keys_attribute reuse_keys() { return {}; }

// The names as they are written inside ROAM_RECORD, where they cannot clash with the types
// roam::mapping::table, column, index and check, and roam::database.
namespace words {
using mapping::cascade;
using mapping::computed;
using mapping::default_value;
using mapping::embeddable;
using mapping::embedded;
using mapping::generated;
using mapping::length;
using mapping::members;
using mapping::on_update;
using mapping::precision;
using mapping::primary_key;
using mapping::references;
using mapping::restrict;
using mapping::reuse_keys;
using mapping::schema;
using mapping::set_default;
using mapping::set_null;
using mapping::transient;
using mapping::unique;
using mapping::version;
constexpr auto table(std::string_view name) { return table_as(name); }
constexpr auto database(std::string_view name) { return database_as(name); }
constexpr auto check(std::string_view sql, std::string_view name = {}) {
    return check_that(sql, name);
}
template <auto Member>
constexpr auto column(std::string_view name) {
    return column_as<Member>(name);
}
template <auto... Members>
constexpr auto index(std::string_view name = {}) {
    return index_on<Members...>(name);
}
}  // namespace words

/// The description that ROAM_RECORD's function returns; the same function can be written by hand.
template <class T, class... Attributes>
constexpr auto describe(Attributes... attributes) {
    return detail::pack_attributes(attributes...);
}

namespace detail {

/// The draft of a table, evaluated once; only what is packed below reaches the binary.
template <class T, class D>
inline constexpr auto draft_of = make_draft<T, D>();

/// Static storage of a description: all names in one array, so that the binary holds each once.
template <class T, class D>
struct table_storage {
    static constexpr auto const& from = draft_of<T, D>;
    static constexpr std::size_t width = draft<T, D>::width;

    static constexpr std::size_t name_bytes = [] {
        std::size_t total = from.name.size + spelled_type<T>().size();
        for (std::size_t i = 0; i < width; ++i)
            total += from.names[i].size + from.members[i].size;
        return total;
    }();

    static constexpr auto names = [] {
        std::array<char, name_bytes + 1> all{};
        std::size_t used = 0;
        auto const add = [&](std::string_view text) {
            for (char c : text)
                all[used++] = c;
        };
        add(spelled_type<T>());
        add(from.name.view());
        for (std::size_t i = 0; i < width; ++i) {
            add(from.names[i].view());
            add(from.members[i].view());
        }
        return all;
    }();

    static constexpr auto columns = [] {
        auto all = from.columns;
        char const* at = names.data() + spelled_type<T>().size() + from.name.size;
        for (std::size_t i = 0; i < width; ++i) {
            all[i].name = {at, from.names[i].size};
            at += from.names[i].size;
            all[i].member = {at, from.members[i].size};
            at += from.members[i].size;
        }
        return all;
    }();

    static constexpr auto foreign_keys = from.foreign_keys;
    static constexpr auto indexes = from.indexes;
    static constexpr auto checks = from.checks;

    static constexpr table value = [] {
        table t;
        t.type = {names.data(), spelled_type<T>().size()};
        t.schema = from.schema;
        t.name = {names.data() + t.type.size(), from.name.size};
        t.database = from.database;
        t.columns = columns;
        t.primary_key = from.primary_key;
        t.foreign_keys = {foreign_keys.data(), from.foreign_key_count};
        t.indexes = {indexes.data(), from.index_count};
        t.checks = {checks.data(), from.check_count};
        t.reuse_keys = from.reuse_keys;
        return t;
    }();
};

template <class T>
consteval bool check_record() {
    static_assert(std::is_aggregate_v<T> && std::is_class_v<T>,
                  "Roam: a record is a plain aggregate: no constructors, no private or virtual "
                  "members");
    static_assert(!has_c_array<T>(),
                  "Roam: a record cannot hold a C array; use roam::fixed_string<N> or "
                  "std::array<char, N> for text and std::array<T, N> for numbers");
    static_assert(boost::pfr::detail::fields_count<T>() <= 100,
                  "Roam: a record has at most 100 direct members (Boost.PFR's limit); group them "
                  "in nested structs and say embedded<> for each");
    return true;
}

}  // namespace detail

/// The description of a record. Static storage; the same object for equal T and description.
template <class T, class D = description_of<T>>
constexpr table const& table_of() {
    static_assert(detail::check_record<T>());
    return detail::table_storage<T, D>::value;
}

template <class T>
table const& detail::target_table() {
    return table_of<T>();
}

}  // namespace mapping

using mapping::record;
using mapping::table_of;

}  // namespace roam

// Declarations, not a directive: inside the macro these words mean Roam's, whatever the
// surrounding namespace calls `length` or `index`.
#define ROAM_DETAIL_WORDS                                                        \
    using ::roam::mapping::words::cascade, ::roam::mapping::words::check,        \
        ::roam::mapping::words::column, ::roam::mapping::words::computed,        \
        ::roam::mapping::words::database, ::roam::mapping::words::default_value, \
        ::roam::mapping::words::embeddable, ::roam::mapping::words::embedded,    \
        ::roam::mapping::words::generated, ::roam::mapping::words::index,        \
        ::roam::mapping::words::length, ::roam::mapping::words::members,         \
        ::roam::mapping::words::on_update, ::roam::mapping::words::precision,    \
        ::roam::mapping::words::primary_key, ::roam::mapping::words::references, \
        ::roam::mapping::words::restrict, ::roam::mapping::words::reuse_keys,    \
        ::roam::mapping::words::schema, ::roam::mapping::words::set_default,     \
        ::roam::mapping::words::set_null, ::roam::mapping::words::table,         \
        ::roam::mapping::words::transient, ::roam::mapping::words::unique,       \
        ::roam::mapping::words::version;

/// Describes a struct: ROAM_RECORD(book, table("books"), index<&book::title>()).
/// Stands in the header that defines the struct, in its namespace, after it: a translation unit
/// that saw the struct without it would use another table (and get a mapping_conflict_error).
#define ROAM_RECORD(type, ...)                                                    \
    [[maybe_unused]] constexpr auto roam_describe([[maybe_unused]] type const*) { \
        ROAM_DETAIL_WORDS                                                         \
        return ::roam::mapping::describe<type>(__VA_ARGS__);                      \
    }
