// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/detail/draft.hpp>

#include <array>
#include <string_view>
#include <type_traits>

// What each argument of ROAM_RECORD is: a small constexpr value that knows how to write itself
// into the draft of the description. `role` runs first and says which members are columns at all.

namespace roam::mapping::detail {

template <auto... Members>
struct member_list {
    template <class T, class D>
    static constexpr column_list columns() {
        column_list list;
        (list.add(column_of<T, D, Members>()), ...);
        return list;
    }
};

/// The default for attributes that say nothing about roles.
struct no_role {
    template <class T>
    constexpr void role(member_roles<T>&) const {}
};

struct table_attribute : no_role {
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.name.assign(name);
    }
};

struct schema_attribute : no_role {
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.schema = name;
    }
};

struct database_attribute : no_role {
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.database = name;
    }
};

template <auto Member>
struct column_attribute : no_role {
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.names[column_of<T, D, Member>()].assign(name);
    }
};

template <auto... Members>
struct key_attribute : no_role {
    bool made_by_database = false;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.has_key = true;
        d.primary_key = member_list<Members...>::template columns<T, D>();
        for (auto c : d.primary_key)
            d.columns[c].generated = made_by_database;
    }
};

template <auto... Members>
struct index_attribute : no_role {
    bool unique = false;
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        column_list const list = member_list<Members...>::template columns<T, D>();
        d.indexes[d.index_count++] = {list, unique, name};
        if (unique && list.size == 1)
            d.columns[list.at[0]].unique = true;
    }
};

struct action_pair {
    reference_action on_delete = reference_action::none;
    reference_action on_update = reference_action::none;
};

/// Declared only: its address is taken here and its body made when the program is complete.
template <class T>
table const& target_table();

template <class Columns, class Target, class TargetColumns>
struct reference_attribute : no_role {
    action_pair actions;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        foreign_key& fk = d.foreign_keys[d.foreign_key_count++];
        fk.columns = Columns::template columns<T, D>();
        fk.target = &target_table<Target>;
        if constexpr (!std::is_void_v<TargetColumns>) {
            fk.target_columns = TargetColumns::template columns<Target, description_of<Target>>();
        }
        fk.on_delete = actions.on_delete;
        fk.on_update = actions.on_update;
    }
};

struct check_attribute : no_role {
    std::string_view sql;
    std::string_view name;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.checks[d.check_count++] = {sql, name};
    }
};

template <auto Member>
struct default_attribute : no_role {
    std::string_view sql;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.columns[column_of<T, D, Member>()].default_sql = sql;
    }
};

template <auto... Members>
struct computed_attribute : no_role {
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        for (auto c : member_list<Members...>::template columns<T, D>())
            d.columns[c].computed = true;
    }
};

template <auto Member>
struct version_attribute : no_role {
    static_assert(std::is_integral_v<type_of<Member>>, "Roam: version<> needs an integer member");
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.columns[column_of<T, D, Member>()].version = true;
    }
};

template <auto Member>
struct size_attribute : no_role {
    std::uint16_t length = 0;
    std::uint16_t scale = 0;
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        column& c = d.columns[column_of<T, D, Member>()];
        c.type.length = length;
        c.type.scale = scale;
    }
};

template <auto Member>
struct embedded_attribute {
    std::string_view prefix;
    bool has_prefix = false;

    template <class T>
    constexpr void role(member_roles<T>& roles) const {
        roles.at[member_index<T, Member>()] = {member_role::embedded, prefix, has_prefix};
    }
    template <class T, class D>
    constexpr void write(draft<T, D>&) const {}
};

template <auto... Members>
struct transient_attribute {
    template <class T>
    constexpr void role(member_roles<T>& roles) const {
        ((roles.at[member_index<T, Members>()].role = member_role::transient), ...);
    }
    template <class T, class D>
    constexpr void write(draft<T, D>&) const {}
};

struct reuse_keys_attribute : no_role {
    template <class T, class D>
    constexpr void write(draft<T, D>& d) const {
        d.reuse_keys = true;
    }
};

struct embeddable_attribute : no_role {
    template <class T, class D>
    constexpr void write(draft<T, D>&) const {}
};

}  // namespace roam::mapping::detail
