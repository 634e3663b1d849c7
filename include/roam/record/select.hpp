// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/clauses.hpp>
#include <roam/record/detail/projection.hpp>
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>
#include <roam/record/stream.hpp>
#include <roam/sql/function.hpp>

#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace roam {

namespace record_detail {

enum query_flag : unsigned { is_distinct = 1, has_limit = 2, has_offset = 4 };

}  // namespace record_detail

/// A SELECT: a value without a connection. Every clause returns a new query, so a query can be
/// kept, copied and run many times, anywhere.
///
///     roam::select<book>().where(col<&book::copies> < 3).order_by(col<&book::title>).all();
///
/// all(), one(), optional() and a plain range-for read the whole result first and hold no session
/// afterwards; stream() is the one that does.
/// From is the record whose table is selected from, P what the rows become, Clauses the list of
/// clauses so far. Its text follows from its type, unless a part of it is decided at run time.
/// Thread safety: a plain value; running one that is not being changed is safe from many threads.
template <class From, class P, class Clauses = record_detail::parts<>, unsigned Flags = 0>
class select_query {
public:
    using row_type = typename P::row_type;
    static constexpr std::size_t width = P::width;
    static constexpr bool is_static = P::is_static && record_detail::all_static<Clauses> &&
                                      !record_detail::groups_by_calculation<Clauses>;

    explicit select_query(P projection, Clauses clauses = {}, std::int64_t limit = 0,
                          std::int64_t offset = 0)
        : projection_(std::move(projection)),
          clauses_(std::move(clauses)),
          limit_(limit),
          offset_(offset) {}

    // ---- clauses

    /// Several calls are joined by AND.
    template <sql::predicate E>
    auto where(E condition) const {
        static_assert(!E::aggregate, "Roam: an aggregate belongs into having(), not into where()");
        return with(record_detail::where_clause<E>{std::move(condition)});
    }
    /// Several calls, and several terms in one, order by the first, then the second, ...
    template <class First, class... Rest>
    auto order_by(First const& first, Rest const&... rest) const {
        auto const by = sql::as_ordering(first);
        auto q = with(record_detail::order_clause<std::remove_const_t<decltype(by)>>{by});
        if constexpr (sizeof...(Rest) == 0) {
            return q;
        } else {
            return q.order_by(rest...);
        }
    }
    template <sql::typed_expression First, sql::typed_expression... Rest>
    auto group_by(First const& first, Rest const&... rest) const {
        auto q = with(record_detail::group_clause<First>{first});
        if constexpr (sizeof...(Rest) == 0) {
            return q;
        } else {
            return q.group_by(rest...);
        }
    }
    template <sql::predicate E>
    auto having(E condition) const {
        return with(record_detail::having_clause<E>{std::move(condition)});
    }
    /// INNER JOIN another record's table.
    template <record T, sql::predicate E>
    auto join(E condition) const {
        return with(record_detail::join_clause<T, E>{std::move(condition)});
    }
    auto distinct() const { return flagged<record_detail::is_distinct>(limit_, offset_); }
    auto limit(std::int64_t rows) const { return flagged<record_detail::has_limit>(rows, offset_); }
    auto offset(std::int64_t rows) const {
        return flagged<record_detail::has_offset>(limit_, rows);
    }

    /// The table to select from, where no column says it: select(count()).from<book>().
    template <record T>
    auto from() const {
        return select_query<T, P, Clauses, Flags>{projection_, clauses_, limit_, offset_};
    }
    /// The selected expressions go into the members of S, in order.
    template <class S>
    auto into() const {
        using to = typename record_detail::redirect<P, S>::type;
        return select_query<From, to, Clauses, Flags>{to{{projection_.all}}, clauses_, limit_,
                                                      offset_};
    }

    // ---- running it

    /// Every row.
    std::vector<row_type> all(target on = {}) const {
        sql::parameters bound;
        bind(bound);
        return record_detail::every_row<P>(routed(on), source(), bound.all());
    }
    /// The only row. Throws not_found_error without one, too_many_rows_error with several.
    row_type one(target on = {}) const {
        return std::move(*one_row(on, {.required = true, .at_most_one = "one()"}));
    }
    /// The only row, or nothing. Throws too_many_rows_error with several.
    std::optional<row_type> optional(target on = {}) const {
        return one_row(on, {.at_most_one = "optional()"});
    }
    /// The first row, or nothing; order_by() says which that is. Asks for one row only.
    std::optional<row_type> first(target on = {}) const {
        if constexpr ((Flags & record_detail::has_limit) == 0) {
            return limit(1).first(on);
        } else {
            return one_row(on, {.first = true});
        }
    }
    /// How many rows there are, without reading them.
    std::int64_t count(target on = {}) const
        requires(Flags == 0 && !record_detail::has_group_by<Clauses>)
    {
        using counting = record_detail::expressions<decltype(sql::count())>;
        auto clauses = record_detail::without_order(clauses_);
        return select_query<From, counting, decltype(clauses)>{
            counting{record_detail::make_parts(sql::count())}, std::move(clauses)}
            .one(on);
    }
    /// Whether there is a row, without reading it: SELECT EXISTS (...).
    bool exists(target on = {}) const
        requires(Flags == 0)
    {
        return select_query<From, record_detail::existence, Clauses>{{}, clauses_}.one(on);
    }
    row_stream<select_query> stream(target on = {}) const { return {*this, routed(on)}; }
    /// In a transaction only; see row_stream.
    row_stream<select_query, detail::interleaved_execution> stream(interleaved_tag,
                                                                   target on = {}) const {
        return {*this, routed(on)};
    }

