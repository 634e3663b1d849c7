// SPDX-License-Identifier: MIT
#include <roam/session/session_scope.hpp>

#include <roam/error.hpp>

#include "session/pool.hpp"
#include "session/scope_entry.hpp"

#include <utility>

namespace roam {
namespace detail {

session& scope_entry::obtain() {
    if (used) return *used;
    if (joined) return joined->obtain();
    leased.emplace(db->lease(where));
    used = &*leased;
    return *used;
}

scope_entry* scope_entry::find(context& c, database const* db) {
    for (scope_entry* e = c.innermost_; e; e = e->outer) {
        if (e->dead.load(std::memory_order_acquire)) [[unlikely]] {
            source_location const where = e->where;
            unlink(c, e);
            throw wrong_context_error("a scope opened at " + std::string{where.file_name()} + ":" +
                                      std::to_string(where.line()) +
                                      " ended in another context; its session was given up");
        }
        if (!db || (e->db && *e->db == *db)) return e;
    }
    return nullptr;
}

void scope_entry::push(context& c, scope_entry* e) noexcept {
    e->identity = c.identity();
    e->outer = std::exchange(c.innermost_, e);
}

void scope_entry::unlink(context& c, scope_entry* e) noexcept {
    scope_entry** at = &c.innermost_;
    while (*at && *at != e) at = &(*at)->outer;
    if (!*at) return;
    *at = e->outer;
    e->drop();
}

}  // namespace detail

using detail::scope_entry;

session_scope::session_scope(database const& db, source_location where)
    : entry_(new scope_entry) {
    auto& here = current_context();
    try {
        entry_->joined = scope_entry::find(here, &db);
    } catch (...) {
        delete entry_;
        throw;
    }
    entry_->db = db;
    entry_->where = where;
    scope_entry::push(here, entry_);
}

session_scope::session_scope(database const& db, separate_tag, source_location where)
    : entry_(new scope_entry) {
    entry_->db = db;
    entry_->where = where;
    scope_entry::push(current_context(), entry_);
}

session_scope::session_scope(session& s, source_location where) : entry_(new scope_entry) {
    entry_->used = &s;
    entry_->where = where;
    scope_entry::push(current_context(), entry_);
}

session_scope::~session_scope() {
    auto& here = current_context();
    if (entry_->identity == here.identity()) {
        scope_entry::unlink(here, entry_);
        entry_->drop();
        return;
    }
    // Not ours to touch: the first context's stack keeps the entry and finds it dead. The lease
    // goes back as broken, because give-back sees a foreign owner.
    if (entry_->leased && entry_->leased->slot_) {
        entry_->leased->slot_->tell(session_event::kind::scope_crossed, entry_->where.file_name());
        entry_->leased->give_back();
    }
    entry_->dead.store(true, std::memory_order_release);
    entry_->drop();
}

session_scope::operator session&() {
    if (entry_->identity != current_context().identity()) {
        throw wrong_context_error("a session_scope was used outside the context that opened it");
    }
    return entry_->obtain();
}

}  // namespace roam
