// SPDX-License-Identifier: MIT
#include <roam/session/transaction.hpp>

#include <roam/error.hpp>

#include "session/default_database.hpp"
#include "session/entered.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"

#include <utility>

namespace roam {
namespace {

using detail::entered;

database current_database(source_location where) {
    if (auto* const e = detail::scope_entry::find(current_context(), nullptr)) {
        if (e->db) return *e->db;
    }
    if (auto db = detail::default_database()) return *db;
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
    level_ = detail::begin_level(*s.slot_, options.read_only, scope_.entry_->where);
}

transaction::~transaction() {
    if (level_ == 0) return;
    try {
        session& s = scope_;
        entered const in{s.slot_, s.generation_};
        detail::abandon_level(*s.slot_, level_, scope_.entry_->where);
    } catch (...) {
        // The session is gone, in use, or another context's: its give-back rolls back.
    }
}

void transaction::commit() {
    if (level_ == 0) throw usage_error("commit() of a transaction that is over");
    session& s = scope_;
    entered const in{s.slot_, s.generation_};
    detail::commit_level(*s.slot_, level_, scope_.entry_->where);
    level_ = 0;
}

void transaction::rollback() {
    if (level_ == 0) throw usage_error("rollback() of a transaction that is over");
    session& s = scope_;
    entered const in{s.slot_, s.generation_};
    detail::rollback_level(*s.slot_, std::exchange(level_, 0), scope_.entry_->where);
}

}  // namespace roam
