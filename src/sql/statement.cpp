// SPDX-License-Identifier: MIT
#include <roam/sql/statement.hpp>

#include <utility>

namespace roam::sql {

expression expression::column(std::string_view name, std::string_view qualifier) {
    expression e;
    e.what = kind::column;
    e.text = name;
    e.qualifier = qualifier;
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

expression expression::apply(operation op, std::vector<expression> operands) {
    expression e;
    e.what = kind::apply;
    e.op = op;
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

}  // namespace roam::sql
