// SPDX-License-Identifier: MIT
#include <roam/mapping/table.hpp>
#include <roam/sql/statement.hpp>

#include <utility>

template class std::vector<roam::sql::expression>;
template class std::vector<roam::sql::selected>;
template class std::vector<roam::sql::join>;
template class std::vector<roam::sql::ordering>;
template class std::vector<roam::sql::assignment>;

namespace roam::sql {

expression::expression() = default;
expression::expression(expression const&) = default;
expression::expression(expression&&) noexcept = default;
expression& expression::operator=(expression const&) = default;
expression& expression::operator=(expression&&) noexcept = default;
expression::~expression() = default;

select_statement::select_statement() = default;
select_statement::select_statement(select_statement const&) = default;
select_statement::select_statement(select_statement&&) noexcept = default;
select_statement& select_statement::operator=(select_statement const&) = default;
select_statement& select_statement::operator=(select_statement&&) noexcept = default;
select_statement::~select_statement() = default;

update_statement::update_statement() = default;
update_statement::update_statement(update_statement const&) = default;
update_statement::update_statement(update_statement&&) noexcept = default;
update_statement& update_statement::operator=(update_statement const&) = default;
update_statement& update_statement::operator=(update_statement&&) noexcept = default;
update_statement::~update_statement() = default;

delete_statement::delete_statement() = default;
delete_statement::delete_statement(delete_statement const&) = default;
delete_statement::delete_statement(delete_statement&&) noexcept = default;
delete_statement& delete_statement::operator=(delete_statement const&) = default;
delete_statement& delete_statement::operator=(delete_statement&&) noexcept = default;
delete_statement::~delete_statement() = default;

expression expression::column(std::string_view name, std::string_view qualifier) {
    expression e;
    e.what = kind::column;
    e.text = name;
    e.qualifier = qualifier;
    return e;
}

expression expression::column(mapping::table const& of, std::size_t index) {
    expression e = column(of.columns[index].name, of.name);
    e.is_long = of.is_long_text(static_cast<std::uint16_t>(index));
    return e;
}

expression expression::parameter(mapping::type_kind type) {
    expression e;
    e.what = kind::parameter;
    e.type = type;
    return e;
}

expression expression::literal(std::string_view sql) {
    expression e;
    e.what = kind::literal;
    e.text = sql;
    return e;
}

expression expression::apply(operation op) {
    expression e;
    e.what = kind::apply;
    e.op = op;
    return e;
}

expression expression::apply(operation op, std::vector<expression> operands) {
    expression e = apply(op);
    e.children = std::move(operands);
    return e;
}

expression expression::function(std::string_view name, std::vector<expression> arguments) {
    expression e;
    e.what = kind::function;
    e.text = name;
    e.children = std::move(arguments);
    return e;
}

void append(std::vector<expression>& to, expression&& last) { to.push_back(std::move(last)); }

void append(std::vector<selected>& to, expression&& last) { to.push_back({std::move(last), {}}); }

table_name name_of(mapping::table const& t) {
    return {std::string{t.schema}, std::string{t.name}, {}};
}

void append(std::vector<join>& to, mapping::table const& joined, expression&& on) {
    to.push_back({join_kind::inner, name_of(joined), std::move(on)});
}

void append(std::vector<ordering>& to, expression&& by, bool descending) {
    to.push_back({std::move(by), descending});
}

void append(std::vector<assignment>& to, std::string_view column, expression&& value) {
    to.push_back({std::string{column}, std::move(value)});
}

}  // namespace roam::sql
