// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/pool.hpp"
#include <roam/error.hpp>

#include <algorithm>
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
}

pool::~pool() { close(std::chrono::milliseconds{0}); }

slot* pool::lease(source_location where) {
    auto const start = clock::now();
    auto const deadline = start + options_.acquire_timeout;
    std::uint64_t const identity = current_context().identity();
    for (;;) {
        slot* s = nullptr;
        std::unique_lock lock{mutex_};
        if (closed_)
            throw pool_closed_error("the database " + name_ + " was closed");
        if (!idle_.empty() && line_ == nullptr) {
            s = idle_.back();
            idle_.pop_back();
            s->lease_to(identity, where);
            ++leases_;
            lock.unlock();
        } else if (all_.size() + opening_ < max_ && line_ == nullptr) {
            make_place();
            ++opening_;
            lock.unlock();
            return open_one(deadline, identity, where);
        } else if (take_turn(lock, deadline, identity, where, s) == turn::may_open) {
            lock.unlock();
            return open_one(deadline, identity, where);
        } else {
            lock.unlock();
        }
        if (make_ready(s, start)) {
            s->home = shared_from_this();
            s->tell(session_event::kind::leased);
            return s;
        }
        discard(s);
        if (clock::now() >= deadline)
            throw_timeout();
    }
}

/// Waits in line. Answers leased with a slot that was handed over, or may_open with `opening_`
/// already counted up.
pool::turn pool::take_turn(std::unique_lock<std::mutex>& lock, clock::time_point deadline,
                           std::uint64_t identity, source_location where, slot*& leased) {
    if (held_by(identity) == max_) {
        throw pool_timeout_error("this context already holds every session of " + name_ +
                                 " and would wait for itself" + occupancy());
    }
    make_place();  // to open one itself, if that is what it is told
    waiter self;
    self.identity = identity;
    self.where = where;
    (line_end_ ? line_end_->next : line_) = &self;
    line_end_ = &self;
    ++waiting_;
    bool const in_time = self.ready.wait_until(
        lock, deadline, [&] { return self.given || self.may_open || closed_; });
    if (self.given) {
        leased = self.given;
        return turn::leased;
    }
    if (self.may_open)
        return turn::may_open;
    leave_line(&self);
    if (!in_time) {
        lock.unlock();
        throw_timeout();
    }
    throw pool_closed_error("the database " + name_ + " was closed while a session was awaited");
}

slot* pool::open_one(clock::time_point deadline, std::uint64_t identity, source_location where) {
    slot* const s = slot::acquire();
    try {
        s->watch = options_.watch;
        s->schema_seen = schema_.load(std::memory_order_relaxed);
        s->open_with(connector_->open(deadline), options_.statement_cache_size);
        prepare_connection(s);
        s->usual_limit = s->connection->statement_timeout();
    } catch (...) {
        s->close();
        slot::recycle(s);
        std::unique_lock lock{mutex_};
        --opening_;
        lost_one(lock);
        throw;
    }
    dialect_.store(&s->connection->dialect(), std::memory_order_release);
    {
        std::lock_guard const lock{mutex_};
        --opening_;
        ++opened_;
        ++leases_;
        all_.push_back(s);
        s->lease_to(identity, where);
    }
    s->home = shared_from_this();
    s->tell(session_event::kind::leased);
    return s;
}

/// Room for one more, so that no return of a connection has to allocate. Called with the lock held.
void pool::make_place() {
    std::size_t const most = std::min(max_, all_.size() + opening_ + 1);
    if (all_.capacity() < most)
        all_.reserve(std::min(max_, 2 * most));
    if (idle_.capacity() < most)
        idle_.reserve(std::min(max_, 2 * most));
}

