// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/projection.hpp>
#include <roam/record/detail/verb.hpp>
#include <roam/record/stream.hpp>
#include <roam/sql/function.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace roam {

namespace record_detail {

/// A joined table and its condition.
template <class T, class On>
struct joined {
    using table = T;
    static constexpr bool is_static = On::is_static;
    sql::join_kind kind;
    On on;
};

template <class... Parts>
struct parts {
    static constexpr std::size_t size = sizeof...(Parts);
    static constexpr bool is_static = (Parts::is_static && ...);
    std::tuple<Parts...> all;

    template <class P>
    parts<Parts..., P> with(P part) const {
        return {std::tuple_cat(all, std::tuple<P>{std::move(part)})};
    }
    template <class F>
    void each(F f) const {
        std::apply([&](auto const&... p) { (f(p), ...); }, all);
    }
};

enum query_flag : unsigned { is_distinct = 1, has_limit = 2, has_offset = 4 };

}  // namespace record_detail

/// A SELECT: a value without a connection. Every clause returns a new query, so a query can be
/// kept, copied and run many times, anywhere.
///
///     roam::select<book>().where(col<&book::copies> < 3).order_by(col<&book::title>).all();
///
/// all(), one(), optional() and a plain range-for read the whole result first and hold no session
/// afterwards; stream() is the one that does.
/// Thread safety: a plain value; running one that is not being changed is safe from many threads
/// (a range-for keeps its rows inside the query and is not).
template <class From, class P, class Joins = record_detail::parts<>,
          class Where = record_detail::parts<>, class Group = record_detail::parts<>,
          class Having = record_detail::parts<>, class Order = record_detail::parts<>,
          unsigned Flags = 0>
class select_query {
public:
    using row_type = typename P::row_type;
    static constexpr std::size_t width = P::width;

    explicit select_query(P projection) : projection_(std::move(projection)) {}
    select_query(P projection, Joins joins, Where where, Group group, Having having, Order order,
                 std::int64_t limit, std::int64_t offset)
        : projection_(std::move(projection)),
          joins_(std::move(joins)),
          where_(std::move(where)),
          group_(std::move(group)),
          having_(std::move(having)),
          order_(std::move(order)),
          limit_(limit),
          offset_(offset) {}

    // ---- clauses

    /// Several calls are joined by AND.
    template <sql::predicate E>
    auto where(E condition) const {
        static_assert(!E::aggregate, "Roam: an aggregate belongs into having(), not into where()");
        return replace<Joins, decltype(where_.with(condition)), Group, Having, Order, Flags>(
            joins_, where_.with(std::move(condition)), group_, having_, order_);
    }
    template <class... E>
    auto order_by(E const&... by) const {
        auto order = order_;
        return order_with(order, sql::as_ordering(by)...);
    }
    template <sql::typed_expression... E>
    auto group_by(E const&... by) const {
        using all = record_detail::parts<E...>;
        return replace<Joins, Where, all, Having, Order, Flags>(joins_, where_, all{{by...}},
                                                                having_, order_);
    }
    template <sql::predicate E>
    auto having(E condition) const {
        return replace<Joins, Where, Group, decltype(having_.with(condition)), Order, Flags>(
            joins_, where_, group_, having_.with(std::move(condition)), order_);
    }
    /// INNER JOIN another record's table.
    template <record T, sql::predicate E>
    auto join(E condition) const {
        return join_with<T>(sql::join_kind::inner, std::move(condition));
    }
    auto distinct() const {
        return replace<Joins, Where, Group, Having, Order, Flags | record_detail::is_distinct>(
            joins_, where_, group_, having_, order_);
    }
    auto limit(std::int64_t rows) const {
        auto q = replace<Joins, Where, Group, Having, Order, Flags | record_detail::has_limit>(
            joins_, where_, group_, having_, order_);
        q.limit_ = rows;
        return q;
    }
    auto offset(std::int64_t rows) const {
        auto q = replace<Joins, Where, Group, Having, Order, Flags | record_detail::has_offset>(
            joins_, where_, group_, having_, order_);
        q.offset_ = rows;
        return q;
    }
    /// The table to select from, where no column says it: select(count()).from<book>().
    template <record T>
    auto from() const {
        return select_query<T, P, Joins, Where, Group, Having, Order, Flags>{
            projection_, joins_, where_, group_, having_, order_, limit_, offset_};
    }
    /// The selected expressions go into the members of S, in order.
    template <class S>
    auto into() const {
        using to = typename record_detail::redirect<P, S>::type;
        return select_query<From, to, Joins, Where, Group, Having, Order, Flags>{
            to{{projection_.all}}, joins_, where_, group_, having_, order_, limit_, offset_};
    }

