// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/clauses.hpp>
#include <roam/record/detail/verb.hpp>
#include <roam/sql/column.hpp>

#include <string>
#include <utility>

// UPDATE and DELETE of many rows at once. Both want a where(), or every_row() said out loud.

namespace roam {

namespace record_detail {

/// Throws usage_error: a statement over every row must say so.
[[noreturn]] void throw_every_row(mapping::table const& t, char const* verb);

}  // namespace record_detail

/// update<book>().set(col<&book::copies> = 0).where(col<&book::copies> < 0).run();
/// Thread safety: a plain value.
template <record T, class Sets = record_detail::parts<>, class Where = record_detail::parts<>>
class update_query {
public:
    update_query() = default;
    update_query(Sets sets, Where where, bool every)
        : sets_(std::move(sets)),
          where_(std::move(where)),
          every_(every) {}

    template <class... S>
    auto set(S... assignment) const {
        return with_sets(sets_, std::move(assignment)...);
    }
    /// Several calls are joined by AND.
    template <sql::predicate E>
    auto where(E condition) const {
        auto all = where_.with(std::move(condition));
        return update_query<T, Sets, decltype(all)>{sets_, std::move(all), every_};
    }
    /// Means it: no where() is needed.
    update_query every_row() const { return {sets_, where_, true}; }

    /// How many rows matched. Without where() and every_row(): usage_error, nothing is changed.
    std::int64_t run(target on = {}) const {
        if (Where::size == 0 && !every_) {
            record_detail::throw_every_row(table_of<T>(), "update");
        }
        sql::parameters bound;
        sets_.each([&](auto const& s) { s.bind(bound); });
        where_.each([&](auto const& w) { w.bind(bound); });
        using namespace record_detail;
        detail::execution work{on_route<T, mapping::description_of<T>, intent::write>(on), source(),
                               bound.all()};
        return work.affected();
    }
    [[gnu::cold]] std::string sql(sql::dialect const& d) const {
        static_assert(Sets::size != 0, "Roam: update<>() needs a set()");
        sql::update_statement s;
        s.table = sql::name_of(table_of<T>());
        s.every_row = every_;
        sets_.each([&](auto const& a) { a.write(s.set); });
        where_.each([&](auto const& w) { append(s.where, w.tree()); });
        for (auto& a : s.set)
            record_detail::unqualify(a.value);
        for (auto& w : s.where)
            record_detail::unqualify(w);
        return render(s, d);
    }

private:
    template <class Now, class First, class... Rest>
    auto with_sets(Now const& now, First first, Rest... rest) const {
        auto sets = now.with(std::move(first));
        if constexpr (sizeof...(Rest) == 0) {
            return update_query<T, decltype(sets), Where>{std::move(sets), where_, every_};
        } else {
            return with_sets(sets, std::move(rest)...);
        }
    }

    static constexpr bool is_static =
        record_detail::all_static<Sets> && record_detail::all_static<Where>;

    detail::statement_source source() const {
        return {.slot = is_static ? &record_detail::slot_of<update_query> : nullptr,
                .make =
                    [](void const* self, sql::dialect const& d) {
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
template <record T, class Where = record_detail::parts<>>
class remove_query {
public:
    remove_query() = default;
    remove_query(Where where, bool every) : where_(std::move(where)), every_(every) {}

    template <sql::predicate E>
    auto where(E condition) const {
        auto all = where_.with(std::move(condition));
        return remove_query<T, decltype(all)>{std::move(all), every_};
    }
    remove_query every_row() const { return {where_, true}; }

    /// How many rows were removed. Without where() and every_row(): usage_error.
    std::int64_t run(target on = {}) const {
        if (Where::size == 0 && !every_) {
            record_detail::throw_every_row(table_of<T>(), "remove");
        }
        sql::parameters bound;
        where_.each([&](auto const& w) { w.bind(bound); });
        using namespace record_detail;
        detail::execution work{on_route<T, mapping::description_of<T>, intent::write>(on), source(),
                               bound.all()};
        return work.affected();
    }
    [[gnu::cold]] std::string sql(sql::dialect const& d) const {
        sql::delete_statement s;
        s.table = sql::name_of(table_of<T>());
        s.every_row = every_;
        where_.each([&](auto const& w) { append(s.where, w.tree()); });
        for (auto& w : s.where)
            record_detail::unqualify(w);
        return render(s, d);
    }

private:
    static constexpr bool is_static = record_detail::all_static<Where>;

    detail::statement_source source() const {
        return {.slot = is_static ? &record_detail::slot_of<remove_query> : nullptr,
                .make =
                    [](void const* self, sql::dialect const& d) {
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
