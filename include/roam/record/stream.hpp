// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/record/detail/verb.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/interleaved.hpp>
#include <roam/sql/parameters.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace roam {

struct interleaved_tag {};
/// query.stream(interleaved): other statements may run on the session between the rows.
inline constexpr interleaved_tag interleaved{};

/// Rows one at a time, in constant memory (but for ODBC with the drivers of MariaDB and SQLite,
/// which keep every row). It pins its session: until it is read to the end or destroyed, any other
/// statement there throws session_busy_error, on every backend (D1).
///
///     for (auto const& b : roam::select<book>().stream()) ...
///
/// stream(interleaved) lifts the restriction, inside a transaction:
///
///     roam::transaction tx{library};
///     for (auto& b : roam::select<book>().stream(roam::interleaved)) roam::update(b);
///     tx.commit();
///
/// On PostgreSQL it is a cursor: its rows are those of its beginning. SQLite may show a row that
/// was changed meanwhile as it is now, and one that moved in the order of reading twice, so change
/// nothing there that where() or order_by() reads. Without a transaction of Roam's it throws
/// usage_error; it ends with the innermost one, or savepoint, that was open when it began, and a
/// loop that then asks for a row gets a usage_error as well.
///
/// Ownership: owns the query and its parameters. Thread safety: belongs to the context that made
/// it, as its session does.
template <class Query, class Run = detail::execution>
class row_stream {
public:
    using row_type = typename Query::row_type;

    row_stream(Query query, target const& on) : state_(std::make_unique<state>(std::move(query))) {
        state_->query.bind(state_->bound);
        detail::statement_source source = state_->query.source();
        source.slot = nullptr;  // streamed and buffered are two statements: kept by text
        source.mode = std::is_same_v<Run, detail::execution> ? backend::row_mode::streamed
                                                             : backend::row_mode::interleaved;
        state_->run = std::make_unique<Run>(on, source, state_->bound.all());
    }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = row_type;
        using difference_type = std::ptrdiff_t;
        using pointer = row_type*;
        using reference = row_type&;

        row_type& operator*() const { return stream_->state_->current; }
        row_type* operator->() const { return &stream_->state_->current; }
        iterator& operator++() {
            if (!stream_->next())
                stream_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(iterator const& a, std::default_sentinel_t) {
            return a.stream_ == nullptr;
        }

    private:
        friend class row_stream;
        explicit iterator(row_stream* s) : stream_(s) {}
        row_stream* stream_;
    };

    /// Reads the first row. A stream is read once.
    iterator begin() { return iterator{next() ? this : nullptr}; }
    std::default_sentinel_t end() const { return {}; }

private:
    struct state {
        explicit state(Query q) : query(std::move(q)) {}
        Query query;
        sql::parameters bound;
        std::unique_ptr<Run> run;
        row_type current{};
    };

    bool next() {
        if (!state_->run)
            return false;
        state_->run->check_owner();
        mapping::cell row[Query::width];
        if (!state_->run->fetch(row)) {
            state_->run.reset();  // at the end the session is free again
            return false;
        }
        record_detail::explained(*state_->run, [&] { Query::load(row, state_->current); });
        return true;
    }

    std::unique_ptr<state> state_;
};

template <class Query, class Run>
inline constexpr bool mapping::detail::is_bound_to_connection<row_stream<Query, Run>> = true;

}  // namespace roam
