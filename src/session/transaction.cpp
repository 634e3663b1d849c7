// SPDX-License-Identifier: MIT
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

database current_database(source_location where) {
    if (auto* const e = detail::scope_entry::find(current_context(), nullptr)) {
        if (e->db)
            return *e->db;
    }
    if (auto db = detail::default_database())
        return *db;
    throw no_session_error(
        "no session to begin a transaction on: name a database or a session, or open a "
        "session_scope first",
        {.location = where});
}

/// The transaction joins the innermost scope, whatever made it; a scope over a plain session has
/// no database to name.
session* current_session() {
    auto* const e = detail::scope_entry::find(current_context(), nullptr);
    return e && !e->db ? &e->obtain() : nullptr;
}

}  // namespace

transaction::transaction(transaction_options options, source_location where)
    : scope_(current_session() ? session_scope{*current_session(), where}
                               : session_scope{current_database(where), where}) {
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
            entered const in{slot_, generation_};
            detail::abandon_level(*slot_, mark, scope_.entry_->where);
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
    if (level_ == 0)
        throw usage_error("commit() of a transaction that is over");
    entered const in{slot_, generation_};
    detail::transaction_mark const mark{level_, serial_};
    detail::check_innermost(*slot_, mark);
    level_ = 0;
    try {
        detail::commit_level(*slot_, mark, scope_.entry_->where);
    } catch (...) {
        detail::abandon_level(*slot_, mark, scope_.entry_->where);
        throw;
    }
}

void transaction::rollback() {
    if (level_ == 0)
        throw usage_error("rollback() of a transaction that is over");
    entered const in{slot_, generation_};
    detail::rollback_level(*slot_, {std::exchange(level_, 0), serial_}, scope_.entry_->where);
}

}  // namespace roam
