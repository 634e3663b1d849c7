// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/detached_session.hpp>
#include <roam/session/session.hpp>
#include <roam/session/transaction.hpp>

#include <optional>

namespace roam::detail {

/// What those who pass a session around may do with it. The caller is its owner.
struct hand_over {
    /// Leaves nothing of the owner in the session; false when its connection is of no use any more.
    static bool settle(session& s);

    /// For a transaction of several owners' work: what their hooks throw is nobody's error, and the
    /// observer is told.
    static void commit(transaction& of_all);

    /// False when the connection is known to be lost.
    static bool is_usable(session const& s) noexcept;

    /// Whether a transaction is open that can be committed.
    static bool is_in_good_transaction(session& s) noexcept;

    /// While it lives, SQL of the program's own cannot end the transaction, as far as the backend
    /// can tell.
    class guarded {
    public:
        explicit guarded(session& s) noexcept;
        guarded(guarded const&) = delete;
        guarded& operator=(guarded const&) = delete;
        ~guarded();

    private:
        slot* slot_;
    };
};

/// At the end of one owner's turn: the session without an owner, ready for the next. What is open
/// on it is rolled back. Nothing, and the lease is over, when its connection is of no use any more:
/// it is lost, a stream is open on it, or the caller is not its owner.
std::optional<detached_session> park(session s) noexcept;

}  // namespace roam::detail
