// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/pool.hpp"
#include <roam/error.hpp>

#include <time.h>

#include <algorithm>
#include <bit>
#include <random>
#include <string>
#include <utility>

namespace roam::detail {

pool::pool(std::shared_ptr<backend::connector> connector, database_options options)
    : connector_(std::move(connector)),
      options_(std::move(options)),
      name_(connector_->description()),
      max_(std::min(options_.max_sessions, connector_->max_connections())) {
    if (options_.max_sessions == 0) {
        throw usage_error("database_options::max_sessions must be at least 1");
    }
    if (options_.per_thread && options_.min_idle != 0)
        throw usage_error("with database_options::per_thread no connection is idle for nobody");
    if (options_.per_thread && connector_->max_connections() <= options_.max_sessions) {
        throw usage_error(
            "database_options::per_thread needs a database that can have any number "
            "of connections; " +
            name_ + " cannot");
    }
}

pool::~pool() { close(std::chrono::milliseconds{0}); }

// The steady clock as of the last tick of the kernel, some milliseconds ago at most. Reading the
// exact one at the lease and at the return was half of what a lease cost.
pool::clock::time_point pool::coarse_now() noexcept {
#ifdef CLOCK_MONOTONIC_COARSE
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return clock::time_point{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
#else
    return clock::now();
#endif
}

slot* pool::lease(source_location where, std::stop_token const& stop) {
    connector_->check_caller();
    auto const at = now();
    request r{current_context().identity(), where, stop, options_.acquire_timeout};
    for (;;) {
        slot* s = nullptr;
        std::unique_lock lock{mutex_};
        if (closed_)
            throw pool_closed_error("the database " + name_ + " was closed");
        if (s = take_idle(r.identity); s != nullptr) {
            grant(s, r, at, false);
            lock.unlock();
        } else if (has_room_for(r.identity)) {
            if (options_.per_thread)
                join(r);
            make_place();
            ++opening_;
            lock.unlock();
            return open_one(r);
        } else if (take_turn(lock, r, s) == turn::may_open) {
            lock.unlock();
            return open_one(r);
        } else {
            lock.unlock();
        }
        bool const old = at >= s->old_from;
        if (!old && make_ready(s, r, at)) {
            s->tell(session_event::kind::leased);
            return s;
        }
        discard(s, old ? &pool_counts::closed_old : &pool_counts::closed_lost);
        r.start_clock();
        if (clock::now() >= r.deadline)
            throw_timeout();
    }
}

/// An idle connection that this context may have at once. Called with the lock held.
slot* pool::take_idle(std::uint64_t identity) noexcept {
    if (idle_.empty() || is_owed())
        return nullptr;
    auto last = idle_.end() - 1;
    if (options_.per_thread) {
        last = std::find_if(idle_.begin(), idle_.end(),
                            [&](slot const* s) { return s->member == identity; });
        if (last == idle_.end())
            return nullptr;
    }
    slot* const s = *last;
    idle_.erase(last);
    return s;
}

/// Called with the lock held.
bool pool::has_room_for(std::uint64_t identity) const noexcept {
    if (!options_.per_thread)
        return all_.size() + opening_ < max_ && line_ == nullptr;
    auto const mine = std::count_if(all_.begin(), all_.end(),
                                    [&](slot const* s) { return s->member == identity; });
    return static_cast<std::size_t>(mine) < max_;
}

/// The caller's context will tell when it ends. Called with the lock held.
void pool::join(request const& r) {
    if (std::find(members_.begin(), members_.end(), r.identity) != members_.end())
        return;
    members_.push_back(r.identity);
    try {
        current_context().pools_.push_back(weak_from_this());
    } catch (...) {
        members_.pop_back();
        throw;
    }
}

void pool::end_member(std::uint64_t identity) noexcept {
    std::unique_lock lock{mutex_};
    std::erase(members_, identity);
    while (slot* const s = take_idle(identity))
        drop(lock, s, &pool_counts::closed_idle);
}

/// Waits in line. Answers leased with a slot that was handed over, or may_open with `opening_`
/// already counted up.
pool::turn pool::take_turn(std::unique_lock<std::mutex>& lock, request& r, slot*& leased) {
    r.start_clock();
    if (options_.per_thread || held_by(r.identity) == max_) {
        throw pool_timeout_error("this context already holds every session of " + name_ +
                                 " and would wait for itself" + occupancy());
    }
    make_place();  // to open one itself, if that is what it is told
    waiter self{r};
    (line_end_ ? line_end_->next : line_) = &self;
    line_end_ = &self;
    ++waiting_;
    bool const in_time = wait(lock, self);
    if (self.given) {
        leased = self.given;
        return turn::leased;
    }
    if (self.may_open) {
        return turn::may_open;
    }
    if (line_ == &self && !idle_.empty()) {
        leased = idle_.back();
        idle_.pop_back();
        grant(leased, r, now(), true);
        leave_line(&self);
        return turn::leased;
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
        self.nudged = false;
        return self.given || self.may_open || closed_ || (line_ == &self && !idle_.empty());
    };
    request const& r = self.asked;
    if (!r.stop.stop_possible())
        return self.ready.wait_until(lock, r.deadline, served);
    std::condition_variable_any stoppable;
    self.stoppable = &stoppable;
    return stoppable.wait_until(lock, r.stop, r.deadline, served) || r.stop.stop_requested();
}

/// Counts a lease. Called with the lock held.
void pool::grant(slot* s, request const& r, clock::time_point at, bool waited) noexcept {
    s->lease_to(r.identity, r.where);
    s->leased_since = at;
    s->reported = false;
    s->wait_bucket = 0;
    if (waited) {
        auto const time =
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - r.start).count();
        s->wait_bucket = static_cast<std::uint8_t>(std::min<std::size_t>(
            std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(time)))),
            totals_.waits.size() - 1));
    }
    ++totals_.waits[s->wait_bucket];
    ++totals_.leases;
}

