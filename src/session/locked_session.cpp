// SPDX-License-Identifier: MIT
#include "session/hand_over.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>
#include <roam/session/locked_session.hpp>

#include <condition_variable>
#include <mutex>
#include <string>

namespace roam {
namespace detail {

/// Who may use the session, and the session: parked while nobody does.
struct locked_state {
    using clock = std::chrono::steady_clock;
    struct waiter {
        std::condition_variable_any ready;
        waiter* next = nullptr;
        bool given = false;
    };

    std::mutex mutex;
    waiter* line = nullptr;
    bool taken = false;
    std::uint64_t holder = 0;
    source_location held_at;
    // The rest belongs to whoever has taken it.
    std::optional<database> db;
    std::optional<detached_session> parked;
    std::optional<session> current;

    bool take(std::optional<clock::time_point> deadline, std::stop_token stop,
              source_location where);
    void give() noexcept;
    void attach(source_location where);
    void park_current() noexcept;

private:
    bool wait(std::unique_lock<std::mutex>& lock, std::optional<clock::time_point> deadline,
              std::stop_token stop);
    void leave_line(waiter& w) noexcept;
};

bool locked_state::take(std::optional<clock::time_point> deadline, std::stop_token stop,
                        source_location where) {
    std::uint64_t const me = current_context().identity();
    std::unique_lock lock{mutex};
    if (taken && holder == me) {
        throw usage_error(std::string{"this context holds the session already (locked at "} +
                          held_at.file_name() + ":" + std::to_string(held_at.line()) +
                          ") and would wait for itself");
    }
    if (taken && !wait(lock, deadline, std::move(stop)))
        return false;
    taken = true;
    holder = me;
    held_at = where;
    return true;
}

/// In line, the first come first. True: it was handed over.
bool locked_state::wait(std::unique_lock<std::mutex>& lock,
                        std::optional<clock::time_point> deadline, std::stop_token stop) {
    waiter self;
    waiter** end = &line;
    while (*end)
        end = &(*end)->next;
    *end = &self;
    auto const given = [&] { return self.given; };
    if (deadline) {
        self.ready.wait_until(lock, stop, *deadline, given);
    } else {
        self.ready.wait(lock, stop, given);
    }
    if (!self.given)
        leave_line(self);
    return self.given;
}

void locked_state::leave_line(waiter& w) noexcept {
    waiter** at = &line;
    while (*at != &w)
        at = &(*at)->next;
    *at = w.next;
}

/// It stays taken when somebody waits: nobody who comes now gets in between.
void locked_state::give() noexcept {
    std::lock_guard const lock{mutex};
    holder = 0;
    taken = line != nullptr;
    if (waiter* const next = line) {
        line = next->next;
        next->given = true;
        next->ready.notify_one();
    }
}

void locked_state::attach(source_location where) {
    if (parked) {
        current.emplace(parked->attach(where));
        parked.reset();
    } else if (db) {
        current.emplace(db->lease(where));
    } else {
        throw session_closed_error("the connection of this locked_session was lost");
    }
}

void locked_state::park_current() noexcept {
    parked = park(std::move(*current));
    current.reset();
}

}  // namespace detail

locked_session::locked_session(database const& db)
    : state_(std::make_shared<detail::locked_state>()) {
    state_->db = db;
}

locked_session::locked_session(session&& s) : state_(std::make_shared<detail::locked_state>()) {
    state_->parked.emplace(std::move(s).detach());
}

locked_session::guard locked_session::lock(source_location where) {
    return std::move(*locked(std::nullopt, {}, where));
}

std::optional<locked_session::guard> locked_session::try_lock(source_location where) {
    return try_lock_for(std::chrono::milliseconds{0}, {}, where);
}

std::optional<locked_session::guard> locked_session::try_lock_for(
    std::chrono::milliseconds patience, std::stop_token stop, source_location where) {
    return locked(patience, std::move(stop), where);
}

std::optional<locked_session::guard> locked_session::locked(
    std::optional<std::chrono::milliseconds> patience, std::stop_token stop,
    source_location where) {
    using clock = detail::locked_state::clock;
    auto const deadline =
        patience ? std::optional{clock::now() + *patience} : std::optional<clock::time_point>{};
    if (stop.stop_requested() || !state_->take(deadline, std::move(stop), where))
        return std::nullopt;
    try {
        state_->attach(where);
    } catch (...) {
        state_->give();
        throw;
    }
    return guard{state_};
}

locked_session::guard& locked_session::guard::operator=(guard&& other) noexcept {
    guard const old{std::move(*this)};
    of_ = std::move(other.of_);
    return *this;
}

locked_session::guard::~guard() {
    if (!of_)
        return;
    of_->park_current();
    of_->give();
}

locked_session::guard::operator session&() const {
    if (!of_)
        throw session_closed_error("the guard was moved from");
    return *of_->current;
}

}  // namespace roam
