// SPDX-License-Identifier: MIT
// For the tests of this folder: table descriptions and what they become.
#pragma once

#include <roam/mapping/table.hpp>
#include <roam/schema/ddl.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace roam::test {

inline mapping::column_list list_of(std::initializer_list<std::uint16_t> columns) {
    mapping::column_list list;
    for (auto c : columns)
        list.add(c);
    return list;
}

// A description in parts, as ROAM_RECORD would make it.
class made_table {
public:
    explicit made_table(std::string_view name) {
        value_.type = name;
        value_.name = name;
    }

    made_table& key(std::string_view name,
                    mapping::column_type type = {mapping::type_kind::int64}) {
        column(name, type);
        columns_.back().primary_key = true;
        columns_.back().generated = true;
        value_.primary_key = list_of({static_cast<std::uint16_t>(columns_.size() - 1)});
        return *this;
    }
    made_table& column(std::string_view name, mapping::column_type type) {
        mapping::column c;
        c.name = name;
        c.member = name;
        c.type = type;
        columns_.push_back(c);
        return *this;
    }
    made_table& reference(std::initializer_list<std::uint16_t> columns,
                          mapping::table const& (*target)(),
                          mapping::reference_action on_delete = mapping::reference_action::none) {
        keys_.push_back({list_of(columns), target, {}, on_delete, mapping::reference_action::none});
        return *this;
    }
    made_table& index(std::initializer_list<std::uint16_t> columns, bool unique = false,
                      std::string_view name = {}) {
        indexes_.push_back({list_of(columns), unique, name});
        return *this;
    }
    made_table& check(std::string_view text, std::string_view name = {}) {
        checks_.push_back({text, name});
        return *this;
    }
    mapping::column& last() { return columns_.back(); }
    mapping::foreign_key& last_reference() { return keys_.back(); }
    mapping::table& operator*() {
        value_.columns = columns_;
        value_.foreign_keys = keys_;
        value_.indexes = indexes_;
        value_.checks = checks_;
        return value_;
    }

private:
    mapping::table value_;
    std::vector<mapping::column> columns_;
    std::vector<mapping::foreign_key> keys_;
    std::vector<mapping::index> indexes_;
    std::vector<mapping::check> checks_;
};

// id, name.
inline mapping::table const& author_table() {
    static auto& made =
        (*new made_table{"author"}).key("id").column("name", {mapping::type_kind::text});
    return *made;
}

inline std::vector<std::string> create(std::vector<mapping::table const*> const& tables,
                                       sql::dialect const& d,
                                       schema::create_options const& options = {}) {
    return schema::create_statements(tables, d, options);
}

}  // namespace roam::test
