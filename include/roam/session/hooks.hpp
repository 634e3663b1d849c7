// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/target.hpp>

#include <functional>

namespace roam {

/// Runs `action` once the caller's transaction has committed: for what must not happen when it
/// rolls back, such as telling others.
///
///     roam::transaction tx{library};
///     roam::insert(order);
///     roam::after_commit([id = order.id] { queue.send(id); });
///     tx.commit();                                               // here it is sent
///
/// Said inside a savepoint it waits for the outermost transaction, and is forgotten when the
/// savepoint rolls back. Actions run in the order in which they were said, in the thread that
/// commits, after the transaction has ended: what they do in the database stands for itself.
/// Each runs, whatever the others throw; then commit() throws a hook_error, though the transaction
/// is committed. After commit_in_doubt_error none runs, since nobody can say.
/// Throws usage_error when no transaction of Roam's is open: nothing is dropped in silence.
/// Thread safety: belongs to the context of its transaction.
void after_commit(std::function<void()> action, target on = {});

/// The same once the transaction has rolled back, or the savepoint that was innermost when it was
/// said, or the one around it: by rollback(), by a destructor, because the engine refused the
/// commit, or because the connection was lost before it. rollback() then throws hook_error; where a
/// destructor rolled back, the observer is told (session_event::hook_failed).
void after_rollback(std::function<void()> action, target on = {});

}  // namespace roam
