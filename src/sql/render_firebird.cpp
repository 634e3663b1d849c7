// SPDX-License-Identifier: MIT
// The parts of a statement that Firebird wants otherwise than the other engines.
#include "sql/text_writer.hpp"
#include <roam/error.hpp>
#include <roam/sql/type_name.hpp>

#include <algorithm>
#include <utility>

namespace roam::sql::detail {
namespace {

std::size_t parameters_of(expression const& e) {
    std::size_t count = e.what == expression::kind::parameter;
    for (auto const& child : e.children)
        count += parameters_of(child);
    return count;
}

bool is_same(expression const& a, expression const& b) {
    return a.what == b.what && a.op == b.op && a.distinct == b.distinct && a.type == b.type &&
           a.text == b.text && a.qualifier == b.qualifier && a.query == b.query &&
           std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                      is_same);
}

}  // namespace

// OFFSET stands first there, and is bound last.
void text_writer::firebird_page(select_statement const& statement) {
    auto const limit = parameters_ + 1;
    if (statement.limit && statement.offset) {
        parameters_ += 2;
        text(" OFFSET ?" + std::to_string(number_of(limit + 1)) + " ROWS FETCH FIRST ?" +
             std::to_string(number_of(limit)) + " ROWS ONLY");
        return;
    }
    if (!statement.limit && !statement.offset)
        return;
    text(statement.limit ? " FETCH FIRST " : " OFFSET ");
    placeholder();
    text(statement.limit ? " ROWS ONLY" : " ROWS");
}

// A long text is a BLOB, which the engine would sort and group by where it is stored.
void text_writer::firebird_sort_key(sql::expression const& e, select_statement const& statement) {
    if (!statement.group_by.empty() && firebird_ordinal(e, statement))
        return;
    auto const before = std::exchange(firebird_.sorting, true);
    expression(e, typing::none);
    firebird_.sorting = before;
}

void text_writer::firebird_short_text(sql::expression const& e) {
    text("CAST(");
    column(e);
    text(" AS VARCHAR(8191))");
}

// The engine takes no two parameters for the same, and so an expression with one for another than
// the selected one, unless it is named by its place.
bool text_writer::firebird_ordinal(sql::expression const& e, select_statement const& statement) {
    auto const parameters = parameters_of(e);
    if (parameters == 0 || numbers_.empty())
        return false;
    auto at = firebird_.first_selected;
    for (std::size_t i = 0; i < statement.columns.size(); ++i) {
        auto const& selected = statement.columns[i].value;
        bool same = is_same(selected, e);
        for (std::size_t n = 1; same && n <= parameters; ++n)
            same = number_of(at + n) == number_of(parameters_ + n);
        at += parameters_of(selected);
        if (!same)
            continue;
        parameters_ += parameters;
        text(std::to_string(i + 1));
        return true;
    }
    return false;
}

// Beside a long text a parameter has no limit either.
text_writer::typing text_writer::firebird_typing_of(std::span<sql::expression const> group) const {
    bool const has_long =
        !firebird_.sorting &&
        std::any_of(group.begin(), group.end(), [](auto const& e) { return e.is_long; });
    return has_long ? typing::assigned : typing::inferred;
}

// A text may be longer than the column it is compared with, and would be refused for that.
void text_writer::firebird_parameter(mapping::type_kind type, typing how) {
    bool const is_text = type == mapping::type_kind::text;
    bool const is_cast = how == typing::none || (how == typing::inferred && is_text);
    if (!is_cast)
        return placeholder();
    text("CAST(");
    placeholder();
    text(" AS " +
         (is_text ? "VARCHAR(8191) CHARACTER SET UTF8" : type_name({.kind = type}, dialect_)));
    text(")");
}

// MERGE, because UPDATE OR INSERT cannot count up. The values take their types from the columns.
void firebird_merge(text_writer& out, insert_statement const& statement) {
    auto const& conflict = statement.conflict;
    if (statement.rows != 1 || statement.from_arrays)
        throw unsupported_error("Firebird has no MERGE of several rows here");
    if (conflict.target.empty())
        throw unsupported_error("a MERGE must name the columns of a key or of a unique constraint");
    std::string const sent = statement.table.name == "new" ? "sent" : "new";
    auto const qualified = [&](std::string_view owner, std::string_view column) {
        out.identifier(owner);
        out.text(".");
        out.identifier(column);
    };
    auto const each = [&](auto const& columns, std::string_view separator, auto write) {
        for (auto const& column : columns) {
            out.text(&column == &columns.front() ? "" : separator);
            write(column);
        }
    };
    auto const& table = statement.table.name;
    out.text("MERGE INTO ");
    out.table(statement.table);
    out.text(" USING (SELECT ");
    each(statement.columns, ", ", [&](auto const& column) {
        out.text("CAST(");
        out.placeholder();
        out.text(" AS TYPE OF COLUMN ");
        qualified(table, column);
        out.text(") AS ");
        out.identifier(column);
    });
    out.text(" FROM rdb$database) AS ");
    out.identifier(sent);
    out.text(" ON ");
    each(conflict.target, " AND ", [&](auto const& column) {
        qualified(table, column);
        out.text(" = ");
        qualified(sent, column);
    });
    bool const updates = !conflict.update.empty() || !conflict.count_up.empty();
    if (updates)
        out.text(" WHEN MATCHED THEN UPDATE SET ");
    each(conflict.update, ", ", [&](auto const& column) {
        out.identifier(column);
        out.text(" = ");
        qualified(sent, column);
    });
    if (!conflict.update.empty() && !conflict.count_up.empty())
        out.text(", ");
    each(conflict.count_up, ", ", [&](auto const& column) {
        out.identifier(column);
        out.text(" = ");
        qualified(table, column);
        out.text(" + 1");
    });
    out.text(" WHEN NOT MATCHED THEN INSERT (");
    out.identifiers(statement.columns);
    out.text(") VALUES (");
    each(statement.columns, ", ", [&](auto const& column) { qualified(sent, column); });
    out.text(")");
    if (!statement.returning.empty())
        out.text(" RETURNING ");
    each(statement.returning, ", ", [&](auto const& column) { qualified(table, column); });
}

}  // namespace roam::sql::detail
