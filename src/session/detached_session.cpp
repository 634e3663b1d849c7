// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/pool.hpp"
#include <roam/error.hpp>
#include <roam/session/detached_session.hpp>

#include <utility>

namespace roam {

detached_session session::detach() && {
    detail::entered const in{slot_, generation_};
    if (detail::is_in_transaction(*slot_)) {
        throw usage_error(
            "detach() of a session with an open transaction; commit it or roll it back first");
    }
    bool const exposed = slot_->touched || !slot_->home;
    if (exposed && slot_->connection->has_running_statement()) {
        throw usage_error(
            "detach() of a session while a statement runs on it that was made through SOCI or the "
            "native handle; end that first");
    }
    if (slot_->aged)
        detail::end_age(*slot_);
    slot_->put_down();
    return detached_session{std::exchange(slot_, nullptr)};
}

detached_session::detached_session(detached_session&& other) noexcept
    : slot_(std::exchange(other.slot_, nullptr)) {}

detached_session& detached_session::operator=(detached_session&& other) noexcept {
    if (this != &other) {
        if (slot_)
            take(slot_->leased_at.load());
        slot_ = std::exchange(other.slot_, nullptr);
    }
    return *this;
}

detached_session::~detached_session() {
    if (slot_)
        take(slot_->leased_at.load());  // and gives it back
}

session detached_session::attach(source_location where) {
    if (!slot_ || slot_->process.load(std::memory_order_relaxed) != detail::process_generation()) {
        throw session_closed_error(
            "attach() of a session that was attached already or moved from, or belongs to the "
            "parent process");
    }
    if (slot_->home)
        slot_->home->check_caller();
    return take(where);
}

session detached_session::take(source_location where) noexcept {
    detail::slot* const s = std::exchange(slot_, nullptr);
    return session{s, s->take_up(where)};
}

}  // namespace roam
