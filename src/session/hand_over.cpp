// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/hand_over.hpp"

#include <utility>

namespace roam::detail {

bool hand_over::settle(session& s) {
    bool good = false;
    {
        entered const in{s.slot_, s.generation_};
        good = detail::settle(*s.slot_);
    }
    run_hooks(*s.slot_);
    return good;
}

void hand_over::commit(transaction& of_all) {
    of_all.commit_without_hooks();
    run_hooks(*of_all.slot_);
}

bool hand_over::is_usable(session const& s) noexcept {
    return s && !s.slot_->broken.load() && s.slot_->connection->usable();
}

bool hand_over::is_in_good_transaction(session& s) noexcept {
    return is_usable(s) && !s.slot_->transaction_invalid &&
           s.slot_->connection->transaction() == backend::transaction_state::active;
}

hand_over::guarded::guarded(session& s) noexcept : slot_(s.slot_) {
    slot_->connection->guard_transaction(true);
}

hand_over::guarded::~guarded() {
    if (slot_->connection)
        slot_->connection->guard_transaction(false);
}

std::optional<detached_session> park(session s) noexcept {
    try {
        if (hand_over::settle(s))
            return std::move(s).detach();
    } catch (...) {  // the lease ends, and closes what cannot be given to anybody
    }
    return std::nullopt;
}

}  // namespace roam::detail
