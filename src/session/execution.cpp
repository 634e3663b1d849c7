// SPDX-License-Identifier: MIT
#include <roam/session/execution.hpp>

#include <roam/error.hpp>

#include "session/entered.hpp"
#include "session/slot.hpp"

namespace roam::detail {
namespace {

cached_statement* prepare(slot& s, std::string_view text, std::uint64_t key,
                          backend::row_mode mode) {
    return s.statements->add(s.connection->prepare(text, mode), text, key);
}

/// A miss of the cache: the text is made (once per dialect) and prepared.
cached_statement* find_slowly(slot& s, statement_source const& source) {
    sql::dialect const& d = s.connection->dialect();
    if (source.table) mapping::register_description(*source.table);
    if (!source.slot) {
        std::string const text = source.make(source.context, d);
        if (auto* const c = s.statements->find(std::string_view{text})) return c;
        return prepare(s, text, statement_cache::key_of(text), source.mode);
    }
    statement_text const* text = source.slot->find(d);
    if (!text) text = &source.slot->add(d, source.make(source.context, d));
    return prepare(s, text->sql, source.slot->identity(), source.mode);
}

}  // namespace

batch::batch(target const& on) : choice_(on.enter()), where_(on.where()) {
    try {
        level_ = begin_level(*choice_.slot, false, where_);
    } catch (...) {
        target::leave(choice_);
        throw;
    }
}

batch::~batch() {
    if (level_ != 0) abandon_level(*choice_.slot, level_, where_);
    target::leave(choice_);
}

void batch::commit() {
    commit_level(*choice_.slot, level_, where_);
    level_ = 0;
}

void batch::execute(std::string_view sql) { run_command(*choice_.slot, sql, where_); }

sql::dialect const& batch::dialect() const { return choice_.slot->connection->dialect(); }

execution::execution(target const& on, statement_source const& source,
                     std::span<mapping::cell const> parameters)
    : choice_(on.enter()), where_(on.where()), mode_(source.mode) {
    find(source);
    start(parameters);
    if (mode_ == backend::row_mode::streamed) choice_.slot->streaming = true;
}

execution::execution(batch& inside, statement_source const& source,
                     std::span<mapping::cell const> parameters)
    : choice_(inside.choice_), borrowed_(true), where_(inside.where_) {
    find(source);
    start(parameters);
}

void execution::find(statement_source const& source) {
    slot& s = *choice_.slot;
    try {
        if (source.touches) s.touched = true;
        if (source.slot) statement_ = s.statements->find(source.slot->identity());
        if (!statement_) statement_ = find_slowly(s, source);
        statement_->running = true;
    } catch (...) {
        rethrow_with_context();
    }
}

void execution::start(std::span<mapping::cell const> parameters) {
    slot& s = *choice_.slot;
    if (s.watch) [[unlikely]] {
        started_ = std::chrono::steady_clock::now();
        parameters_ = parameters.size();
    }
    try {
        if (s.transaction_invalid) [[unlikely]] {
            throw transaction_failed_error(
                "the transaction is invalid after an earlier error; roll it back first");
        }
        statement_->statement->start(parameters);
    } catch (...) {
        rethrow_with_context();
    }
}

bool execution::fetch(mapping::cell* row) {
    try {
        bool const found = statement_->statement->fetch(row);
        rows_ += found;
        return found;
    } catch (...) {
        rethrow_with_context();
    }
}

std::int64_t execution::affected() {
    try {
        std::size_t const columns = statement_->statement->column_count();
        if (columns == 0) {
            statement_->statement->fetch(nullptr);
        } else {
            std::vector<mapping::cell> ignored(columns);
            while (statement_->statement->fetch(ignored.data())) {
            }
        }
        rows_ = statement_->statement->affected_rows();
        return rows_;
    } catch (...) {
        rethrow_with_context();
    }
}

void execution::restart(std::span<mapping::cell const> parameters) {
    statement_->statement->finish();
    start(parameters);
}

std::int64_t execution::inserted_key() const { return statement_->statement->inserted_key(); }

std::size_t execution::column_count() const { return statement_->statement->column_count(); }

std::string execution::column_name(std::size_t column) const {
    return statement_->statement->column_name(column);
}

sql::dialect const& execution::dialect() const { return choice_.slot->connection->dialect(); }

execution::~execution() { done(); }

void execution::done() noexcept {
    slot* const s = choice_.slot;
    if (!s) return;
    if (statement_) {
        statement_->statement->finish();
        if (s->watch) [[unlikely]] {
            tell_statement(*s, {statement_->sql, parameters_,
                                std::chrono::steady_clock::now() - started_, rows_, failed_,
                                s->number});
        }
        s->statements->release(statement_);
        statement_ = nullptr;
    }
    if (mode_ == backend::row_mode::streamed) s->streaming = false;
    choice_.slot = nullptr;
    if (!borrowed_) target::leave({s, choice_.leased});
}

/// In a catch block: the error goes on with the statement and the user's line, and the execution is
/// over. A destructor does not run after a constructor that throws, so this lets go of everything.
void execution::rethrow_with_context() {
    slot& s = *choice_.slot;
    failed_ = true;
    std::string const sql = statement_ ? statement_->sql : std::string{};
    try {
        rethrow_noting(s, sql, where_);
    } catch (...) {
        done();
        throw;
    }
}

}  // namespace roam::detail
