// SPDX-License-Identifier: MIT
#pragma once

#include "session/slot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace roam::detail {

/// A call that is inside a session: the two checks on construction, the way out on destruction.
class entered {
public:
    entered(slot* s, std::uint64_t generation) : slot_(s) {
        if (!s)
            slot::throw_closed();
        s->enter(generation);
    }
    entered(entered const&) = delete;
    entered& operator=(entered const&) = delete;
    ~entered() { slot_->leave(); }

private:
    slot* slot_;
};

// The rest works on a slot that the caller has entered.

/// Runs SQL text that the cache does not keep, told to the observer, errors with the place.
void run_command(slot& s, std::string_view sql, source_location where);

/// BEGIN, or SAVEPOINT where a transaction is open, whoever began it.
transaction_mark begin_level(slot& s, transaction_options options, source_location where);

/// Also when the program has begun one itself, by SQL or through SOCI.
bool is_in_transaction(slot const& s);

/// Whether that level is still open: neither ended itself nor with one around it.
bool is_open(slot const& s, transaction_mark mark) noexcept;

/// Throws usage_error unless the level is open and the innermost.
void check_innermost(slot const& s, transaction_mark mark);

/// COMMIT with the backend's checks, or RELEASE, of the innermost level. When it throws the level
/// is still open.
void commit_level(slot& s, transaction_mark mark, source_location where);

/// ROLLBACK of this level and of whatever is open inside it; nothing when it is over already. When
/// it throws nothing but a ROLLBACK is let through any more, and the connection will be closed.
void rollback_level(slot& s, transaction_mark mark, source_location where);

/// rollback_level in a destructor.
void abandon_level(slot& s, transaction_mark mark, source_location where) noexcept;

/// Runs the hooks of transactions that have ended, and throws hook_error when one of them threw.
/// The caller is the slot's owner, and not inside.
void run_hooks(slot& s, std::string_view ended, source_location where);

/// The same where nothing can be thrown: the observer is told.
void run_hooks(slot& s) noexcept;

/// What a slot that is given back still had to run: taken along, and run when this is destroyed, as
/// its owner may want the very connection.
class late_hooks {
public:
    late_hooks() = default;
    late_hooks(late_hooks const&) = delete;
    late_hooks& operator=(late_hooks const&) = delete;
    ~late_hooks() {
        if (!due_.empty())
            run();
    }
    void take(slot& s) {
        if (s.hooks.is_due())
            take_along(s);
    }

private:
    void take_along(slot& s);
    void run() noexcept;

    std::vector<std::function<void()>> due_;
    std::shared_ptr<observer> watch_;
    std::uint64_t number_ = 0;
};
/// A read scope with a greatest age begins or ends on the slot.
void begin_age(slot& s, snapshot of);
void end_age(slot& s) noexcept;

/// Before a call on a slot that is `aged`: a snapshot that is too old is renewed, or given up with
/// read_scope_expired_error.
void check_age(slot& s, source_location where);

/// Before a statement where `aged` or `transaction_invalid` is set: throws unless it may run.
void check_allowed(slot& s, source_location const& where);

/// Leaves nothing of the last owner in a connection; false when it must be closed.
bool settle(slot& s) noexcept;

/// Reports a finished statement to the slot's observer.
void tell_statement(slot& s, statement_event const& event) noexcept;

/// What an error means for the session: marks it broken or its transaction invalid, and throws
/// the error on with the statement and the user's line. Called in a catch block.
[[noreturn]] void rethrow_noting(slot& s, std::string_view sql, source_location where);

}  // namespace roam::detail
