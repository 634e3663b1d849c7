// SPDX-License-Identifier: MIT
#include "session/default_database.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>
#include <roam/session/limit.hpp>
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
                return {s};
            }
        }
    }
    return choose();
}

session* target::held() const {
    switch (kind_) {
        case kind::session:
            return static_cast<session*>(what_);
        case kind::scope:
            return &static_cast<session_scope*>(what_)->get();
        case kind::transaction: {
            session& of_transaction = *static_cast<transaction*>(what_);
            return &of_transaction;
        }
        case kind::limited:
            return static_cast<limit const*>(what_)->on_.held();
        case kind::database:
        case kind::current:
            break;
    }
    auto* const e =
        detail::scope_entry::find(current_context(), static_cast<database const*>(what_));
    return e ? &e->obtain() : nullptr;
}

database target::to_lease() const {
    if (is_limited())
        return static_cast<limit const*>(what_)->on_.to_lease();
    if (what_)
        return *static_cast<database const*>(what_);
    if (auto by_default = detail::default_database())
        return *by_default;
    throw_no_session(where_);
}

target::choice target::enter_limited() const {
    auto const& l = *static_cast<limit const*>(what_);
    detail::call_limit::check(l.time_, l.stop_);
    choice c = l.on_.choose(&l);
    try {
        auto const place = c.slot->begin_limit(l.time_, l.stop_);
        if (c.limit == 0)  // else of a limit inside this one, which began first
            c.limit = place;
    } catch (...) {
        leave(c);
        throw;
    }
    return c;
}

target::choice target::choose(limit const* within) const {
    if (is_limited())
        return enter_limited();
    if (session* const mine = held()) {
        if (!mine->slot_)
            detail::slot::throw_closed();
        mine->slot_->enter(mine->generation_);
        return {mine->slot_};
    }
    std::stop_token const stop = within ? within->stop_ : std::stop_token{};
    // A copy of the given handle would cost two atomic counts per operation.
    detail::slot* const s = kind_ == kind::database
                                ? static_cast<database const*>(what_)->pool_->lease(where_, stop)
                                : to_lease().pool_->lease(where_, stop);
    s->enter(s->generation.load(std::memory_order_relaxed));
    return {s, true};
}

void target::leave(choice c) noexcept {
    if (!c.slot)
        return;
    if (c.limit != 0) [[unlikely]]
        c.slot->end_limits(c.limit);
    if (!c.leased) {
        c.slot->leave();
        return;
    }
    c.slot->hand_back();
}

}  // namespace roam
