// SPDX-License-Identifier: MIT
#include "session/decision.hpp"
#include "session/default_database.hpp"
#include "session/local_execution.hpp"
#include "session/place.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>
#include <roam/session/limit.hpp>
#include <roam/session/route.hpp>
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

target::target(detail::routing const& r) noexcept
    : kind_(kind::routed),
      what_(const_cast<detail::routing*>(&r)),
      where_(r.on_.where_) {}

target::choice target::enter() const { return enter_here(); }

bool target::is_explicit() const noexcept {
    if (is_limited())
        return static_cast<limit const*>(what_)->on_.is_explicit();
    return kind_ != kind::current && kind_ != kind::routed;
}

/// The session that the caller has for it already, where nobody else decides.
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
        case kind::current:
        case kind::database:
        case kind::limited:
        case kind::routed:
            break;
    }
    auto* const e =
        detail::scope_entry::find(current_context(), static_cast<database const*>(what_));
    return e ? &e->obtain() : nullptr;
}

target::place target::find() const {
    if (is_limited())
        return static_cast<limit const*>(what_)->on_.find();
    if (kind_ == kind::current) {
        if (auto const chosen = detail::ask_chooser({}))
            return target{*chosen, where_}.find();
    }
    if (session* const mine = held())
        return {mine, std::nullopt};
    if (what_)
        return {nullptr, *static_cast<database const*>(what_)};
    if (auto const by_default = detail::default_database())
        return {nullptr, *by_default};
    throw_no_session(where_);
}

target::choice target::enter_limited(detail::routing const* about) const {
    auto const& l = *static_cast<limit const*>(what_);
    detail::call_limit::check(l.time_, l.stop_);
    choice c = l.on_.choose(&l, about);
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

target::choice target::choose(limit const* within, detail::routing const* about) const {
    if (is_limited())
        return enter_limited(about);
    if (kind_ == kind::routed) {
        auto const& r = *static_cast<detail::routing const*>(what_);
        return r.on_.choose(within, &r);
    }
    if (kind_ == kind::current) {
        if (about) {
            detail::decision const elsewhere{about->what_, where_};
            return target{elsewhere.on(), where_}.choose(within, nullptr);
        }
        if (auto const chosen = detail::ask_chooser({}))
            return target{*chosen, where_}.choose(within, nullptr);
    }
    if (session* const mine = held()) {
        if (!mine->slot_)
            detail::slot::throw_closed();
        mine->slot_->enter(mine->generation_);
        return {mine->slot_};
    }
    if (kind_ == kind::database)
        return lease(*static_cast<database const*>(what_), within);
    if (auto const by_default = detail::default_database())
        return lease(*by_default, within);
    throw_no_session(where_);
}

/// A session for this operation alone.
target::choice target::lease(database const& from, limit const* within) const {
    detail::slot* const s = from.pool_->lease(where_, within ? within->stop_ : std::stop_token{});
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
