// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/dialect.hpp>
#include <roam/sql/statement.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::sql::detail {

/// Writes one statement. Counts the parameters over all its parts, so that a subquery goes on
/// where the statement around it stood.
class text_writer {
public:
    explicit text_writer(dialect const& d, std::span<std::size_t const> numbers = {})
        : dialect_(d),
          numbers_(numbers) {}

    /// Whether something beside a parameter tells PostgreSQL and Firebird its type. A lone one is
    /// cast. Firebird also limits a text to the length of what it is compared with, and so it is
    /// cast there too unless a column takes it.
    enum class typing : std::uint8_t { inferred, none, assigned };

    void text(std::string_view sql) { out_.append(sql); }
    void identifier(std::string_view name) { append_identifier(out_, name, dialect_); }
    void identifiers(std::vector<std::string> const& names);
    void placeholder();
    void table(table_name const& name);
    void select(select_statement const& statement);
    void expression(sql::expression const& e, typing how = typing::inferred);

    /// " WHERE a AND b", or " HAVING ...", or nothing.
    void conditions(std::string_view keyword, std::vector<sql::expression> const& all);

    void raw(std::string_view sql, std::vector<sql::expression> const& parameters);

    dialect const& target() const { return dialect_; }

    /// The text; too many parameters for the dialect are an unsupported_error.
    std::string finish() &&;

private:
    void operand(sql::expression const& e, int weakest, typing how = typing::inferred);
    void apply(sql::expression const& e);
    void chain(sql::expression const& e, std::string_view joint);
    void arithmetic(sql::expression const& e, std::string_view joint, int weakest);
    void comparison(sql::expression const& e, std::string_view joint);
    void concatenate(sql::expression const& e);
    void membership(sql::expression const& e, bool is_in);
    void between(sql::expression const& e);
    void function(sql::expression const& e);
    void subquery(sql::expression const& e);
    void column(sql::expression const& e);
    void parameter(mapping::type_kind type, typing how);
    typing typing_of(std::span<sql::expression const> group) const;
    typing typing_of_operands(std::span<sql::expression const> group) const;
    void constant(bool value);
    void order(select_statement const& statement);
    void page(select_statement const& statement);

    /// What rows are grouped or ordered by.
    void sort_key(sql::expression const& e, select_statement const& statement);

    // What Firebird wants otherwise, in render_firebird.cpp.
    bool on_firebird() const { return dialect_.family == dialect_family::firebird; }
    void firebird_page(select_statement const& statement);
    void firebird_parameter(mapping::type_kind type, typing how);
    void firebird_short_text(sql::expression const& column);
    void firebird_sort_key(sql::expression const& e, select_statement const& statement);
    bool firebird_ordinal(sql::expression const& e, select_statement const& statement);
    typing firebird_typing_of(std::span<sql::expression const> group) const;

    std::size_t number_of(std::size_t parameter) const {
        return parameter <= numbers_.size() ? numbers_[parameter - 1] : parameter;
    }

    dialect const& dialect_;
    std::string out_;
    std::size_t parameters_ = 0;
    std::span<std::size_t const>
        numbers_;  ///< of parameters that share theirs; empty: they count up

    /// Of the SELECT under way.
    struct firebird_state {
        std::size_t first_selected = 0;  ///< how many parameters stand before its columns
        bool sorting = false;            ///< its long texts are compared, so they are VARCHARs
    } firebird_;
};

/// INSERT with update_on_conflict, as Firebird has it.
void firebird_merge(text_writer& out, insert_statement const& statement);

}  // namespace roam::sql::detail
