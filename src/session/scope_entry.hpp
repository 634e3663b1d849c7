// SPDX-License-Identifier: MIT
#pragma once

#include "session/slot.hpp"
#include <roam/session/context.hpp>
#include <roam/session/database.hpp>
#include <roam/session/session.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace roam::detail {

/// One open scope in a context's stack, shared between the scope and the stack: a scope that is
/// destroyed in another context marks it dead instead of touching a stack that is not its own.
///
/// Scopes that join share the entry of the first, their root, and with it the lease, which ends
/// with the last of them, in whatever order they end.
/// Thread safety: the atomics are for any thread; the rest belongs to the context.
struct scope_entry {
    std::atomic<int> holders{2};         ///< the scope, the stack, and entries that joined
    std::atomic<bool> dead{false};       ///< its scope ended in another context
    std::atomic<bool> given_up{false};   ///< of a root: another context gave its lease back
    std::atomic<slot*> lease{nullptr};   ///< of a root: what there is to give up
    std::uint64_t lease_generation = 0;  ///< written before `lease`
    std::uint64_t identity = 0;
    scope_entry* outer = nullptr;
    scope_entry* joined = nullptr;  ///< the root whose session this one shares
    unsigned users = 1;             ///< of a root: scopes that share it, itself too
    std::optional<database> db;     ///< empty: of a session that somebody else owns
    std::optional<session> leased;  ///< held until there are no users; or a copy of their handle
    source_location where;
    std::uint32_t limit = 0;  ///< its place among those of the slot; 0: none

    scope_entry() = default;
    scope_entry(scope_entry const&) = delete;
    scope_entry& operator=(scope_entry const&) = delete;
    ~scope_entry() {
        forget_theirs();
        if (joined)
            joined->drop();
    }

    void join(scope_entry& other) noexcept;

    /// In its own context: the scope's limit, unless the lease took it along.
    void end_limit() noexcept;

    scope_entry& root() noexcept { return joined ? *joined : *this; }

    /// The session to use; leases it now if nobody did. A stop ends the wait for it.
    session& obtain(std::stop_token const& stop = {});

    /// In another context: gives back what is leased. Its owner's next operation is refused.
    void give_up() noexcept;

    /// The innermost live scope of the context, on `db` if it is given. Dead entries on the way
    /// are removed and reported by wrong_context_error.
    static scope_entry* find(context& c, database const* db);

    /// Whether the context has a transaction open on the database, and whether on another one.
    struct open_transactions {
        bool there = false;
        bool elsewhere = false;
    };
    static open_transactions transactions(context const& c, database const& db);

    static void push(context& c, scope_entry* e) noexcept;

    /// In its own context: takes the entry off the stack and ends its use of the lease.
    static void unlink(context& c, scope_entry* e) noexcept;

    void drop() noexcept {
        if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }

private:
    /// A copy of somebody else's handle must not give the session back.
    void forget_theirs() noexcept {
        if (!db && leased)
            leased->slot_ = nullptr;
    }
    bool is_on(database const& wanted) const;
};

}  // namespace roam::detail