    /// A plain range-for: reads everything first; the iterator holds the rows.
    record_detail::row_iterator<row_type> begin(target on = {}) const {
        return record_detail::row_iterator<row_type>{all(on)};
    }
    std::default_sentinel_t end() const { return {}; }

    // ---- what it is

    /// The text in a dialect, with placeholders.
    [[gnu::cold]] std::string sql(sql::dialect const& d) const {
        if constexpr (record_detail::groups_by_calculation<Clauses>) {
            sql::parameters bound;
            return render(tree(), d, bind_shared(bound));
        } else {
            return render(tree(), d);
        }
    }

    [[gnu::cold]] sql::select_statement tree() const {
        check();
        sql::select_statement s;
        s.distinct = (Flags & record_detail::is_distinct) != 0;
        s.limit = (Flags & record_detail::has_limit) != 0;
        s.offset = (Flags & record_detail::has_offset) != 0;
        s.exists_only = std::is_same_v<P, record_detail::existence>;
        s.columns = projection_.list();
        s.from = sql::name_of(table_of<From>());
        clauses_.each([&](auto const& clause) { clause.write(s); });
        record_detail::finish(s);
        return s;
    }
    void bind(sql::parameters& b) const {
        if constexpr (record_detail::groups_by_calculation<Clauses>) {
            bind_shared(b);
        } else {
            projection_.bind(b);
            record_detail::bind_clauses<place::join, place::order_by>(clauses_, b);
            bind_page(b);
        }
    }
    static void load(mapping::cell const* row, row_type& to) { P::load(row, to); }

    detail::statement_source source() const {
        return {.slot = is_static ? &record_detail::slot_of<select_query> : nullptr,
                .make =
                    [](void const* self, sql::dialect const& d) {
                        return static_cast<select_query const*>(self)->sql(d);
                    },
                .context = this,
                .table = &table_of<From>()};
    }

private:
    using place = record_detail::clause_place;

    static decltype(auto) routed(target const& on) {
        check();
        using namespace record_detail;
        return on_route<From, description_of<From>, intent::read>(on);
    }

    void bind_page(sql::parameters& b) const {
        if constexpr ((Flags & record_detail::has_limit) != 0)
            b.bind(limit_);
        if constexpr ((Flags & record_detail::has_offset) != 0)
            b.bind(offset_);
    }
    /// The select list and what stands from GROUP BY on share their parameters.
    std::vector<std::size_t> bind_shared(sql::parameters& b) const {
        projection_.bind(b);
        std::size_t const selected = b.size();
        record_detail::bind_clauses<place::join, place::where>(clauses_, b);
        std::size_t const first = b.size();
        record_detail::bind_clauses<place::group_by, place::order_by>(clauses_, b);
        auto numbers = b.share(selected, first);
        std::size_t const shared = b.size();
        bind_page(b);
        for (std::size_t i = shared; i < b.size();)
            numbers.push_back(++i);
        return numbers;
    }
    static constexpr void check() {
        static_assert(!std::is_void_v<From>,
                      "Roam: no column says which table; add .from<record>()");
        static_assert(record_detail::grouping<P>::template complete<Clauses>,
                      "Roam: beside an aggregate every selected column must be in group_by()");
        static_assert(record_detail::joins_one_database<From, Clauses>,
                      "Roam: the joined records belong to another database(...), and no statement "
                      "reads from two");
    }

    template <class C>
    auto with(C clause) const {
        auto clauses = clauses_.with(std::move(clause));
        return select_query<From, P, decltype(clauses), Flags>{projection_, std::move(clauses),
                                                               limit_, offset_};
    }
    template <unsigned Flag>
    auto flagged(std::int64_t limit, std::int64_t offset) const {
        return select_query<From, P, Clauses, Flags | Flag>{projection_, clauses_, limit, offset};
    }

    std::optional<row_type> one_row(target const& on, record_detail::wanted_rows wanted) const {
        sql::parameters bound;
        bind(bound);
        return record_detail::one_row<P>(routed(on), source(), bound.all(), wanted);
    }

    P projection_;
    Clauses clauses_;
    std::int64_t limit_ = 0;
    std::int64_t offset_ = 0;
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
    return select_query<typename all::from, all>{
        all{record_detail::make_parts(std::move(expression)...)}};
}

}  // namespace roam
