// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/record.hpp>
#include <roam/schema/ddl.hpp>
#include <roam/session/target.hpp>

#include <array>
#include <span>

namespace roam {

namespace schema {

/// Creates the tables, all or none. Thread safety: any thread; two at once on one database wait for
/// each other.
void create(std::span<mapping::table const* const> tables, target const& on,
            create_options const& options = {});
void drop(std::span<mapping::table const* const> tables, target const& on,
          drop_options const& options = {});

}  // namespace schema

/// Creates the tables of the records with their keys, references, indexes and checks, parents
/// first, in one transaction: create_tables<author, book>(library). A table that exists is left as
/// it is. A generated key is never given twice (D4).
/// Thread safety: threads and processes may call it at once, each on a session of its own; one
/// waits for the other, on PostgreSQL by an advisory lock of the transaction.
template <record... T>
void create_tables(target on = {}, schema::create_options const& options = {}) {
    std::array<mapping::table const*, sizeof...(T)> const tables{&table_of<T>()...};
    schema::create(tables, on, options);
}

/// Drops the tables of the records, children first, in one transaction.
template <record... T>
void drop_tables(target on = {}, schema::drop_options const& options = {}) {
    std::array<mapping::table const*, sizeof...(T)> const tables{&table_of<T>()...};
    schema::drop(tables, on, options);
}

}  // namespace roam
