// SPDX-License-Identifier: MIT
#include "sql/raw_fragment.hpp"
#include "sql/text_writer.hpp"
#include <roam/error.hpp>
#include <roam/sql/type_name.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace roam::sql::detail {
namespace {

using kind = expression::kind;

// How strongly the outermost operator of an expression binds. The engines differ on where ||
// stands, on NOT against comparisons, and on chains of comparisons: those always get parentheses.
enum level : int {
    disjunction,
    conjunction,
    negation,
    predicate,
    concatenation,
    sum,
    product,
    sign,
    primary,
};

bool is_chain(operation op) { return op == operation::logical_and || op == operation::logical_or; }

level level_of(operation op) {
    switch (op) {
        case operation::logical_or:
            return disjunction;
        case operation::logical_and:
            return conjunction;
        case operation::logical_not:
            return negation;
        case operation::concatenate:
            return concatenation;
        case operation::add:
        case operation::subtract:
            return sum;
        case operation::multiply:
        case operation::divide:
        case operation::divide_whole:
        case operation::modulo:
            return product;
        case operation::negate:
            return sign;
        default:
            return predicate;
    }
}

level level_of(expression const& e) {
    switch (e.what) {
        case kind::raw:
            return disjunction;
        case kind::literal:
            return e.text.starts_with('-') ? sign : primary;
        case kind::apply:
            if (is_chain(e.op) && e.children.size() < 2) {
                return e.children.empty() ? predicate : level_of(e.children[0]);
            }
            return level_of(e.op);
        default:
            return primary;
    }
}

bool has_parameter(expression const& e) {
    return e.what == kind::parameter || e.what == kind::subquery ||
           std::any_of(e.children.begin(), e.children.end(), has_parameter);
}

void require(expression const& e, std::size_t least, std::size_t most, std::string_view name) {
    if (e.children.size() >= least && e.children.size() <= most)
        return;
    throw usage_error("the operation " + std::string{name} + " has " +
                      std::to_string(e.children.size()) + " operands");
}

constexpr std::size_t any_number = static_cast<std::size_t>(-1);

}  // namespace

// A parameter's type is found from what stands beside it; parameters alone have nothing.
text_writer::typing text_writer::typing_of(std::span<sql::expression const> group) const {
    bool const none = std::all_of(group.begin(), group.end(), [](auto const& e) {
        return e.what == kind::parameter || (e.what == kind::literal && e.text == "NULL");
    });
    if (none)
        return typing::none;
    return on_firebird() ? firebird_typing_of(group) : typing::inferred;
}

// Firebird looks at the other side of comparisons only.
text_writer::typing text_writer::typing_of_operands(std::span<sql::expression const> group) const {
    return on_firebird() ? typing::none : typing_of(group);
}

void text_writer::column(sql::expression const& e) {
    if (!e.qualifier.empty()) {
        identifier(e.qualifier);
        out_.push_back('.');
    }
    identifier(e.text);
}

void text_writer::expression(sql::expression const& e, typing how) {
    switch (e.what) {
        case kind::column:
            if (on_firebird() && e.is_long && firebird_.sorting)
                return firebird_short_text(e);
            column(e);
            break;
        case kind::parameter:
            parameter(e.type, e.other_type ? typing::none : how);
            break;
        case kind::literal:
            text(e.text);
            break;
        case kind::raw:
            raw(e.text, e.children);
            break;
        case kind::apply:
            apply(e);
            break;
        case kind::function:
            function(e);
            break;
        case kind::star:
            if (!e.qualifier.empty()) {
                identifier(e.qualifier);
                out_.push_back('.');
            }
            out_.push_back('*');
            break;
        case kind::subquery:
            subquery(e);
            break;
    }
}

void text_writer::operand(sql::expression const& e, int weakest, typing how) {
    bool const in_parentheses = level_of(e) < weakest;
    if (in_parentheses)
        out_.push_back('(');
    expression(e, how);
    if (in_parentheses)
        out_.push_back(')');
}

void text_writer::apply(sql::expression const& e) {
    switch (e.op) {
        case operation::equal:
            return comparison(e, " = ");
        case operation::not_equal:
            return comparison(e, " <> ");
        case operation::less:
            return comparison(e, " < ");
        case operation::less_equal:
            return comparison(e, " <= ");
        case operation::greater:
            return comparison(e, " > ");
        case operation::greater_equal:
            return comparison(e, " >= ");
        case operation::like:
            return comparison(e, " LIKE ");
        case operation::not_like:
            return comparison(e, " NOT LIKE ");
        case operation::logical_and:
            return chain(e, " AND ");
        case operation::logical_or:
            return chain(e, " OR ");
        case operation::add:
            return arithmetic(e, " + ", sum);
        case operation::subtract:
            return arithmetic(e, " - ", sum);
        case operation::multiply:
            return arithmetic(e, " * ", product);
        case operation::divide:
            return arithmetic(e, " / ", product);
        case operation::divide_whole:  // elsewhere / is whole already
            return arithmetic(e, is_mysql(dialect_.family) ? " DIV " : " / ", product);
        case operation::modulo:
            if (on_firebird())
                return function(sql::expression::function("MOD", e.children));
            return arithmetic(e, " % ", product);
        case operation::concatenate:
            return concatenate(e);
        case operation::in:
            return membership(e, true);
        case operation::not_in:
            return membership(e, false);
        case operation::between:
        case operation::not_between:
            return between(e);
        case operation::logical_not:
            require(e, 1, 1, "NOT");
            text("NOT ");
            return operand(e.children[0], primary);
        case operation::negate:
            require(e, 1, 1, "-");
            text("-");  // and never "--", which begins a comment
            return operand(e.children[0], primary, typing_of_operands(e.children));
        case operation::is_null:
        case operation::is_not_null:
            require(e, 1, 1, "IS NULL");
            operand(e.children[0], concatenation, typing_of(e.children));
            return text(e.op == operation::is_null ? " IS NULL" : " IS NOT NULL");
    }
}

