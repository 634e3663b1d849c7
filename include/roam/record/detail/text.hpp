// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/row.hpp>
#include <roam/mapping/table.hpp>
#include <roam/source_location.hpp>
#include <roam/sql/statement.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// The SQL of the record verbs, made from the plain description; nothing here is a template.

namespace roam::record_detail {

/// INSERT of `rows` records, RETURNING the columns of `read`.
std::string insert_text(mapping::table const& t, mapping::column_set sent, mapping::column_set read,
                        std::size_t rows, sql::dialect const& d);

/// INSERT of any number of records, a parameter of cell_kind::rows for each column.
std::string insert_arrays_text(mapping::table const& t, mapping::column_set sent,
                               mapping::column_set read, sql::dialect const& d);

/// COPY of any number of records, with the same parameters.
std::string copy_text(mapping::table const& t, mapping::column_set sent, sql::dialect const& d);

/// INSERT ... ON CONFLICT (target) DO UPDATE SET everything else, RETURNING computed columns. The
/// target must be the primary key or a declared unique constraint.
std::string upsert_text(mapping::table const& t, mapping::column_list const& target,
                        sql::dialect const& d);

/// UPDATE of the columns, WHERE key (and version) matches, RETURNING computed columns where it can.
std::string update_text(mapping::table const& t, std::span<std::uint16_t const> columns,
                        sql::dialect const& d);

/// SELECT of what the database computes, by the key.
std::string computed_text(mapping::table const& t, sql::dialect const& d);

std::string remove_text(mapping::table const& t, sql::dialect const& d);

std::string find_text(mapping::table const& t, sql::dialect const& d);
std::string exists_text(mapping::table const& t, sql::dialect const& d);

/// SELECT by a key of one column: `= ANY` of one parameter of cell_kind::rows, or `IN` of `keys`
/// parameters.
std::string find_by_array_text(mapping::table const& t, sql::dialect const& d);
std::string find_by_list_text(mapping::table const& t, std::size_t keys, sql::dialect const& d);

/// A list of columns in select order, without qualifiers.
std::vector<sql::selected> select_list(mapping::table const& t, bool qualified = false);

/// Drops the qualifiers of a statement over one table, where they only make noise.
void finish(sql::select_statement& s);
void unqualify(sql::expression& e);

[[noreturn]] void throw_stale(mapping::table const& t, char const* verb);
[[noreturn]] void throw_not_found(mapping::table const& t);
[[noreturn]] void throw_not_found(mapping::table const& t, std::size_t keys);
[[noreturn]] void throw_no_row();
[[noreturn]] void throw_too_many(char const* asked);

}  // namespace roam::record_detail
