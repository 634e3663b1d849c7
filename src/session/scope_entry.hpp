// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/context.hpp>
#include <roam/session/database.hpp>
#include <roam/session/session.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

namespace roam::detail {

/// One open scope in a context's stack, shared between the scope and the stack: a scope that is
/// destroyed in another context marks it dead instead of touching a stack that is not its own.
///
/// Thread safety: `dead` and the count are for any thread; the rest belongs to the context.
struct scope_entry {
    std::atomic<int> holders{2};  ///< the scope and the stack
    std::atomic<bool> dead{false};
    std::uint64_t identity = 0;
    scope_entry* outer = nullptr;
    std::optional<database> db;     ///< empty: of a session that somebody else owns
    std::optional<session> leased;  ///< held to the brace
    session* used = nullptr;        ///< leased, or that of a joined scope, or the caller's
    scope_entry* joined = nullptr;  ///< the scope whose session this one shares
    source_location where;

    /// The session to use; leases it now if nobody did.
    session& obtain();

    /// The innermost live scope of the context, on `db` if it is given. Dead entries on the way
    /// are removed and reported by wrong_context_error.
    static scope_entry* find(context& c, database const* db);

    static void push(context& c, scope_entry* e) noexcept;
    static void unlink(context& c, scope_entry* e) noexcept;
    void drop() noexcept {
        if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }
};

}  // namespace roam::detail