/// Connects, or fails at once while an attempt to connect has just failed.
std::unique_ptr<backend::connection> pool::attempt(clock::time_point deadline) {
    {
        std::lock_guard const lock{mutex_};
        auto const left = failing_until_ - now();
        if (next_backoff_.count() > 0 && left.count() > 0) {
            auto const again = std::chrono::ceil<std::chrono::milliseconds>(left).count();
            throw connection_error(failure_ + " (tried a moment ago, again in " +
                                   std::to_string(again) + " ms)");
        }
    }
    try {
        auto made = connector_->open(deadline);
        std::lock_guard const lock{mutex_};
        next_backoff_ = {};
        return made;
    } catch (connection_error const& e) {
        std::lock_guard const lock{mutex_};
        next_backoff_ = next_backoff_.count() == 0
                            ? options_.connect_backoff
                            : std::min(2 * next_backoff_, 32 * options_.connect_backoff);
        failing_until_ = now() + next_backoff_;
        failure_ = e.what();
        throw;
    }
}

/// A connection that belongs to nobody yet; `opening_` counts it.
slot* pool::connect(clock::time_point deadline, std::uint64_t member) {
    slot* const s = slot::acquire();
    s->member = member;
    try {
        s->watch = options_.watch;
        s->schema_seen = schema_.load(std::memory_order_relaxed);
        s->open_with(attempt(deadline), options_.statement_cache_size);
        prepare_connection(s);
        s->usual_limit = s->connection->statement_timeout();
        s->old_from = clock::time_point::max();
        if (options_.max_lifetime.count() > 0) {
            thread_local std::minstd_rand random{std::random_device{}()};
            std::uniform_real_distribution<double> part{0.9, 1.0};
            s->old_from = now() + std::chrono::duration_cast<clock::duration>(
                                      options_.max_lifetime * part(random));
        }
    } catch (...) {
        s->close();
        slot::recycle(s);
        std::lock_guard const lock{mutex_};
        --opening_;
        lost_one();
        throw;
    }
    dialect_.store(&s->connection->dialect(), std::memory_order_release);
    return s;
}

/// A connection that connect() made is one of the pool's from now on. Called with the lock held.
void pool::take_in(slot* s) noexcept {
    --opening_;
    ++totals_.opened;
    all_.push_back(s);             // make_place() has made room
    s->home = shared_from_this();  // until drop(): a count less for each lease
}

