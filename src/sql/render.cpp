// SPDX-License-Identifier: MIT
#include "sql/raw_fragment.hpp"
#include "sql/text_writer.hpp"
#include <roam/error.hpp>
#include <roam/sql/type_name.hpp>

#include <algorithm>
#include <utility>

namespace roam::sql {
namespace detail {
void text_writer::identifiers(std::vector<std::string> const& names) {
    bool first = true;
    for (auto const& name : names) {
        if (!first)
            text(", ");
        first = false;
        identifier(name);
    }
}

void text_writer::placeholder() {
    if (parameters_++ >= numbers_.size())
        return append_placeholder(out_, parameters_, dialect_);
    auto const number = number_of(parameters_);
    if (dialect_.family != dialect_family::postgresql) {
        text("?" + std::to_string(number));
    } else {
        append_placeholder(out_, number, dialect_);
    }
}

void text_writer::table(table_name const& name) {
    append_table_name(out_, name.schema, name.name, dialect_);
    if (name.alias.empty())
        return;
    text(" AS ");
    identifier(name.alias);
}

void text_writer::conditions(std::string_view keyword, std::vector<sql::expression> const& all) {
    if (all.empty())
        return;
    text(keyword);
    if (all.size() == 1)
        return expression(all[0]);
    expression(sql::expression::apply(operation::logical_and, all));
}

void text_writer::order(select_statement const& statement) {
    bool first = true;
    for (auto const& o : statement.order_by) {
        text(first ? " ORDER BY " : ", ");
        first = false;
        sort_key(o.by, statement);
        if (o.descending)
            text(" DESC");
    }
}

void text_writer::sort_key(sql::expression const& e, select_statement const& statement) {
    if (on_firebird())
        return firebird_sort_key(e, statement);
    expression(e, typing::none);
}

void text_writer::page(select_statement const& statement) {
    if (on_firebird())
        return firebird_page(statement);
    if (statement.limit) {
        text(" LIMIT ");
        placeholder();
    } else if (statement.offset) {
        switch (dialect_.family) {
            case dialect_family::postgresql:
                break;
            case dialect_family::sqlite:
                text(" LIMIT -1");
                break;
            case dialect_family::mysql:
            case dialect_family::mariadb:
                text(" LIMIT 18446744073709551615");
                break;
            case dialect_family::firebird:
            case dialect_family::generic:
                throw unsupported_error("generic SQL has no OFFSET without a LIMIT");
        }
    }
    if (statement.offset) {
        text(" OFFSET ");
        placeholder();
    }
}

void text_writer::select(select_statement const& statement) {
    auto const around =
        std::exchange(firebird_, {parameters_, statement.distinct || !statement.group_by.empty()});
    text(statement.distinct ? "SELECT DISTINCT " : "SELECT ");
    if (statement.exists_only && !statement.distinct) {
        text("1");
    } else {
        if (statement.columns.empty())
            throw usage_error("the SELECT names no column");
        bool first = true;
        for (auto const& column : statement.columns) {
            if (!first)
                text(", ");
            first = false;
            expression(column.value, typing::none);
            if (column.alias.empty())
                continue;
            text(" AS ");
            identifier(column.alias);
        }
    }
    if (!statement.from.name.empty()) {
        text(" FROM ");
        table(statement.from);
    } else if (on_firebird()) {
        text(" FROM rdb$database");
    }
    for (auto const& join : statement.joins) {
        text(join.kind == join_kind::left ? " LEFT JOIN " : " JOIN ");
        table(join.table);
        text(" ON ");
        expression(join.on);
    }
    conditions(" WHERE ", statement.where);
    bool first = true;
    for (auto const& e : statement.group_by) {
        text(first ? " GROUP BY " : ", ");
        first = false;
        sort_key(e, statement);
    }
    conditions(" HAVING ", statement.having);
    order(statement);
    page(statement);
    firebird_ = around;
}

std::string text_writer::finish() && {
    if (dialect_.max_parameters != 0 && parameters_ > dialect_.max_parameters) {
        throw unsupported_error("the statement has " + std::to_string(parameters_) +
                                " parameters; " + std::string{name_of(dialect_.family)} +
                                " takes " + std::to_string(dialect_.max_parameters) + " at most");
    }
    return std::move(out_);
}

}  // namespace detail

namespace {

using detail::text_writer;

void require(dialect const& d, capability what, std::string_view clause) {
    if (d.can(what))
        return;
    throw unsupported_error(std::string{name_of(d.family)} + " has no " + std::string{clause} +
                            " (capability " + std::string{name_of(what)} + ")");
}

void returning(text_writer& out, std::vector<std::string> const& columns, capability what,
               std::string_view verb) {
    if (columns.empty())
        return;
    require(out.target(), what, std::string{verb} + " ... RETURNING");
    out.text(" RETURNING ");
    out.identifiers(columns);
}

void where(text_writer& out, std::vector<expression> const& conditions, bool every_row,
           std::string_view verb, table_name const& table) {
    if (conditions.empty() && !every_row) {
        throw usage_error(std::string{verb} + " without WHERE would touch every row of '" +
                          table.name + "'; if that is meant, ask for every row");
    }
    out.conditions(" WHERE ", conditions);
}

void rows_of_values(text_writer& out, insert_statement const& statement) {
    if (statement.rows > 1) {
        require(out.target(), capability::multi_row_values, "VALUES with several rows");
    }
    out.text(" VALUES ");
    for (std::size_t row = 0; row < statement.rows; ++row) {
        out.text(row == 0 ? "(" : ", (");
        for (std::size_t column = 0; column < statement.columns.size(); ++column) {
            if (column > 0)
                out.text(", ");
            out.placeholder();
        }
        out.text(")");
    }
}

// SELECT ... FROM unnest(...): the rows in the order of the arrays, so that a sequence counts up in
// that order (D13).
void rows_of_arrays(text_writer& out, insert_statement const& statement) {
    if (statement.types.size() != statement.columns.size()) {
        throw usage_error("an INSERT from arrays needs the type of each column");
    }
    std::string ordinality = "ordinality";
    while (std::find(statement.columns.begin(), statement.columns.end(), ordinality) !=
           statement.columns.end()) {
        ordinality.push_back('_');
    }
    out.text(" SELECT ");
    out.identifiers(statement.columns);
    out.text(" FROM unnest(");
    for (std::size_t i = 0; i < statement.types.size(); ++i) {
        if (i > 0)
            out.text(", ");
        out.placeholder();
        out.text("::" + array_type_name(statement.types[i], out.target()));
    }
    out.text(") WITH ORDINALITY AS \"rows\" (");
    out.identifiers(statement.columns);
    out.text(", ");
    out.identifier(ordinality);
    out.text(") ORDER BY ");
    out.identifier(ordinality);
}

void on_duplicate_key(text_writer& out, conflict_clause const& conflict) {
    auto const& d = out.target();
    if (!conflict.target.empty()) {
        require(d, capability::named_conflict_target, "ON CONFLICT that names its columns");
    }
    if (conflict.update.empty() && conflict.count_up.empty()) {
        throw unsupported_error(std::string{name_of(d.family)} +
                                " has no ON CONFLICT DO NOTHING: INSERT IGNORE hides other "
                                "errors too");
    }
    out.text(" ON DUPLICATE KEY UPDATE ");
    bool first = true;
    for (auto const& column : conflict.update) {
        if (!first)
            out.text(", ");
        first = false;
        out.identifier(column);
        out.text(" = VALUES(");
        out.identifier(column);
        out.text(")");
    }
    for (auto const& column : conflict.count_up) {
        if (!first)
            out.text(", ");
        first = false;
        out.identifier(column);
        out.text(" = ");
        out.identifier(column);
        out.text(" + 1");
    }
}

void on_conflict(text_writer& out, insert_statement const& statement) {
    auto const& conflict = statement.conflict;
    auto const& d = out.target();
    if (is_mysql(d.family))
        return on_duplicate_key(out, conflict);
    require(d, capability::named_conflict_target, "ON CONFLICT");
    out.text(" ON CONFLICT");
    if (!conflict.target.empty()) {
        out.text(" (");
        out.identifiers(conflict.target);
        out.text(")");
    }
    if (conflict.update.empty() && conflict.count_up.empty())
        return out.text(" DO NOTHING");
    if (conflict.target.empty()) {
        throw unsupported_error(
            "ON CONFLICT DO UPDATE must name the columns of a key or of a "
            "unique constraint");
    }
    out.text(" DO UPDATE SET ");
    bool first = true;
    for (auto const& column : conflict.update) {
        if (!first)
            out.text(", ");
        first = false;
        out.identifier(column);
        out.text(" = excluded.");
        out.identifier(column);
    }
    for (auto const& column : conflict.count_up) {
        if (!first)
            out.text(", ");
        first = false;
        out.identifier(column);
        out.text(" = ");
        out.identifier(statement.table.name);
        out.text(".");
        out.identifier(column);
        out.text(" + 1");
    }
}

void check(insert_statement const& statement) {
    auto const refuse = [&](std::string_view what) {
        throw usage_error("the INSERT into '" + statement.table.name + "' " + std::string{what});
    };
    if (!statement.table.alias.empty())
        refuse("has an alias, which an INSERT cannot");
    if (statement.rows == 0)
        refuse("has no rows");
    if (!statement.columns.empty())
        return;
    if (statement.rows > 1)
        refuse("has several rows but no columns");
    if (statement.from_arrays || statement.copied)
        refuse("has arrays but no columns");
    if (statement.update_on_conflict)
        refuse("names no column that could conflict");
}

}  // namespace

std::string render(select_statement const& statement, dialect const& d) {
    return render(statement, d, {});
}

std::string render(select_statement const& statement, dialect const& d,
                   std::span<std::size_t const> numbers) {
    if (!numbers.empty() && d.family == dialect_family::generic) {
        throw unsupported_error(std::string{name_of(d.family)} + " has no numbered parameters");
    }
    text_writer out{d, numbers};
    if (statement.exists_only)
        out.text("SELECT EXISTS (");
    out.select(statement);
    if (statement.exists_only)
        out.text(d.family == dialect_family::firebird ? ") FROM rdb$database" : ")");
    return std::move(out).finish();
}

std::string render(insert_statement const& statement, dialect const& d) {
    check(statement);
    text_writer out{d};
    if (statement.update_on_conflict && d.family == dialect_family::firebird) {
        detail::firebird_merge(out, statement);
        return std::move(out).finish();
    }
    out.text(statement.copied ? "COPY " : "INSERT INTO ");
    out.table(statement.table);
    if (statement.columns.empty()) {
        out.text(is_mysql(d.family) ? " () VALUES ()" : " DEFAULT VALUES");
    } else {
        out.text(" (");
        out.identifiers(statement.columns);
        out.text(")");
        if (statement.overriding_system_value && d.family == dialect_family::postgresql) {
            out.text(" OVERRIDING SYSTEM VALUE");
        }
        if (statement.copied) {
            out.text(" FROM STDIN (FORMAT binary)");
        } else if (statement.from_arrays) {
            rows_of_arrays(out, statement);
        } else {
            rows_of_values(out, statement);
        }
    }
    if (statement.update_on_conflict)
        on_conflict(out, statement);
    returning(out, statement.returning, capability::returning, "INSERT");
    return std::move(out).finish();
}

std::string render(update_statement const& statement, dialect const& d) {
    if (statement.set.empty()) {
        throw usage_error("the UPDATE of '" + statement.table.name + "' sets no column");
    }
    text_writer out{d};
    out.text("UPDATE ");
    out.table(statement.table);
    bool first = true;
    for (auto const& assignment : statement.set) {
        out.text(first ? " SET " : ", ");
        first = false;
        out.identifier(assignment.column);
        out.text(" = ");
        out.expression(assignment.value, text_writer::typing::assigned);
    }
    where(out, statement.where, statement.every_row, "an UPDATE", statement.table);
    returning(out, statement.returning, capability::returning_update, "UPDATE");
    return std::move(out).finish();
}

std::string render(delete_statement const& statement, dialect const& d) {
    text_writer out{d};
    out.text("DELETE FROM ");
    out.table(statement.table);
    where(out, statement.where, statement.every_row, "a DELETE", statement.table);
    returning(out, statement.returning, capability::returning, "DELETE");
    return std::move(out).finish();
}

std::string render(raw_statement const& statement, dialect const& d) {
    text_writer out{d};
    out.raw(statement.text, std::vector<expression>(statement.parameters, expression::parameter()));
    return std::move(out).finish();
}

}  // namespace roam::sql
