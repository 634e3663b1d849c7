// SPDX-License-Identifier: MIT
#pragma once

#include "schema/table_order.hpp"
#include <roam/mapping/table.hpp>
#include <roam/schema/ddl.hpp>
#include <roam/sql/dialect.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roam::schema::detail {

std::string foreign_key_name(mapping::table const& owner, mapping::foreign_key const& key,
                             sql::dialect const& d);

/// The most bytes of a name that Roam makes.
std::size_t name_limit(sql::dialect const& d);

/// Where Firebird keeps the name of a table, an index or a constraint.
struct system_name {
    std::string_view table;
    std::string_view column;
    std::string name;
};

/// Firebird has no IF EXISTS: a block that looks for the name and runs the statement. The condition
/// is "EXISTS" or "NOT EXISTS".
std::string firebird_block(std::string_view condition, system_name const& looked_for,
                           std::string_view statement);

/// Writes the statements of one table. Refuses, when it is made, a description that cannot be one.
class table_writer {
public:
    table_writer(mapping::table const& described, sql::dialect const& d,
                 create_options const& options);

    std::string create_table(table_order const& order) const;

    std::string index_name(mapping::index const& i) const;

    /// Whether indexes are part of CREATE TABLE: MySQL has no CREATE INDEX IF NOT EXISTS.
    bool has_indexes_inside() const { return is_mysql(); }
    std::string create_index(mapping::index const& i) const;

    /// Whether the reference must wait until all tables are there.
    bool is_added_later(mapping::foreign_key const& key, table_order const& order) const;
    std::string add_foreign_key(mapping::foreign_key const& key) const;

private:
    [[noreturn]] void refuse(std::string_view what) const;
    void check_description() const;
    void check_name(std::string_view name) const;
    bool is_sqlite() const { return dialect_.family == sql::dialect_family::sqlite; }
    bool is_firebird() const { return dialect_.family == sql::dialect_family::firebird; }
    bool is_mysql() const { return sql::is_mysql(dialect_.family); }
    bool is_generated_key(mapping::column const& c) const;

    std::string name_for(std::string_view prefix, mapping::column_list const& columns) const;
    std::string columns_of(mapping::table const& owner, mapping::column_list const& list) const;
    std::string column(mapping::column const& c) const;
    std::string named(std::string_view name) const;
    std::string references(mapping::foreign_key const& key, std::string_view condition = {}) const;
    void add_default(std::string& text, std::string_view sql) const;
    void add_uniques(std::vector<std::string>& lines) const;
    void add_indexes(std::vector<std::string>& lines) const;
    void add_checks(std::vector<std::string>& lines) const;

    mapping::table const& table_;
    sql::dialect const& dialect_;
    create_options const& options_;
};

}  // namespace roam::schema::detail