slot* pool::open_one(request& r) {
    r.start_clock();
    slot* const s = connect(r.deadline, options_.per_thread ? r.identity : 0);
    {
        std::lock_guard const lock{mutex_};
        take_in(s);
        grant(s, r, now(), true);
    }
    s->tell(session_event::kind::leased);
    return s;
}

/// Room for one more, so that no return of a connection has to allocate. Called with the lock held.
void pool::make_place() {
    std::size_t const limit = options_.per_thread ? all_.max_size() : max_;
    std::size_t const most = std::min(limit, all_.size() + opening_ + 1);
    if (all_.capacity() < most)
        all_.reserve(std::min(limit, 2 * most));
    if (idle_.capacity() < most)
        idle_.reserve(std::min(limit, 2 * most));
}

void pool::suspect_all() noexcept {
    suspect_since_.store(now().time_since_epoch().count(), std::memory_order_relaxed);
}

void pool::prepare_connection(slot* s) {
    for (auto const& sql : options_.on_connect)
        s->connection->execute(sql);
    if (options_.statement_timeout.count() > 0) {
        s->connection->set_statement_timeout(options_.statement_timeout);
    }
}

/// What a lease owes its owner: a connection of this process, alive if it was idle for long, and
/// with the session state of a new one.
bool pool::make_ready(slot* s, request& r, clock::time_point at) noexcept {
    try {
        auto const validate = options_.validate_after;
        if (s->process != process_generation() || !s->connection->usable())
            return false;
        // In the option's own unit: its largest value has no place in nanoseconds.
        auto const idle = std::chrono::ceil<std::chrono::milliseconds>(at - s->idle_since);
        bool const doubtful = validate.count() == 0 || idle > validate ||
                              s->idle_since.time_since_epoch().count() <=
                                  suspect_since_.load(std::memory_order_relaxed);
        if (doubtful || s->touched)
            r.start_clock();
        if (doubtful && !s->connection->ping())
            return false;
        if (auto const schema = schema_.load(std::memory_order_relaxed); s->schema_seen != schema) {
            s->statements->clear();
            s->schema_seen = schema;
        }
        if (s->touched) {
            s->connection->reset_state();
            s->touched = false;
            prepare_connection(s);
        }
        if (s->limited) {
            s->connection->set_statement_timeout(s->usual_limit);
            s->limited = false;
        }
        return true;
    } catch (...) {
        return false;
    }
}

void pool::give_back(slot* s) noexcept {
    std::shared_ptr<pool> keep_alive;
    late_hooks late;
    s->end_lease();
    bool const good = settle(*s);
    late.take(*s);
    if (std::exchange(s->schema_changed, false))
        note_schema_change();
    s->tell(session_event::kind::returned);
    auto const at = now();
    bool const old = at >= s->old_from;
    std::unique_lock lock{mutex_};
    waiter* const next = good && !closed_ && !old && is_owed() ? first_in_line() : nullptr;
    reason why = nullptr;
    if (!good) {
        suspect_all();
        why = &pool_counts::closed_lost;
    } else if (closed_) {
        why = &pool_counts::closed_at_end;
    } else if (old) {
        why = &pool_counts::closed_old;
    } else if (s->member != 0 &&
               std::find(members_.begin(), members_.end(), s->member) == members_.end()) {
        why = &pool_counts::closed_idle;
    } else if (!next && !line_ && idle_.size() >= options_.max_idle) {
        why = &pool_counts::closed_idle;
    }
    if (why) {
        keep_alive = s->home;
        return drop(lock, s, why);
    }
    s->idle_since = at;
    s->leave();
    if (next) {
        hand_over(s, next, at);
    } else {
        idle_.push_back(s);
        nudge();
    }
    if (closed_)
        returned_.notify_all();
}

/// Closes a leased connection before its owner saw it: that was no lease.
void pool::discard(slot* s, reason why) noexcept {
    s->end_lease();
    std::unique_lock lock{mutex_};
    --totals_.leases;
    --totals_.waits[s->wait_bucket];
    if (why == &pool_counts::closed_lost)
        suspect_all();
    drop(lock, s, why);
}

/// Closes a connection that is in nobody's hands and not among the idle ones.
void pool::drop(std::unique_lock<std::mutex>& lock, slot* s, reason why) noexcept {
    std::erase(all_, s);
    ++totals_.closed;
    ++(totals_.*why);
    lock.unlock();
    s->close();
    s->home.reset();
    slot::recycle(s);
    lock.lock();
    lost_one();
}

