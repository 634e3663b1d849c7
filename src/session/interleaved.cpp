// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/interleaved.hpp"
#include <roam/error.hpp>
#include <roam/session/interleaved.hpp>

#include <utility>

namespace roam::detail {
namespace {

void require_transaction(target const& on) {
    auto const choice = on.enter();
    bool const open = !choice.slot->levels.empty();
    target::leave(choice);
    if (!open) {
        throw usage_error(
            "stream(interleaved) needs a transaction around it, which holds its snapshot: open a "
            "roam::transaction first, or read the rows with all()",
            {.location = on.where()});
    }
}

}  // namespace

void end_read(slot& s, interleaved_read& read, bool failed) noexcept {
    auto* const ended = std::exchange(read.statement, nullptr);
    if (!ended)
        return;
    ended->statement->finish();
    if (s.watch) {
        tell_statement(
            s, {ended->sql, read.parameters, std::chrono::steady_clock::now() - read.started,
                read.rows, failed, s.number});
    }
    s.statements->release(ended);
    std::erase_if(s.reads, [&](auto const& each) { return each.get() == &read; });
}

void end_reads(slot& s, std::size_t level) noexcept {
    for (std::size_t i = s.reads.size(); i-- > 0;) {
        auto const read = s.reads[i];
        if (read->level >= level)
            end_read(s, *read);
    }
}

interleaved_execution::interleaved_execution(target const& on, statement_source const& source,
                                             std::span<mapping::cell const> parameters)
    : where_(on.where()) {
    require_transaction(on);
    auto read = std::make_shared<interleaved_read>();
    read->parameters = parameters.size();
    read->started = std::chrono::steady_clock::now();
    execution run{on, source, parameters};
    slot_ = run.choice_.slot;
    generation_ = slot_->generation.load(std::memory_order_relaxed);
    sql_ = run.statement_->sql;
    read->level = slot_->levels.size();
    slot_->reads.push_back(read);
    read->statement = std::exchange(run.statement_, nullptr);
    read_ = std::move(read);
}

// In another context, beside another call or after the lease, it is left to the transaction's end.
interleaved_execution::~interleaved_execution() {
    try {
        entered const in{slot_, generation_};
        end_read(*slot_, *read_);
    } catch (...) {
    }
}

bool interleaved_execution::fetch(mapping::cell* row) {
    try {
        entered const in{slot_, generation_};
        if (!read_->statement) {
            throw usage_error(
                "the transaction of this stream has ended, and the stream with it: end the loop "
                "before commit() or rollback(), or read the rows with all()");
        }
        try {
            if (slot_->transaction_invalid) {
                throw transaction_failed_error(
                    "the transaction is invalid after an earlier error; roll it back first");
            }
            bool const found = read_->statement->statement->fetch(row);
            read_->rows += found;
            if (!found)
                end_read(*slot_, *read_);
            return found;
        } catch (...) {
            end_read(*slot_, *read_, true);
            rethrow_noting(*slot_, sql_, where_);
        }
    } catch (error& e) {
        explain(e);
        throw;
    }
}

void interleaved_execution::explain(error& e) const noexcept { e.locate(where_, sql_); }

}  // namespace roam::detail
