// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/target.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace roam::record_detail {

/// What a call takes of a query's rows.
struct wanted_rows {
    bool first = false;                 ///< no more than one
    bool required = false;              ///< without a row: not_found_error
    char const* at_most_one = nullptr;  ///< this call's name; a second row: too_many_rows_error
};

/// Where the rows of a query go.
struct row_sink {
    void* context;
    void (*take)(void* context, mapping::cell const* row);
    void (*expect)(void* context, std::size_t rows) = nullptr;  ///< about so many come
};

/// Runs a query and hands each row of `width` cells to the sink. Not a template: the loop, the
/// errors and the cleaning up are compiled once for all queries.
void for_each_row(target const& on, detail::statement_source const& source,
                  std::span<mapping::cell const> parameters, std::size_t width, row_sink const& to,
                  wanted_rows wanted = {});

/// Goes over the rows that it holds. Moves, and so goes once over them.
template <class Row>
class row_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = Row*;
    using reference = Row&;

    explicit row_iterator(std::vector<Row> rows) : rows_(std::move(rows)), at_(rows_.data()) {}
    row_iterator(row_iterator&&) = default;
    row_iterator& operator=(row_iterator&&) = default;

    Row& operator*() const { return *at_; }
    Row* operator->() const { return at_; }
    row_iterator& operator++() {
        ++at_;
        return *this;
    }
    void operator++(int) { ++at_; }
    friend bool operator==(row_iterator const& i, std::default_sentinel_t) {
        return i.at_ == i.rows_.data() + i.rows_.size();
    }

private:
    std::vector<Row> rows_;
    Row* at_;  ///< stays what it is when the vector moves
};

/// Every row that P makes, in a vector.
template <class P>
auto every_row(target const& on, detail::statement_source const& source,
               std::span<mapping::cell const> parameters) {
    using list = std::vector<typename P::row_type>;
    list rows;
    for_each_row(
        on, source, parameters, P::width,
        {.context = &rows,
         .take =
             [](void* to, mapping::cell const* row) {
                 P::load(row, static_cast<list*>(to)->emplace_back());
             },
         .expect = [](void* to, std::size_t count) { static_cast<list*>(to)->reserve(count); }});
    return rows;
}

/// The row that P makes, or nothing.
template <class P>
auto one_row(target const& on, detail::statement_source const& source,
             std::span<mapping::cell const> parameters, wanted_rows wanted) {
    using place = std::optional<typename P::row_type>;
    place row;
    for_each_row(on, source, parameters, P::width,
                 {.context = &row,
                  .take =
                      [](void* to, mapping::cell const* cells) {
                          P::load(cells, static_cast<place*>(to)->emplace());
                      }},
                 wanted);
    return row;
}

}  // namespace roam::record_detail
