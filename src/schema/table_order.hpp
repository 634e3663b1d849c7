// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/table.hpp>

#include <span>
#include <vector>

namespace roam::schema::detail {

/// A foreign key that cannot be part of CREATE TABLE, because its target comes later.
struct closing_reference {
    mapping::table const* table = nullptr;
    mapping::foreign_key const* key = nullptr;
};

struct table_order {
    std::vector<mapping::table const*> tables;  ///< each once, parents first
    std::vector<closing_reference> closing;     ///< those that close a circle; none to itself

    bool closes(mapping::foreign_key const& key) const;
};

/// Keeps the given order as far as references allow. Throws mapping_conflict_error when two
/// descriptions have the same name, mapping_error for a reference without a target.
table_order order_of(std::span<mapping::table const* const> tables);

bool is_same_table(mapping::table const& a, mapping::table const& b);

}  // namespace roam::schema::detail