    // ---- running it

    /// Every row.
    std::vector<row_type> all(target on = {}) const {
        std::vector<row_type> rows;
        each([&](mapping::cell const* row) { P::load(row, rows.emplace_back()); return true; }, on);
        return rows;
    }
    /// The only row. Throws not_found_error without one, too_many_rows_error with several.
    row_type one(target on = {}) const {
        auto row = only("one()", on);
        if (!row) record_detail::throw_not_found(table_of<From>());
        return std::move(*row);
    }
    /// The only row, or nothing. Throws too_many_rows_error with several.
    std::optional<row_type> optional(target on = {}) const { return only("optional()", on); }
    /// The first row, or nothing; order_by() says which that is.
    std::optional<row_type> first(target on = {}) const {
        std::optional<row_type> found;
        each([&](mapping::cell const* row) { P::load(row, found.emplace()); return false; }, on);
        return found;
    }
    /// How many rows there are, without reading them.
    std::int64_t count(target on = {}) const
        requires(Group::size == 0 && Flags == 0)
    {
        using counting = record_detail::expressions<decltype(roam::count())>;
        return select_query<From, counting, Joins, Where>{
            counting{{roam::count()}}, joins_, where_, {}, {}, {}, 0, 0}
            .one(on);
    }
    bool exists(target on = {}) const {
        bool found = false;
        each([&](mapping::cell const*) { return !(found = true); }, on);
        return found;
    }
    row_stream<select_query> stream(target on = {}) const { return {*this, on}; }

    /// A plain range-for: reads everything first.
    auto begin() {
        rows_ = all();
        return rows_.begin();
    }
    auto end() { return rows_.end(); }

    // ---- what it is

    /// The text in a dialect, with placeholders.
    std::string sql(sql::dialect const& d) const { return render(tree(), d); }
    sql::select_statement tree() const;
    void bind(sql::parameters& b) const;
    static void load(mapping::cell const* row, row_type& to) { P::load(row, to); }
    detail::statement_source source() const;

    static constexpr bool is_static = P::is_static && Joins::is_static && Where::is_static &&
                                      Group::is_static && Having::is_static && Order::is_static;

private:
    template <class F, class Q, class J, class W, class G, class H, class O, unsigned Fl>
    friend class select_query;

    static constexpr void check() {
        static_assert(!std::is_void_v<From>,
                      "Roam: no column says which table; add .from<record>()");
        static_assert(grouping_is_complete(),
                      "Roam: beside an aggregate every selected column must be in group_by()");
    }
    static constexpr bool grouping_is_complete() {
        return []<class... G>(record_detail::parts<G...> const*) {
            return record_detail::grouping<P, G...>::complete;
        }(static_cast<Group const*>(nullptr));
    }

    template <class J, class W, class G, class H, class O, unsigned Fl>
    auto replace(J joins, W where, G group, H having, O order) const {
        return select_query<From, P, J, W, G, H, O, Fl>{
            projection_,       std::move(joins), std::move(where), std::move(group),
            std::move(having), std::move(order), limit_,           offset_};
    }
    template <class... O>
    auto order_with(Order const& order, O... by) const {
        auto all = std::tuple_cat(order.all, std::tuple<O...>{std::move(by)...});
        return with_order(std::move(all));
    }
    template <class... O>
    auto with_order(std::tuple<O...> all) const {
        using order = record_detail::parts<O...>;
        return replace<Joins, Where, Group, Having, order, Flags>(joins_, where_, group_, having_,
                                                                  order{std::move(all)});
    }
    template <record T, class E>
    auto join_with(sql::join_kind kind, E condition) const {
        record_detail::joined<T, E> part{kind, std::move(condition)};
        return replace<decltype(joins_.with(part)), Where, Group, Having, Order, Flags>(
            joins_.with(part), where_, group_, having_, order_);
    }