// AND within AND stays flat; AND and OR mixed always show which binds.
void text_writer::chain(sql::expression const& e, std::string_view joint) {
    if (e.children.empty())
        return constant(e.op == operation::logical_and);
    if (e.children.size() == 1)
        return expression(e.children[0]);
    bool first = true;
    for (auto const& child : e.children) {
        if (!first)
            text(joint);
        first = false;
        operand(child, level_of(child) == level_of(e.op) && child.what == kind::apply
                           ? level_of(e.op)
                           : negation);
    }
}

void text_writer::arithmetic(sql::expression const& e, std::string_view joint, int weakest) {
    require(e, 2, any_number, joint.substr(1, joint.size() - 2));
    auto const how = typing_of_operands(e.children);
    operand(e.children[0], weakest, how);
    for (std::size_t i = 1; i < e.children.size(); ++i) {
        text(joint);
        operand(e.children[i], weakest + 1, how);
    }
}

void text_writer::comparison(sql::expression const& e, std::string_view joint) {
    require(e, 2, 2, joint.substr(1, joint.size() - 2));
    auto const how = typing_of(e.children);
    operand(e.children[0], concatenation, how);
    text(joint);
    operand(e.children[1], concatenation, how);
}

void text_writer::concatenate(sql::expression const& e) {
    require(e, 2, any_number, "||");
    bool const by_function = is_mysql(dialect_.family);  // || is OR there
    auto const how = typing_of_operands(e.children);
    if (by_function)
        text("CONCAT(");
    bool first = true;
    for (auto const& child : e.children) {
        if (!first)
            text(by_function ? ", " : " || ");
        first = false;
        bool const is_flat = child.what == kind::apply && child.op == operation::concatenate;
        operand(child, by_function ? disjunction : is_flat ? concatenation : primary, how);
    }
    if (by_function)
        text(")");
}

void text_writer::membership(sql::expression const& e, bool is_in) {
    require(e, 1, any_number, "IN");
    auto const& value = e.children[0];
    std::span<sql::expression const> const list{e.children.begin() + 1, e.children.end()};
    if (list.empty()) {
        // IN () is no SQL. Its left side stays where it has parameters, since they will be bound.
        if (!has_parameter(value))
            return constant(!is_in);
        text("(");
        operand(value, concatenation, typing::none);
        text(is_in ? " IS NULL AND " : " IS NULL OR ");
        constant(!is_in);
        return text(")");
    }
    auto const how = typing_of(e.children);
    operand(value, concatenation, how);
    text(is_in ? " IN " : " NOT IN ");
    if (list.size() == 1 && list[0].what == kind::subquery)
        return subquery(list[0]);
    text("(");
    for (auto const& item : list) {
        if (&item != &list[0])
            text(", ");
        expression(item, how);
    }
    text(")");
}

void text_writer::between(sql::expression const& e) {
    require(e, 3, 3, "BETWEEN");
    auto const how = typing_of(e.children);
    operand(e.children[0], concatenation, how);
    text(e.op == operation::between ? " BETWEEN " : " NOT BETWEEN ");
    operand(e.children[1], concatenation, how);
    text(" AND ");
    operand(e.children[2], concatenation, how);
}

void text_writer::function(sql::expression const& e) {
    constexpr std::string_view legal =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
    if (e.text.empty() || e.text.find_first_not_of(legal) != std::string::npos) {
        throw usage_error("'" + e.text + "' is not the name of an SQL function");
    }
    auto const how = typing_of_operands(e.children);
    auto const around = firebird_;
    firebird_.sorting = firebird_.sorting || e.distinct;
    bool const is_average = on_firebird() && e.text == "AVG";  // of integers it would be cut to one
    text(e.text);
    text(e.distinct ? "(DISTINCT " : "(");
    text(is_average ? "CAST(" : "");
    bool first = true;
    for (auto const& argument : e.children) {
        if (!first)
            text(", ");
        first = false;
        expression(argument, how);
    }
    text(is_average ? " AS DOUBLE PRECISION))" : ")");
    firebird_ = around;
}

void text_writer::subquery(sql::expression const& e) {
    if (!e.query)
        throw usage_error("a subquery has no SELECT");
    if (e.query->exists_only) {
        text("EXISTS (");
    } else {
        text("(");
    }
    select(*e.query);
    text(")");
}

void text_writer::raw(std::string_view sql, std::vector<sql::expression> const& parameters) {
    std::size_t next = 0;
    auto const count = append_fragment(out_, sql, dialect_, [&] {
        if (next < parameters.size())
            operand(parameters[next], primary);
        ++next;
    });
    if (count == parameters.size())
        return;
    throw usage_error("the SQL fragment has " + std::to_string(count) +
                      " '?' outside quotes and comments, but " + std::to_string(parameters.size()) +
                      " parameters (a '?' that is no placeholder is doubled): " + std::string{sql});
}

void text_writer::parameter(mapping::type_kind type, typing how) {
    if (on_firebird())
        return firebird_parameter(type, how);
    placeholder();
    bool const is_cast = how == typing::none && dialect_.family == dialect_family::postgresql &&
                         type != mapping::type_kind::array;  // the node has no element type
    if (is_cast)
        text("::" + type_name({.kind = type}, dialect_));
}

void text_writer::constant(bool value) {
    if (dialect_.can(capability::native_boolean))
        return text(value ? "TRUE" : "FALSE");
    text(value ? "1 = 1" : "1 = 0");
}

}  // namespace roam::sql::detail