void pool::suspect_all() noexcept {
    suspect_since_.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
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
bool pool::make_ready(slot* s, clock::time_point now) noexcept {
    try {
        if (s->process != process_generation() || !s->connection->usable())
            return false;
        bool const doubtful = now - s->idle_since > options_.validate_after ||
                              s->idle_since.time_since_epoch().count() <=
                                  suspect_since_.load(std::memory_order_relaxed);
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
    auto const keep_alive = std::move(s->home);
    s->end_lease();
    bool const good = settle(s);
    if (std::exchange(s->schema_changed, false))
        note_schema_change();
    s->tell(session_event::kind::returned);
    std::unique_lock lock{mutex_};
    if (!good || closed_) {
        if (!good)
            suspect_all();
        std::erase(all_, s);
        ++closed_count_;
        lock.unlock();
        s->close();
        slot::recycle(s);
        lock.lock();
        lost_one(lock);
        return;
    }
    s->idle_since = clock::now();
    s->leave();
    if (waiter* const w = first_in_line()) {
        hand_over(s, w);
    } else {
        idle_.push_back(s);
    }
    returned_.notify_all();
}

/// Leaves nothing of the last owner in the connection; false when it must be closed.
bool pool::settle(slot* s) noexcept {
    if (s->process != process_generation())
        return false;
    source_location const where = s->leased_at.load();
    if (!s->levels.empty())
        abandon_level(*s, {1, s->levels.front().serial}, where);
    if (s->broken.load() || !s->connection->usable())
        return false;
    s->connection->forget_parameters();
    try {
        s->transaction_invalid = false;
        if (s->connection->transaction() != backend::transaction_state::none) {
            run_command(*s, "ROLLBACK", where);
        }
    } catch (...) {
        return false;
    }
    return s->connection->transaction() == backend::transaction_state::none;
}

/// Closes a leased connection that turned out to be dead before its owner saw it.
void pool::discard(slot* s) noexcept {
    s->end_lease();
    std::unique_lock lock{mutex_};
    std::erase(all_, s);
    ++closed_count_;
    suspect_all();
    lock.unlock();
    s->close();
    slot::recycle(s);
    lock.lock();
    lost_one(lock);
}

/// A place came free: the first in line may open a connection of its own.
void pool::lost_one(std::unique_lock<std::mutex>&) noexcept {
    if (!closed_ && all_.size() + opening_ < max_) {
        if (waiter* const w = first_in_line()) {
            ++opening_;
            w->may_open = true;
            w->ready.notify_one();
        }
    }
    returned_.notify_all();
}

void pool::hand_over(slot* s, waiter* w) noexcept {
    s->lease_to(w->identity, w->where);
    ++leases_;
    w->given = s;
    w->ready.notify_one();
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
}

bool pool::close(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    closed_ = true;
    for (waiter* w = line_; w; w = w->next)
        w->ready.notify_one();
    std::vector<slot*> const idle = std::move(idle_);
    idle_.clear();
    for (slot* s : idle)
        std::erase(all_, s);
    closed_count_ += idle.size();
    lock.unlock();
    for (slot* s : idle) {
        s->close();
        slot::recycle(s);
    }
    lock.lock();
    return returned_.wait_for(lock, patience, [&] { return all_.empty() && opening_ == 0; });
}

pool_counts pool::counts() const {
    std::lock_guard const lock{mutex_};
    pool_counts c;
    c.idle = idle_.size();
    c.in_use = all_.size() - idle_.size();
    c.opening = opening_;
    c.size = all_.size() + opening_;
    c.waiting = waiting_;
    c.opened = opened_;
    c.closed = closed_count_;
    c.leases = leases_;
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
        auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(
            clock::now() - oldest->leased_since);
        source_location const where = oldest->leased_at.load();
        text += ", oldest lease " + std::to_string(age.count()) + " ms old, taken at " +
                where.file_name() + ":" + std::to_string(where.line());
    }
    return text;
}

void pool::throw_timeout() const {
    std::lock_guard const lock{mutex_};
    throw pool_timeout_error("no session of " + name_ + " came free within " +
                             std::to_string(options_.acquire_timeout.count()) + " ms" +
                             occupancy());
}

}  // namespace roam::detail
