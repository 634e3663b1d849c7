// SPDX-License-Identifier: MIT
#include "schema/create_table.hpp"
#include "schema/table_order.hpp"
#include <roam/error.hpp>
#include <roam/schema/ddl.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace roam::schema {
namespace {

using mapping::table;
using sql::capability;
using sql::dialect;

void add_schemas(std::vector<std::string>& out, detail::table_order const& order,
                 dialect const& d) {
    std::set<std::string_view> seen;
    for (auto const* t : order.tables) {
        if (t->schema.empty() || !seen.insert(t->schema).second)
            continue;
        std::string statement = "CREATE SCHEMA IF NOT EXISTS ";
        sql::append_identifier(statement, t->schema, d);
        out.push_back(std::move(statement));
    }
}

// Index names are shared by all tables of a schema. With IF NOT EXISTS the second index of a name
// would silently not be made.
class index_names {
public:
    void claim(table const& t, std::string const& name) {
        auto const [at, is_new] = owners_.emplace(std::pair{t.schema, name}, t.type);
        if (is_new)
            return;
        throw mapping_error("an index of '" + std::string{at->second} + "' and one of '" +
                            std::string{t.type} + "' are both named '" + name +
                            "'; give one of them a name");
    }

private:
    std::map<std::pair<std::string_view, std::string>, std::string_view> owners_;
};

}  // namespace

std::vector<std::string> create_statements(std::span<table const* const> tables, dialect const& d,
                                           create_options const& options) {
    auto const order = detail::order_of(tables);
    std::vector<std::string> out;
    if (options.create_schemas && d.can(capability::schemas))
        add_schemas(out, order, d);

    index_names names;
    std::vector<std::string> later;
    for (auto const* t : order.tables) {
        detail::table_writer writer{*t, d, options};
        out.push_back(writer.create_table(order));
        for (auto const& i : t->indexes) {
            if (i.unique)
                continue;  // a constraint of the table
            names.claim(*t, writer.index_name(i));
            if (!writer.has_indexes_inside())
                out.push_back(writer.create_index(i));
        }
        for (auto const& key : t->foreign_keys) {
            if (writer.is_added_later(key, order))
                later.push_back(writer.add_foreign_key(key));
        }
    }
    std::move(later.begin(), later.end(), std::back_inserter(out));
    return out;
}

std::vector<std::string> drop_statements(std::span<table const* const> tables, dialect const& d,
                                         drop_options const& options) {
    auto const order = detail::order_of(tables);
    std::vector<std::string> out;
    bool const on_firebird = d.family == sql::dialect_family::firebird;
    std::string_view const if_exists = options.if_exists && !on_firebird ? "IF EXISTS " : "";
    auto const add = [&](detail::system_name const& dropped, std::string statement) {
        out.push_back(on_firebird && options.if_exists
                          ? detail::firebird_block("EXISTS", dropped, statement)
                          : std::move(statement));
    };
    if (!order.closing.empty() && d.family == sql::dialect_family::sqlite) {
        out.push_back("PRAGMA defer_foreign_keys = ON");
    }
    if (d.can(capability::add_constraint)) {
        for (auto const& closing : order.closing) {
            std::string statement = "ALTER TABLE " + std::string{if_exists};
            sql::append_table_name(statement, closing.table->schema, closing.table->name, d);
            statement.append(" DROP CONSTRAINT ").append(if_exists);
            auto const name = detail::foreign_key_name(*closing.table, *closing.key, d);
            sql::append_identifier(statement, name, d);
            add({"rdb$relation_constraints", "rdb$constraint_name", name}, std::move(statement));
        }
    }
    for (auto t = order.tables.rbegin(); t != order.tables.rend(); ++t) {
        std::string statement = "DROP TABLE " + std::string{if_exists};
        sql::append_table_name(statement, (*t)->schema, (*t)->name, d);
        add({"rdb$relations", "rdb$relation_name", std::string{(*t)->name}}, std::move(statement));
    }
    return out;
}

std::string constraint_name(std::string_view prefix, std::string_view table,
                            std::span<std::string_view const> parts, std::size_t limit) {
    std::string name{prefix};
    name.append("_").append(table);
    for (auto part : parts)
        name.append("_").append(part);

    if (name.size() <= limit)
        return name;
    std::uint32_t hash = 0x811c9dc5u;  // FNV-1a
    for (char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
    std::size_t end = limit - 9;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
        --end;
    name.resize(end);
    name.push_back('_');
    for (int shift = 28; shift >= 0; shift -= 4) {
        name.push_back("0123456789abcdef"[(hash >> shift) & 15]);
    }
    return name;
}

}  // namespace roam::schema