    template <class F>
    void each(F take, target const& on) const {
        check();
        sql::parameters bound;
        bind(bound);
        detail::execution run{on, source(), bound.all()};
        mapping::cell row[width];
        while (run.fetch(row) && take(row)) {
        }
    }
    std::optional<row_type> only(char const* asked, target const& on) const {
        std::optional<row_type> found;
        each(
            [&](mapping::cell const* row) {
                if (found) record_detail::throw_too_many(asked);
                P::load(row, found.emplace());
                return true;
            },
            on);
        return found;
    }

    P projection_;
    Joins joins_;
    Where where_;
    Group group_;
    Having having_;
    Order order_;
    std::int64_t limit_ = 0;
    std::int64_t offset_ = 0;
    std::vector<row_type> rows_;  ///< of a range-for
};

/// Whole records.
template <record T, class D = mapping::description_of<T>>
auto select() {
    using all = record_detail::whole_record<T, D>;
    return select_query<T, all>{all{}};
}

/// Columns and expressions: select(col<&book::title>, col<&book::copies> * 2).
template <sql::typed_expression... E>
    requires(sizeof...(E) > 0)
auto select(E... expression) {
    using all = record_detail::expressions<E...>;
    return select_query<typename all::from, all>{all{{std::move(expression)...}}};
}

template <class F, class P, class J, class W, class G, class H, class O, unsigned Fl>
sql::select_statement select_query<F, P, J, W, G, H, O, Fl>::tree() const {
    check();
    sql::select_statement s;
    s.distinct = (Fl & record_detail::is_distinct) != 0;
    s.limit = (Fl & record_detail::has_limit) != 0;
    s.offset = (Fl & record_detail::has_offset) != 0;
    s.columns = projection_.list();
    s.from = record_detail::name_of(table_of<F>());
    joins_.each([&]<class T, class E>(record_detail::joined<T, E> const& j) {
        s.joins.push_back({j.kind, record_detail::name_of(table_of<T>()), j.on.tree()});
    });
    where_.each([&](auto const& e) { s.where.push_back(e.tree()); });
    group_.each([&](auto const& e) { s.group_by.push_back(e.tree()); });
    having_.each([&](auto const& e) { s.having.push_back(e.tree()); });
    order_.each([&](auto const& e) { s.order_by.push_back(e.tree()); });
    record_detail::finish(s);
    return s;
}

template <class F, class P, class J, class W, class G, class H, class O, unsigned Fl>
void select_query<F, P, J, W, G, H, O, Fl>::bind(sql::parameters& b) const {
    projection_.bind(b);
    joins_.each([&](auto const& j) { j.on.bind(b); });
    where_.each([&](auto const& e) { e.bind(b); });
    group_.each([&](auto const& e) { e.bind(b); });
    having_.each([&](auto const& e) { e.bind(b); });
    order_.each([&](auto const& e) { e.bind(b); });
    if constexpr ((Fl & record_detail::has_limit) != 0) b.bind(limit_);
    if constexpr ((Fl & record_detail::has_offset) != 0) b.bind(offset_);
}

template <class F, class P, class J, class W, class G, class H, class O, unsigned Fl>
detail::statement_source select_query<F, P, J, W, G, H, O, Fl>::source() const {
    return {.slot = is_static ? &record_detail::slot_of<select_query> : nullptr,
            .make =
                [](void const* self, sql::dialect const& d) {
                    return static_cast<select_query const*>(self)->sql(d);
                },
            .context = this,
            .table = &table_of<F>()};
}

}  // namespace roam
