// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/verb.hpp>
#include <roam/sql/column.hpp>

#include <string>
#include <tuple>
#include <utility>

// UPDATE and DELETE of many rows at once. Both want a where(), or every_row() said out loud.

namespace roam {

/// update<book>().set(col<&book::copies> = 0).where(col<&book::copies> < 0).run();
/// Thread safety: a plain value.
template <record T, class Sets = std::tuple<>, class Where = std::tuple<>>
class update_query {
public:
    update_query() = default;
    update_query(Sets sets, Where where, bool every) : sets_(std::move(sets)), where_(std::move(where)), every_(every) {}

    template <class... S>
    auto set(S... assignment) const {
        auto all = std::tuple_cat(sets_, std::tuple<S...>{std::move(assignment)...});
        return update_query<T, decltype(all), Where>{std::move(all), where_, every_};
    }
    /// Several calls are joined by AND.
    template <sql::predicate E>
    auto where(E condition) const {
        auto all = std::tuple_cat(where_, std::tuple<E>{std::move(condition)});
        return update_query<T, Sets, decltype(all)>{sets_, std::move(all), every_};
    }
    /// Means it: no where() is needed.
    update_query every_row() const { return {sets_, where_, true}; }

    /// How many rows matched. Without where() and every_row(): usage_error, nothing is changed.
    std::int64_t run(target on = {}) const {
        sql::parameters bound;
        std::apply([&](auto const&... s) { (s.bind(bound), ...); }, sets_);
        std::apply([&](auto const&... w) { (w.bind(bound), ...); }, where_);
        detail::execution work{on, source(), bound.all()};
        return work.affected();
    }
    std::string sql(sql::dialect const& d) const {
        static_assert(std::tuple_size_v<Sets> != 0, "Roam: update<>() needs a set()");
        sql::update_statement s;
        s.table = record_detail::name_of(table_of<T>());
        s.every_row = every_;
        std::apply([&](auto const&... a) { (s.set.push_back(a.tree()), ...); }, sets_);
        std::apply([&](auto const&... w) { (s.where.push_back(w.tree()), ...); }, where_);
        for (auto& a : s.set) record_detail::unqualify(a.value);
        for (auto& w : s.where) record_detail::unqualify(w);
        return render(s, d);
    }

private:
    detail::statement_source source() const {
        return {.make = [](void const* self, sql::dialect const& d) {
                    return static_cast<update_query const*>(self)->sql(d);
                },
                .context = this,
                .table = &table_of<T>()};
    }

    Sets sets_;
    Where where_;
    bool every_ = false;
};

/// remove<book>().where(col<&book::copies> == 0).run();
/// Thread safety: a plain value.
template <record T, class Where = std::tuple<>>
class remove_query {
public:
    remove_query() = default;
    remove_query(Where where, bool every) : where_(std::move(where)), every_(every) {}

    template <sql::predicate E>
    auto where(E condition) const {
        auto all = std::tuple_cat(where_, std::tuple<E>{std::move(condition)});
        return remove_query<T, decltype(all)>{std::move(all), every_};
    }
    remove_query every_row() const { return {where_, true}; }

    /// How many rows were removed. Without where() and every_row(): usage_error.
    std::int64_t run(target on = {}) const {
        sql::parameters bound;
        std::apply([&](auto const&... w) { (w.bind(bound), ...); }, where_);
        detail::execution work{on, source(), bound.all()};
        return work.affected();
    }
    std::string sql(sql::dialect const& d) const {
        sql::delete_statement s;
        s.table = record_detail::name_of(table_of<T>());
        s.every_row = every_;
        std::apply([&](auto const&... w) { (s.where.push_back(w.tree()), ...); }, where_);
        for (auto& w : s.where) record_detail::unqualify(w);
        return render(s, d);
    }

private:
    detail::statement_source source() const {
        return {.make = [](void const* self, sql::dialect const& d) {
                    return static_cast<remove_query const*>(self)->sql(d);
                },
                .context = this,
                .table = &table_of<T>()};
    }

    Where where_;
    bool every_ = false;
};

template <record T>
update_query<T> update() {
    return {};
}

template <record T>
remove_query<T> remove() {
    return {};
}

}  // namespace roam
