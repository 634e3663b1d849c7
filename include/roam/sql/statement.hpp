// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/type.hpp>
#include <roam/sql/dialect.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The statement tree: what every typed query and every record verb turns into before it becomes
// text. Plain run-time values; no templates, no parameter values, no connection. Parameters are
// numbered in the order in which rendering meets them, which is the order of binding.

namespace roam::mapping {
struct table;
}

namespace roam::sql {

struct select_statement;

enum class operation : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    logical_and,
    logical_or,
    logical_not,
    add,
    subtract,
    multiply,
    divide,
    divide_whole,  ///< of two integers: the quotient is whole too
    modulo,
    negate,
    concatenate,
    like,
    not_like,
    in,
    not_in,
    between,
    not_between,
    is_null,
    is_not_null,
};

/// One node of an expression.
struct expression {
    enum class kind : std::uint8_t {
        column,     ///< text: the name; qualifier: table or alias, may be empty
        parameter,  ///< bound when the statement runs; type says what is bound. PostgreSQL: cast to
                    ///< it where nothing beside it has a type, as in $1::bigint + $2::bigint
        literal,    ///< text: SQL of Roam's own making, such as NULL, TRUE or 1: no operators
        raw,        ///< text: the user's SQL fragment; children: one for each '?' in it, in order.
                    ///< "??" is a plain '?', and so is one in quotes or a comment. A quote, comment
                    ///< or parenthesis left open is a usage_error
        apply,      ///< operation over the children
        function,   ///< text: the function's name; children: arguments
        star,       ///< *
        subquery,   ///< (SELECT ...)
    };
    kind what = kind::literal;
    operation op = operation::equal;
    bool distinct = false;    ///< function: COUNT(DISTINCT x)
    bool other_type = false;  ///< parameter: of another type than what stands beside it, so
                              ///< PostgreSQL is always told: "copies" < $1::bigint
    bool is_long = false;  ///< column: of text without a limit, which Firebird sorts as a VARCHAR
    mapping::type_kind type = mapping::type_kind::text;  ///< parameter: what is bound
    std::string text;
    std::string qualifier;
    std::vector<expression> children;
    std::shared_ptr<select_statement const> query;

    expression();
    expression(expression const&);
    expression(expression&&) noexcept;
    expression& operator=(expression const&);
    expression& operator=(expression&&) noexcept;
    ~expression();

    static expression column(std::string_view name, std::string_view qualifier = {});
    static expression column(mapping::table const& of, std::size_t index);  ///< qualified
    static expression parameter(mapping::type_kind type = mapping::type_kind::text);
    static expression literal(std::string_view sql);
    static expression apply(operation op);  ///< the operands follow by append()
    static expression apply(operation op, std::vector<expression> operands);
    static expression function(std::string_view name, std::vector<expression> arguments = {});
};

struct table_name {
    std::string schema;
    std::string name;
    std::string alias;  ///< empty: none
};

table_name name_of(mapping::table const& t);

struct selected {
    expression value;
    std::string alias;
};

enum class join_kind : std::uint8_t { inner, left };

struct join {
    join_kind kind = join_kind::inner;
    table_name table;
    expression on;
};

struct ordering {
    expression by;
    bool descending = false;
};

struct select_statement {
    bool distinct = false;
    std::vector<selected> columns;
    table_name from;
    std::vector<join> joins;
    std::vector<expression> where;  ///< joined by AND
    std::vector<expression> group_by;
    std::vector<expression> having;
    std::vector<ordering> order_by;
    bool limit = false;   ///< a parameter follows
    bool offset = false;  ///< a parameter follows; without limit the dialect writes its "no limit"
    bool exists_only = false;  ///< SELECT EXISTS (SELECT 1 ...)

    select_statement();
    select_statement(select_statement const&);
    select_statement(select_statement&&) noexcept;
    select_statement& operator=(select_statement const&);
    select_statement& operator=(select_statement&&) noexcept;
    ~select_statement();
};

/// ON CONFLICT (target) DO UPDATE SET column = excluded.column ...
struct conflict_clause {
    std::vector<std::string> target;    ///< column names; empty: any unique constraint (MySQL)
    std::vector<std::string> update;    ///< column names; empty: DO NOTHING
    std::vector<std::string> count_up;  ///< columns that the row which is there adds 1 to
};

struct insert_statement {
    table_name table;
    std::vector<std::string> columns;         ///< empty: DEFAULT VALUES
    std::vector<mapping::column_type> types;  ///< of columns, in order
    std::size_t rows = 1;                     ///< of VALUES
    bool from_arrays = false;              ///< PostgreSQL: one array parameter per column, unnest
                                           ///< WITH ORDINALITY, ORDER BY ordinality
    bool copied = false;                   ///< PostgreSQL: COPY ... FROM STDIN in its binary form
    bool overriding_system_value = false;  ///< a generated key is sent
    bool update_on_conflict = false;
    conflict_clause conflict;
    std::vector<std::string> returning;
};

struct assignment {
    std::string column;
    expression value;
};

struct update_statement {
    table_name table;
    std::vector<assignment> set;
    std::vector<expression> where;
    bool every_row = false;  ///< without where: must be true, else usage_error
    std::vector<std::string> returning;

    update_statement();
    update_statement(update_statement const&);
    update_statement(update_statement&&) noexcept;
    update_statement& operator=(update_statement const&);
    update_statement& operator=(update_statement&&) noexcept;
    ~update_statement();
};

struct delete_statement {
    table_name table;
    std::vector<expression> where;
    bool every_row = false;
    std::vector<std::string> returning;

    delete_statement();
    delete_statement(delete_statement const&);
    delete_statement(delete_statement&&) noexcept;
    delete_statement& operator=(delete_statement const&);
    delete_statement& operator=(delete_statement&&) noexcept;
    ~delete_statement();
};

/// A whole statement in the user's SQL, with one '?' per parameter; see expression::kind::raw.
struct raw_statement {
    std::string text;
    std::size_t parameters = 0;  ///< bound when it runs; another number of '?' is a usage_error
};

// What a typed query calls to become a tree: compiled once, in the library, and not in every file
// that has a query.
void append(std::vector<expression>& to, expression&& last);
void append(std::vector<selected>& to, expression&& last);
void append(std::vector<join>& to, mapping::table const& joined, expression&& on);
void append(std::vector<ordering>& to, expression&& by, bool descending);
void append(std::vector<assignment>& to, std::string_view column, expression&& value);

/// The text of a statement in a dialect. A tree that the dialect cannot say is unsupported_error,
/// and so are more parameters than it takes; an UPDATE or DELETE without where and without
/// every_row is usage_error, and so is a tree that no dialect could say.
/// Thread safety: pure functions.
std::string render(select_statement const& statement, dialect const& d);
/// With the number of each parameter, where several are one (parameters::share); other dialects
/// than SQLite's and PostgreSQL's have none, which is unsupported_error.
std::string render(select_statement const& statement, dialect const& d,
                   std::span<std::size_t const> numbers);
std::string render(insert_statement const& statement, dialect const& d);
std::string render(update_statement const& statement, dialect const& d);
std::string render(delete_statement const& statement, dialect const& d);
std::string render(raw_statement const& statement, dialect const& d);

}  // namespace roam::sql

// Compiled once too.
extern template class std::vector<roam::sql::expression>;
extern template class std::vector<roam::sql::selected>;
extern template class std::vector<roam::sql::join>;
extern template class std::vector<roam::sql::ordering>;
extern template class std::vector<roam::sql::assignment>;
