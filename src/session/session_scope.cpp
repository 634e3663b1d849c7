// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/place.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include <roam/error.hpp>
#include <roam/session/limit.hpp>
#include <roam/session/session_scope.hpp>

#include <string>
#include <utility>

namespace roam {
namespace detail {
namespace {

[[noreturn]] void throw_crossed(source_location where) {
    throw wrong_context_error("a scope opened at " + std::string{where.file_name()} + ":" +
                              std::to_string(where.line()) +
                              " ended in another context; its session was given up");
}

}  // namespace

void scope_entry::join(scope_entry& other) noexcept {
    joined = &other.root();
    joined->holders.fetch_add(1, std::memory_order_relaxed);
    ++joined->users;
}

void scope_entry::end_limit() noexcept {
    scope_entry const& r = root();
    slot* const s = r.lease.load();
    if (limit != 0 && s && s->generation.load() == r.lease_generation)
        s->end_limits(limit);
}

session& scope_entry::obtain(std::stop_token const& stop) {
    scope_entry& r = root();
    if (r.given_up.load()) [[unlikely]]
        throw_crossed(r.where);
    if (r.leased) [[likely]]
        return *r.leased;
    slot* const mine = r.db->pool_->lease(r.where, stop);
    r.leased.emplace(session{mine, mine->generation.load(std::memory_order_relaxed)});
    r.lease_generation = r.leased->generation_;
    r.lease.store(r.leased->slot_);
    // Pairs with give_up(): either it sees the lease, or this sees that it was too late.
    if (r.given_up.load()) [[unlikely]] {
        r.leased.reset();
        throw_crossed(r.where);
    }
    return *r.leased;
}

void scope_entry::give_up() noexcept {
    scope_entry& r = root();
    if (r.given_up.exchange(true))
        return;
    slot* const s = r.lease.load();
    if (!s || s->generation.load() != r.lease_generation)
        return;
    s->tell(session_event::kind::scope_crossed, where.file_name());
    s->part(r.lease_generation);
}

bool scope_entry::is_on(database const& wanted) const {
    if (db)
        return *db == wanted;
    return leased && *leased && leased->slot_->home.get() == wanted.pool_.get();
}

scope_entry* scope_entry::find(context& c, database const* db) {
    for (scope_entry* e = c.innermost_; e; e = e->outer) {
        if (e->dead.load(std::memory_order_acquire)) [[unlikely]] {
            source_location const where = e->where;
            unlink(c, e);
            throw_crossed(where);
        }
        if (!db || e->is_on(*db))
            return e;
    }
    return nullptr;
}

scope_entry::open_transactions scope_entry::transactions(context const& c, database const& db) {
    open_transactions open;
    for (scope_entry* e = c.innermost_; e; e = e->outer) {
        scope_entry const& r = e->root();
        slot* const s = r.lease.load();
        if (!s || s->generation.load() != r.lease_generation || !is_in_transaction(*s))
            continue;
        (s->home && s->home.get() == db.pool_.get() ? open.there : open.elsewhere) = true;
    }
    return open;
}

void scope_entry::push(context& c, scope_entry* e) noexcept {
    e->identity = c.identity();
    e->outer = std::exchange(c.innermost_, e);
}

void scope_entry::unlink(context& c, scope_entry* e) noexcept {
    scope_entry** at = &c.innermost_;
    while (*at && *at != e)
        at = &(*at)->outer;
    if (!*at)
        return;
    *at = e->outer;
    scope_entry& r = e->root();
    if (&r == e)
        r.forget_theirs();
    if (--r.users == 0)
        r.leased.reset();
    e->drop();
}

}  // namespace detail

using detail::scope_entry;

session_scope::session_scope(database const& db, source_location where) {
    auto& here = current_context();
    auto* const around = scope_entry::find(here, &db);
    entry_ = new scope_entry;
    entry_->db = db;
    entry_->where = where;
    if (around)
        entry_->join(*around);
    scope_entry::push(here, entry_);
}

session_scope::session_scope(database const& db, separate_tag, source_location where)
    : entry_(new scope_entry) {
    entry_->db = db;
    entry_->where = where;
    scope_entry::push(current_context(), entry_);
}

session_scope::session_scope(session& s, source_location where) : entry_(new scope_entry) {
    entry_->leased.emplace(session{s.slot_, s.generation_});
    entry_->lease_generation = s.generation_;
    entry_->lease.store(s.slot_);
    entry_->where = where;
    scope_entry::push(current_context(), entry_);
}

session_scope::session_scope(limit const& l, source_location where) : entry_(new scope_entry) {
    std::unique_ptr<scope_entry> mine{entry_};
    detail::call_limit::check(l.time_, l.stop_);
    auto& here = current_context();
    entry_->where = where;
    auto place = l.on_.find();
    session* const held = place.held;
    entry_->db = std::move(place.from);
    session& s = held ? *held : entry_->obtain(l.stop_);
    {
        detail::entered const in{s.slot_, s.generation_};
        entry_->limit = s.slot_->begin_limit(l.time_, l.stop_);
    }
    auto* const around = held ? scope_entry::find(here, nullptr) : nullptr;
    if (around && &around->obtain() == held) {
        entry_->db = around->root().db;
        entry_->join(*around);
    } else if (held) {
        entry_->leased.emplace(session{held->slot_, held->generation_});
        entry_->lease_generation = held->generation_;
        entry_->lease.store(held->slot_);
    }
    scope_entry::push(here, mine.release());
}

session_scope::~session_scope() {
    auto& here = current_context();
    if (entry_->identity == here.identity()) {
        entry_->end_limit();
        scope_entry::unlink(here, entry_);
    } else {
        // Not ours to touch: the first context's stack keeps the entry and finds it dead. The lease
        // goes back as broken, because its end sees a foreign owner.
        entry_->dead.store(true, std::memory_order_release);
        if (!entry_->joined && entry_->db)
            entry_->give_up();
    }
    entry_->drop();
}

session_scope::operator session&() {
    if (entry_->identity != current_context().identity()) {
        throw wrong_context_error("a session_scope was used outside the context that opened it");
    }
    return entry_->obtain();
}

}  // namespace roam
