// SPDX-License-Identifier: MIT
#include "session/pool.hpp"
#include <roam/error.hpp>

// Those who wait for a connection, and who gets the next one.

namespace roam::detail {

/// Waits in line. Answers leased with a slot that was handed over, or may_open with `opening_`
/// already counted up.
pool::turn pool::take_turn(std::unique_lock<std::mutex>& lock, request& r, slot*& leased) {
    r.start_clock();
    if (options_.per_thread || held_by(r.identity) == max_) {
        throw pool_timeout_error("this context already holds every session of " + name_ +
                                 " and would wait for itself" + occupancy());
    }
    waiter self{r};
    (line_end_ ? line_end_->next : line_) = &self;
    line_end_ = &self;
    ++waiting_;
    attend_line();
    bool const in_time = wait(lock, self);
    if (self.given) {
        leased = self.given;
        return turn::leased;
    }
    if (self.may_open) {
        return turn::may_open;
    }
    leave_line(&self);
    if (closed_)
        throw pool_closed_error("the database " + name_ +
                                " was closed while a session was awaited");
    if (in_time)
        throw cancelled_error("a stop was requested while a session of " + name_ + " was awaited");
    lock.unlock();
    throw_timeout();
}

/// False when the time is over; true may mean a stop.
bool pool::wait(std::unique_lock<std::mutex>& lock, waiter& self) {
    auto const served = [&] {
        return self.given || self.may_open || closed_ || (line_ == &self && serve(self));
    };
    request const& r = self.asked;
    if (!r.stop.stop_possible())
        return self.ready.wait_until(lock, r.deadline, served);
    std::condition_variable_any stoppable;
    self.stoppable = &stoppable;
    return stoppable.wait_until(lock, r.stop, r.deadline, served) || r.stop.stop_requested();
}

/// A place came free: the first in line may open a connection of its own. Called with the lock
/// held.
void pool::lost_one() noexcept {
    if (!closed_ && size_ + opening_ < max_) {
        if (waiter* const w = first_in_line()) {
            ++opening_;
            w->may_open = true;
            w->wake();
        }
    }
    if (closed_)
        returned_.notify_all();
}

/// A connection without an owner goes to whom it is owed, else to anybody. Called with the lock
/// held.
void pool::offer(slot* s, clock::time_point at) noexcept {
    s->idle_since = at;
    if (line_ && line_->owed) {
        waiter* const w = first_in_line();
        grant_after_wait(s, w->asked, at);
        w->given = s;
        w->wake();
    } else {
        idle_.put_this(s->place);
        attend_line();
    }
}

/// The first in line takes an idle connection, or is owed one if it was woken for one that
/// somebody else has taken. Called with the lock held.
bool pool::serve(waiter& self) noexcept {
    auto place = idle_.take_any();
    if (place == idle_set::none && self.nudged && !self.owed) {
        self.owed = true;
        set_access();
        place = idle_.take_any();  // given back while the set was still open
    }
    if (place == idle_set::none)
        return false;
    self.given = places_[place];
    grant_after_wait(self.given, self.asked, now());
    leave_line(&self);
    return true;
}

/// Wakes the first in line if there is something idle to take, once. Called with the lock held
/// when the line has another head, or an idle connection was added past the bars.
void pool::attend_line() noexcept {
    set_access();
    if (line_ && !line_->nudged && idle_.count() != 0) {
        line_->nudged = true;
        line_->wake();
        set_access();
    }
}

/// What leases and returns may do without the lock, as things stand now.
void pool::set_access() noexcept {
    bool const to_be_told = (line_ && !line_->nudged) || options_.max_idle < max_;
    if (closed_ || options_.per_thread || (line_ && line_->owed)) {
        idle_.open(idle_set::open_to::nobody);
    } else {
        idle_.open(to_be_told ? idle_set::open_to::leases : idle_set::open_to::everybody);
    }
}

pool::waiter* pool::first_in_line() noexcept {
    waiter* const w = line_;
    if (w)
        leave_line(w);
    return w;
}

void pool::leave_line(waiter* w) noexcept {
    waiter* before = nullptr;
    for (waiter* at = line_; at != w; at = at->next)
        before = at;
    (before ? before->next : line_) = w->next;
    if (line_end_ == w)
        line_end_ = before;
    --waiting_;
    attend_line();
}

}  // namespace roam::detail
