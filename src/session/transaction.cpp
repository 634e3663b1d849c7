// SPDX-License-Identifier: MIT
#include "session/decision.hpp"
#include "session/default_database.hpp"
#include "session/entered.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include <roam/error.hpp>
#include <roam/session/transaction.hpp>

#include <thread>
#include <utility>

namespace roam {
namespace {

using detail::entered;

/// The scope of a transaction that names no session: it joins the innermost one, whatever made it.
session_scope scope_here(source_location where) {
    if (auto const chosen = detail::ask_chooser({}))
        return session_scope{*chosen, where};
    if (auto* const e = detail::scope_entry::find(current_context(), nullptr)) {
        if (e->db)
            return session_scope{*e->db, where};
        return session_scope{e->obtain(), where};
    }
    if (auto const by_default = detail::default_database())
        return session_scope{*by_default, where};
    throw no_session_error(
        "no session to begin a transaction on: name a database or a session, or open a "
        "session_scope first",
        {.location = where});
}

}  // namespace

transaction::transaction(transaction_options options, source_location where)
    : scope_(scope_here(where)) {
    begin(options);
}

transaction::transaction(database const& db, transaction_options options, source_location where)
    : scope_(db, where) {
    begin(options);
}

transaction::transaction(session& s, transaction_options options, source_location where)
    : scope_(s, where) {
    begin(options);
}

void transaction::begin(transaction_options options) {
    session& s = scope_;
    entered const in{s.slot_, s.generation_};
    auto const mark = detail::begin_level(*s.slot_, options, scope_.entry_->where);
    slot_ = s.slot_;
    generation_ = s.generation_;
    level_ = mark.level;
    serial_ = mark.serial;
}

transaction::~transaction() {
    if (level_ != 0)
        end();
}

/// What the destructor owes: no statement may come after it that joins this transaction.
void transaction::end() noexcept {
    detail::transaction_mark const mark{level_, serial_};
    for (;;) {
        try {
            {
                entered const in{slot_, generation_};
                detail::abandon_level(*slot_, mark, scope_.entry_->where);
            }
            detail::run_hooks(*slot_);
        } catch (session_busy_error const&) {  // our own stream: its end rolls back
            auto& first = slot_->doomed;
            if (!detail::is_open(*slot_, first) || mark.level < first.level)
                first = mark;
        } catch (session_overlap_error const&) {  // another call of this context; it will end
            std::this_thread::yield();
            continue;
        } catch (wrong_context_error const&) {
            scope_.entry_->give_up();
        } catch (...) {
            // The lease is over: giving it back rolled back.
        }
        return;
    }
}

bool transaction::is_open() const noexcept {
    return level_ != 0 && slot_->generation.load(std::memory_order_relaxed) == generation_ &&
           detail::is_open(*slot_, {level_, serial_});
}

void transaction::commit() {
    commit_without_hooks();
    detail::run_hooks(*slot_, "committed", scope_.entry_->where);
}

/// When it throws, the hooks of a rollback have run.
void transaction::commit_without_hooks() {
    if (level_ == 0)
        throw usage_error("commit() of a transaction that is over");
    source_location const where = scope_.entry_->where;
    try {
        entered const in{slot_, generation_};
        detail::transaction_mark const mark{level_, serial_};
        detail::check_innermost(*slot_, mark);
        level_ = 0;
        try {
            detail::commit_level(*slot_, mark, where);
        } catch (...) {
            detail::abandon_level(*slot_, mark, where);
            throw;
        }
    } catch (...) {
        if (level_ == 0)
            detail::run_hooks(*slot_);
        throw;
    }
}

void transaction::rollback() {
    if (level_ == 0)
        throw usage_error("rollback() of a transaction that is over");
    source_location const where = scope_.entry_->where;
    {
        entered const in{slot_, generation_};
        detail::rollback_level(*slot_, {std::exchange(level_, 0), serial_}, where);
    }
    detail::run_hooks(*slot_, "rolled back", where);
}

}  // namespace roam
