// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/projection.hpp>
#include <roam/record/detail/rows.hpp>
#include <roam/record/detail/verb.hpp>
#include <roam/record/stream.hpp>
#include <roam/sql/parameters.hpp>

#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace roam {

namespace record_detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... E>
inline constexpr bool is_tuple<std::tuple<E...>> = true;

/// The text of raw SQL in a dialect: each '?' becomes the placeholder of the next parameter.
std::string raw_text(std::string const& sql, std::size_t parameters, sql::dialect const& d);

/// For each column of the record, the result column of the same name; mapping_error when one is
/// missing or named twice.
std::vector<std::size_t> match_columns(mapping::table const& t, detail::execution const& run);
[[noreturn]] void throw_width(std::size_t expected, std::size_t found);

}  // namespace record_detail

/// SQL in the program's own words, values always bound: a '?' for each, "??" for a plain one.
///
///     auto old = roam::raw<book>("SELECT * FROM books WHERE copies < ?", 3).all();
///     roam::raw("DELETE FROM books WHERE copies = ?", 0).run();
///
/// Rows become records (columns matched by name), tuples or one value (by position). Marks the
/// session touched, so that it is reset before its next owner, unless reads_only() is said.
/// Ownership: holds copies of its values. Thread safety: a plain value.
template <class Row, class... Values>
class raw_query {
public:
    using row_type = Row;

    explicit raw_query(std::string sql, Values... values)
        : sql_(std::move(sql)),
          values_(std::move(values)...) {}

    /// A promise that the statement changes no session state: no SET, no temporary table.
    raw_query reads_only() const {
        raw_query q = *this;
        q.touches_ = false;
        return q;
    }

    std::vector<Row> all(target on = {}) const {
        std::vector<Row> rows;
        each(
            [&](auto const& load) {
                load(rows.emplace_back());
                return true;
            },
            on);
        return rows;
    }
    Row one(target on = {}) const { return std::move(*only("one()", on, true)); }
    std::optional<Row> optional(target on = {}) const { return only("optional()", on); }

    record_detail::row_iterator<Row> begin(target on = {}) const {
        return record_detail::row_iterator<Row>{all(on)};
    }
    std::default_sentinel_t end() const { return {}; }

    [[gnu::cold]] std::string sql(sql::dialect const& d) const {
        return record_detail::raw_text(sql_, sizeof...(Values), d);
    }

private:
    template <class Take>
    void each(Take take, target const& on, bool required = false) const {
        sql::parameters bound;
        std::apply([&](auto const&... v) { (bound.bind(v), ...); }, values_);
        detail::execution run{on, source(), bound.all()};
        record_detail::explained(run, [&] {
            if (read(run, take) == 0 && required)
                record_detail::throw_no_row();
        });
    }
    /// How many rows there were.
    template <class Take>
    static std::size_t read(detail::execution& run, Take& take) {
        std::size_t rows = 0;
        std::vector<mapping::cell> row(run.column_count());
        if constexpr (record<Row> && !record_detail::is_tuple<Row>) {
            auto const from = record_detail::match_columns(table_of<Row>(), run);
            std::vector<mapping::cell> ordered(from.size());
            for (; run.fetch(row.data()); ++rows) {
                for (std::size_t i = 0; i < from.size(); ++i)
                    ordered[i] = row[from[i]];
                auto const load = [&](Row& to) {
                    mapping::load_columns<mapping::column_set::all, Row>(ordered.data(), to);
                };
                if (!take(load))
                    return rows + 1;
            }
        } else {
            std::size_t expected = 1;
            if constexpr (record_detail::is_tuple<Row>)
                expected = std::tuple_size_v<Row>;
            if (row.size() != expected)
                record_detail::throw_width(expected, row.size());
            for (; run.fetch(row.data()); ++rows) {
                auto const load = [&](Row& to) { load_by_position(row.data(), to); };
                if (!take(load))
                    return rows + 1;
            }
        }
        return rows;
    }
    static void load_by_position(mapping::cell const* row, Row& to) {
        if constexpr (record_detail::is_tuple<Row>) {
            std::apply(
                [&](auto&... part) {
                    std::size_t i = 0;
                    ((record_detail::load_result(row[i], part, i), ++i), ...);
                },
                to);
        } else {
            record_detail::load_result(*row, to, 0);
        }
    }
    std::optional<Row> only(char const* asked, target const& on, bool required = false) const {
        std::optional<Row> found;
        each(
            [&](auto const& load) {
                if (found)
                    record_detail::throw_too_many(asked);
                load(found.emplace());
                return true;
            },
            on, required);
        return found;
    }
    detail::statement_source source() const {
        return {.make =
                    [](void const* self, sql::dialect const& d) {
                        return static_cast<raw_query const*>(self)->sql(d);
                    },
                .context = this,
                .touches = touches_};
    }

    std::string sql_;
    std::tuple<Values...> values_;
    bool touches_ = true;
};

/// A raw statement without rows. Thread safety: a plain value.
template <class... Values>
class raw_command {
public:
    explicit raw_command(std::string sql, Values... values)
        : sql_(std::move(sql)),
          values_(std::move(values)...) {}

    /// Runs it and answers how many rows it matched.
    std::int64_t run(target on = {}) const {
        sql::parameters bound;
        std::apply([&](auto const&... v) { (bound.bind(v), ...); }, values_);
        detail::statement_source const source{
            .make =
                [](void const* self, sql::dialect const& d) {
                    auto const& me = *static_cast<raw_command const*>(self);
                    return record_detail::raw_text(me.sql_, sizeof...(Values), d);
                },
            .context = this,
            .touches = true};
        detail::execution work{on, source, bound.all()};
        return work.affected();
    }

private:
    std::string sql_;
    std::tuple<Values...> values_;
};

namespace record_detail {
/// Text literals are kept as strings, everything else as it is.
template <class V>
using kept = std::conditional_t<std::is_convertible_v<V, std::string_view> && !mapping::storable<V>,
                                std::string, V>;
}  // namespace record_detail

template <class Row, class... Values>
auto raw(std::string sql, Values... values) {
    return raw_query<Row, record_detail::kept<Values>...>{
        std::move(sql), record_detail::kept<Values>(std::move(values))...};
}

/// The first parameter is never named: raw<int>(sql, 1) asks for rows of int, not for this.
template <int = 0, class... Values>
auto raw(std::string sql, Values... values) {
    return raw_command<record_detail::kept<Values>...>{
        std::move(sql), record_detail::kept<Values>(std::move(values))...};
}

}  // namespace roam