/// A place came free: the first in line may open a connection of its own. Called with the lock
/// held.
void pool::lost_one() noexcept {
    if (!closed_ && all_.size() + opening_ < max_) {
        if (waiter* const w = first_in_line()) {
            ++opening_;
            w->may_open = true;
            w->wake();
        }
    }
    if (closed_)
        returned_.notify_all();
}

void pool::hand_over(slot* s, waiter* w, clock::time_point at) noexcept {
    grant(s, w->asked, at, true);
    w->given = s;
    w->wake();
}

pool::waiter* pool::first_in_line() noexcept {
    waiter* const w = line_;
    if (w)
        leave_line(w);
    return w;
}

/// Whether the first in line has waited for so long that nobody may overtake it.
bool pool::is_owed() const noexcept {
    return line_ && clock::now() - line_->asked.start >= std::chrono::milliseconds{1};
}

/// Wakes the first in line if there is something idle to take, and it is not on its way already.
void pool::nudge() noexcept {
    if (line_ && !line_->nudged && !idle_.empty()) {
        line_->nudged = true;
        line_->wake();
    }
}

void pool::leave_line(waiter* w) noexcept {
    waiter* before = nullptr;
    for (waiter* at = line_; at != w; at = at->next)
        before = at;
    (before ? before->next : line_) = w->next;
    if (line_end_ == w)
        line_end_ = before;
    --waiting_;
    nudge();
}

bool pool::close(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    closed_ = true;
    for (waiter* w = line_; w; w = w->next)
        w->wake();
    ending_.notify_all();
    std::unique_ptr<std::thread> tender = std::move(tender_);
    std::vector<slot*> const idle = std::exchange(idle_, {});
    lock.unlock();
    if (tender) {
        if (tender_process_ == process_generation()) {
            tender->join();
        } else {
            static_cast<void>(tender.release());  // a forked child has no such thread
        }
    }
    lock.lock();
    for (slot* s : idle)
        drop(lock, s, &pool_counts::closed_at_end);
    return returned_.wait_for(lock, patience, [&] { return all_.empty() && opening_ == 0; });
}

pool_counts pool::counts() const {
    std::lock_guard const lock{mutex_};
    pool_counts c = totals_;
    c.idle = idle_.size();
    c.in_use = all_.size() - idle_.size();
    c.opening = opening_;
    c.size = all_.size() + opening_;
    c.waiting = waiting_;
    return c;
}

sql::dialect const& pool::dialect() {
    if (auto const* d = dialect_.load(std::memory_order_acquire))
        return *d;
    give_back(lease(source_location::current()));
    return *dialect_.load(std::memory_order_acquire);
}

std::size_t pool::held_by(std::uint64_t identity) const {
    return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [&](slot const* s) {
        return s->owner.load(std::memory_order_relaxed) == identity;
    }));
}

/// Called with the lock held.
std::string pool::occupancy() const {
    std::string text = ": size " + std::to_string(all_.size() + opening_) + " of " +
                       std::to_string(max_) + ", in use " +
                       std::to_string(all_.size() - idle_.size()) + ", waiting " +
                       std::to_string(waiting_);
    slot const* oldest = nullptr;
    for (slot const* s : all_) {
        if (s->owner.load(std::memory_order_relaxed) == 0)
            continue;
        if (!oldest || s->leased_since < oldest->leased_since)
            oldest = s;
    }
    if (oldest) {
        auto const age =
            std::chrono::duration_cast<std::chrono::milliseconds>(now() - oldest->leased_since);
        source_location const where = oldest->leased_at.load();
        text += ", oldest lease " + std::to_string(age.count()) + " ms old, taken at " +
                where.file_name() + ":" + std::to_string(where.line());
    }
    return text;
}

void pool::throw_timeout() {
    std::lock_guard const lock{mutex_};
    ++totals_.timeouts;
    throw pool_timeout_error("no session of " + name_ + " came free within " +
                             std::to_string(options_.acquire_timeout.count()) + " ms" +
                             occupancy());
}

}  // namespace roam::detail
