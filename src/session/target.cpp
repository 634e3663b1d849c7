// SPDX-License-Identifier: MIT
#include "session/default_database.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>
#include <roam/session/target.hpp>
#include <roam/session/transaction.hpp>

namespace roam {
namespace {

[[noreturn]] void throw_no_session(source_location where) {
    throw no_session_error(
        "no session: pass a session or a database as the last argument, or open a session_scope or "
        "a transaction first, or set_default_database() (called at " +
            std::string{where.file_name()} + ":" + std::to_string(where.line()) + ")",
        {.location = where});
}

}  // namespace

target::choice target::enter() const {
    // The usual call, with nothing to be decided: the innermost scope has its session already.
    if (kind_ == kind::current) [[likely]] {
        context const& here = current_context();
        detail::scope_entry* const e = here.innermost_;
        if (e && !e->dead.load(std::memory_order_acquire)) [[likely]] {
            detail::scope_entry const& r = e->root();
            detail::slot* const s = r.lease.load(std::memory_order_acquire);
            if (s && !r.given_up.load(std::memory_order_relaxed)) [[likely]] {
                s->enter(r.lease_generation, here.identity());
                return {s, false};
            }
        }
    }
    return choose();
}

target::choice target::choose() const {
    session* chosen = nullptr;
    database const* db = nullptr;
    std::optional<database> by_default;
    switch (kind_) {
        case kind::session:
            chosen = static_cast<session*>(what_);
            break;
        case kind::scope:
            chosen = &static_cast<session_scope*>(what_)->get();
            break;
        case kind::transaction: {
            session& of_transaction = *static_cast<transaction*>(what_);
            chosen = &of_transaction;
            break;
        }
        case kind::database:
            db = static_cast<database const*>(what_);
            [[fallthrough]];
        case kind::current:
            if (auto* const e = detail::scope_entry::find(current_context(), db)) {
                chosen = &e->obtain();
            } else if (!db) {
                by_default = detail::default_database();
                if (!by_default)
                    throw_no_session(where_);
                db = &*by_default;
            }
    }
    if (chosen) {
        if (!chosen->slot_)
            detail::slot::throw_closed();
        chosen->slot_->enter(chosen->generation_);
        return {chosen->slot_, false};
    }
    detail::slot* const s = db->pool_->lease(where_);
    s->enter(s->generation.load(std::memory_order_relaxed));
    return {s, true};
}

void target::leave(choice c) noexcept {
    if (!c.slot)
        return;
    if (!c.leased) {
        c.slot->leave();
        return;
    }
    c.slot->hand_back();
}

}  // namespace roam
