// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/slot.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/session.hpp>

#include <soci/soci.h>

#include <thread>
#include <utility>

namespace roam {

using detail::entered;

session::session(session&& other) noexcept
    : slot_(std::exchange(other.slot_, nullptr)),
      generation_(std::exchange(other.generation_, 0)) {}

session& session::operator=(session&& other) noexcept {
    if (this != &other) {
        give_back();
        slot_ = std::exchange(other.slot_, nullptr);
        generation_ = std::exchange(other.generation_, 0);
    }
    return *this;
}

session::~session() { give_back(); }

void session::give_back() noexcept {
    if (detail::slot* const s = std::exchange(slot_, nullptr))
        s->part(generation_);
}

session::operator bool() const noexcept {
    return slot_ && slot_->generation.load(std::memory_order_relaxed) == generation_;
}

sql::dialect const& session::dialect() const {
    entered const in{slot_, generation_};
    return slot_->connection->dialect();
}

bool session::in_transaction() const {
    entered const in{slot_, generation_};
    return slot_->connection->transaction() != backend::transaction_state::none;
}

std::uint64_t session::id() const {
    entered const in{slot_, generation_};
    return slot_->number;
}

void session::execute(std::string_view sql, source_location where) {
    entered const in{slot_, generation_};
    slot_->touched = true;
    if (slot_->aged)
        detail::check_age(*slot_, where);
    detail::run_command(*slot_, sql, where);
}

void session::set_statement_timeout(std::chrono::milliseconds limit) {
    entered const in{slot_, generation_};
    slot_->limited = true;
    slot_->connection->set_statement_timeout(limit);
}

cancel_handle session::canceller() const {
    entered const in{slot_, generation_};
    cancel_handle h;
    h.slot_ = slot_;
    h.generation_ = generation_;
    return h;
}

soci::session& session::soci() {
    entered const in{slot_, generation_};
    slot_->touched = true;
    return slot_->connection->soci();
}

void* session::native_handle() {
    entered const in{slot_, generation_};
    slot_->touched = true;
    return slot_->connection->native_handle();
}

// Pairs with slot::end_lease: either this sees the new generation, or end_lease sees `cancelling`
// and waits.
void cancel_handle::cancel() const noexcept {
    if (!slot_)
        return;
    while (slot_->cancelling.exchange(true))
        std::this_thread::yield();  // another is at it
    if (slot_->generation.load() == generation_) {
        if (auto* const c = slot_->cancel_target.load())
            c->cancel();
    }
    slot_->cancelling.store(false);
}

session adopt(soci::session& theirs) {
    auto const& driver = backend::driver_for_soci(theirs.get_backend_name());
    detail::slot* const s = detail::slot::acquire();
    try {
        s->open_with(driver.adopt(theirs), 256);
    } catch (...) {
        detail::slot::recycle(s);
        throw;
    }
    std::uint64_t const generation =
        s->lease_to(current_context().identity(), source_location::current());
    return session{s, generation};
}

}  // namespace roam
