// SPDX-License-Identifier: MIT
#pragma once

#include "session/entered.hpp"
#include "session/scope_entry.hpp"
#include "session/slot.hpp"
#include "session/this_thread.hpp"
#include <roam/error.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/target.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// What every statement passes through, inline: for execution.cpp and target.cpp, and for the
// functions of the library that begin and end a statement themselves.

namespace roam {

// The usual call, with nothing to be decided: the innermost scope has its session already.
[[gnu::always_inline]] inline target::choice target::enter_here() const {
    context* const here = detail::context_of_this_thread;
    bool const usual = kind_ == kind::current && here != nullptr &&
                       !detail::program_decides.load(std::memory_order_relaxed);
    if (usual) [[likely]] {
        detail::scope_entry* const e = here->innermost_;
        if (e && !e->dead.load(std::memory_order_acquire)) [[likely]] {
            detail::scope_entry const& r = e->root();
            detail::slot* const s = r.lease.load(std::memory_order_acquire);
            if (s && s->try_enter(r.lease_generation, here->identity())) [[likely]]
                return {s};
            if (s && !r.given_up.load(std::memory_order_relaxed))
                s->throw_not_entered(r.lease_generation, here->identity());
        }
    }
    return choose(nullptr, nullptr);
}

}  // namespace roam

namespace roam::detail {

/// A miss of the cache: the text is made (once per dialect) and prepared.
cached_statement* prepare_statement(slot& s, statement_source const& source);

/// Reads what is left of a statement's rows, and answers how many.
std::int64_t drain_rows(backend::statement& of);

/// In a catch block: a second start, where the backend has had the statement prepared anew.
void start_again(slot& s, backend::statement& statement, statement_invalidated_error const& e,
                 std::span<mapping::cell const> parameters);

[[gnu::always_inline]] inline cached_statement* find_statement(slot& s,
                                                               statement_source const& source) {
    cached_statement* found = nullptr;
    if (source.slot) [[likely]]
        found = s.statements->find(source.slot->identity());
    if (!found) [[unlikely]]
        found = prepare_statement(s, source);
    found->running = true;
    return found;
}

[[gnu::always_inline]] inline void start_statement(slot& s, backend::statement& statement,
                                                   std::span<mapping::cell const> parameters,
                                                   source_location const& where) {
    if (s.transaction_invalid || s.aged) [[unlikely]]
        check_allowed(s, where);
    try {
        statement.start(parameters);
    } catch (statement_invalidated_error const& e) {
        start_again(s, statement, e, parameters);
    }
}

[[gnu::always_inline]] inline void release_statement(slot& s, cached_statement* c,
                                                     std::int64_t rows) noexcept {
    if (c->has_rows)
        c->rows_before = rows;
    s.statements->release(c);
}

/// An execution that begins and ends in one function of the library. The same steps without a call
/// for each, and since nothing outside of that function sees it, it lives in registers. What is
/// unusual, an error or an observer, is left to an execution that takes its place.
class local_execution {
public:
    [[gnu::always_inline]] local_execution(target const& on, statement_source const& source,
                                           std::span<mapping::cell const> parameters)
        : choice_(on.enter_here()),
          where_(on.where()),
          parameters_(parameters.size()) {
        slot& s = *choice_.slot;
        if (s.watch) [[unlikely]]
            started_ = std::chrono::steady_clock::now();
        try {
            statement_ = find_statement(s, source);
            start_statement(s, *statement_->statement, parameters, where_);
        } catch (...) {
            fail();
        }
    }
    local_execution(local_execution const&) = delete;
    local_execution& operator=(local_execution const&) = delete;
    [[gnu::always_inline]] ~local_execution() {
        if (!choice_.slot)
            return;
        slot& s = *choice_.slot;
        if (s.watch) [[unlikely]] {
            execution::finish(choice_, where_, statement_, {parameters_, rows_, started_});
            return;
        }
        statement_->statement->finish();
        release_statement(s, statement_, rows_);
        if (choice_.leased || choice_.limit != 0) [[unlikely]] {
            target::leave(choice_);
        } else {
            s.leave();
        }
    }

    [[gnu::always_inline]] bool fetch(mapping::cell* row) {
        try {
            bool const found = statement_->statement->fetch(row);
            rows_ += found;
            return found;
        } catch (...) {
            fail();
        }
    }

    [[gnu::always_inline]] std::size_t rows_expected() const noexcept {
        return execution::rows_expected(*statement_);
    }

    [[gnu::always_inline]] std::int64_t affected() {
        if (statement_->has_rows) [[unlikely]] {
            try {
                rows_ += drain_rows(*statement_->statement);
            } catch (...) {
                fail();
            }
        }
        return rows_ = statement_->statement->affected_rows();
    }

    /// As execution::inserted_key() does.
    [[gnu::always_inline]] std::optional<std::int64_t> inserted_key() const {
        if (statement_->has_rows)
            return std::nullopt;
        return statement_->statement->inserted_key();
    }

    [[gnu::always_inline]] void explain(error& e) const noexcept {
        e.locate(where_, statement_->sql);
    }

private:
    [[noreturn, gnu::always_inline]] void fail() {
        auto const choice = choice_;
        choice_.slot = nullptr;
        execution::fail(choice, where_, statement_, {parameters_, rows_, started_});
    }

    target::choice choice_;
    source_location const& where_;
    std::size_t parameters_;
    cached_statement* statement_ = nullptr;
    std::int64_t rows_ = 0;
    std::chrono::steady_clock::time_point started_{};
};

}  // namespace roam::detail
