// SPDX-License-Identifier: MIT
#include <roam/sql/expression.hpp>

namespace roam::sql {

void condition::own(parameters const& bound) {
    auto memory = std::make_shared<mapping::scratch>();
    for (auto const& c : bound.all())
        cells_.push_back(memory->keep(c));
    memory_.push_back(std::move(memory));
}

condition condition::join(condition a, condition b, operation op) {
    if (a.empty_)
        return b;
    if (b.empty_)
        return a;
    a.tree_ = expression::apply(op, {std::move(a.tree_), std::move(b.tree_)});
    a.cells_.insert(a.cells_.end(), b.cells_.begin(), b.cells_.end());
    a.memory_.insert(a.memory_.end(), b.memory_.begin(), b.memory_.end());
    return a;
}

}  // namespace roam::sql
