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
namespace {

constexpr std::size_t most_places = 65'535;

}  // namespace

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
    if (!options_.per_thread) {
        if (max_ > most_places) {
            throw usage_error("database_options::max_sessions can be " +
                              std::to_string(most_places) + " at most");
        }
        places_.resize(max_);
        idle_.reserve(max_);
    }
    set_access();
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
    check_caller();
    auto const at = now();
    context& here = current_context();
    request r{here.identity(), here.last_place_, where, stop, options_.acquire_timeout};
    for (;;) {
        slot* s = options_.per_thread ? nullptr : take_idle(r);
        if (s) {
            grant_at_once(s, r, at);
        } else {
            std::unique_lock lock{mutex_};
            if (closed_)
                throw pool_closed_error("the database " + name_ + " was closed");
            if (s = take_idle(r); s != nullptr) {
                grant_at_once(s, r, at);
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
            }
        }
        bool const old = at >= s->old_from;
        if (!old && make_ready(s, r, at)) {
            here.last_place_ = s->place;
            s->tell(session_event::kind::leased);
            return s;
        }
        discard(s, old ? &pool_counts::closed_old : &pool_counts::closed_lost);
        r.start_clock();
        if (clock::now() >= r.deadline)
            throw_timeout();
    }
}

/// An idle connection that this context may have at once. Called with the lock held where each
/// context has its own.
slot* pool::take_idle(request const& r) noexcept {
    if (options_.per_thread)
        return take_member(r.identity);
    auto const place = idle_.take(r.wish);
    return place == idle_set::none ? nullptr : places_[place];
}

/// One that is this context's alone. Called with the lock held.
slot* pool::take_member(std::uint64_t identity) noexcept {
    for (slot* s : places_) {
        if (s && s->member == identity && idle_.take_this(s->place))
            return s;
    }
    return nullptr;
}

/// Called with the lock held.
bool pool::has_room_for(std::uint64_t identity) const noexcept {
    if (!options_.per_thread)
        return size_ + opening_ < max_ && line_ == nullptr;
    auto const mine = std::count_if(places_.begin(), places_.end(),
                                    [&](slot const* s) { return s && s->member == identity; });
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
    while (slot* const s = take_member(identity))
        drop(lock, s, &pool_counts::closed_idle);
}

void pool::grant(slot* s, request const& r, clock::time_point at) noexcept {
    s->lease_to(r.identity, r.where);
    s->leased_since.store(at, std::memory_order_relaxed);
}

// Nobody but the owner writes the slot's count, and the pool's sums need the lock.
void pool::grant_at_once(slot* s, request const& r, clock::time_point at) noexcept {
    grant(s, r, at);
    s->wait_bucket = 0;
    s->leases_at_once.store(s->leases_at_once.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
}

/// Called with the lock held.
void pool::grant_after_wait(slot* s, request const& r, clock::time_point at) noexcept {
    grant(s, r, at);
    auto const time =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - r.start).count();
    s->wait_bucket = static_cast<std::uint8_t>(std::min<std::size_t>(
        std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(time)))),
        totals_.waits.size() - 1));
    ++totals_.waits[s->wait_bucket];
    ++totals_.leases;
}

/// The owner never saw it: that was no lease. Called with the lock held.
void pool::uncount(slot* s) noexcept {
    if (s->wait_bucket == 0) {
        s->leases_at_once.fetch_sub(1, std::memory_order_relaxed);
    } else {
        --totals_.leases;
        --totals_.waits[s->wait_bucket];
    }
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
    ++size_;
    auto const place = std::find(places_.begin(), places_.end(), nullptr);
    *place = s;  // there is one: opening_ has kept it
    s->place = static_cast<std::size_t>(place - places_.begin());
    s->leases_at_once.store(0, std::memory_order_relaxed);
    s->home = shared_from_this();  // until drop(): a count less for each lease
}

slot* pool::open_one(request& r) {
    r.start_clock();
    slot* const s = connect(r.deadline, options_.per_thread ? r.identity : 0);
    {
        std::lock_guard const lock{mutex_};
        take_in(s);
        grant_after_wait(s, r, now());
    }
    current_context().last_place_ = s->place;
    s->tell(session_event::kind::leased);
    return s;
}

/// Where each context has its own, any number of them. Called with the lock held.
void pool::make_place() {
    if (auto const most = size_ + opening_ + 1; places_.size() < most) {
        places_.reserve(2 * most);
        idle_.reserve(2 * most);
        places_.resize(2 * most);
    }
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
    late_hooks late;
    s->end_lease();
    bool const good = settle(*s);
    late.take(*s);
    if (std::exchange(s->schema_changed, false))
        note_schema_change();
    s->tell(session_event::kind::returned);
    auto const at = now();
    s->idle_since = at;
    s->leave();
    if (good && at < s->old_from && idle_.put(s->place))
        return;  // it may be anybody's by now, and the pool gone
    auto const keep_alive = s->home;
    std::unique_lock lock{mutex_};
    if (!good)
        suspect_all();
    if (reason const why = why_not_keep(s, good, at)) {
        drop(lock, s, why);
    } else {
        offer(s, at);
    }
}

/// Called with the lock held.
pool::reason pool::why_not_keep(slot const* s, bool good, clock::time_point at) const noexcept {
    if (!good)
        return &pool_counts::closed_lost;
    if (closed_)
        return &pool_counts::closed_at_end;
    if (at >= s->old_from)
        return &pool_counts::closed_old;
    bool const its_owner_has_ended =
        s->member != 0 && std::find(members_.begin(), members_.end(), s->member) == members_.end();
    bool const too_many = !line_ && idle_.count() >= options_.max_idle;
    return its_owner_has_ended || too_many ? &pool_counts::closed_idle : nullptr;
}

/// Closes a leased connection before its owner saw it.
void pool::discard(slot* s, reason why) noexcept {
    s->end_lease();
    std::unique_lock lock{mutex_};
    uncount(s);
    if (why == &pool_counts::closed_lost)
        suspect_all();
    drop(lock, s, why);
}

/// Closes a connection that is in nobody's hands and not among the idle ones.
void pool::drop(std::unique_lock<std::mutex>& lock, slot* s, reason why) noexcept {
    places_[s->place] = nullptr;
    --size_;
    auto const at_once = s->leases_at_once.load(std::memory_order_relaxed);
    totals_.leases += at_once;
    totals_.waits[0] += at_once;
    ++totals_.closed;
    ++(totals_.*why);
    lock.unlock();
    s->close();
    s->home.reset();
    slot::recycle(s);
    lock.lock();
    lost_one();
}

bool pool::close(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    closed_ = true;
    set_access();
    for (waiter* w = line_; w; w = w->next)
        w->wake();
    ending_.notify_all();
    std::unique_ptr<std::thread> tender = std::move(tender_);
    lock.unlock();
    if (tender) {
        if (tender_process_ == process_generation()) {
            tender->join();
        } else {
            static_cast<void>(tender.release());  // a forked child has no such thread
        }
    }
    lock.lock();
    for (auto at = idle_.take_any(); at != idle_set::none; at = idle_.take_any())
        drop(lock, places_[at], &pool_counts::closed_at_end);
    return returned_.wait_for(lock, patience, [&] { return size_ + opening_ == 0; });
}

pool_counts pool::counts() const {
    std::lock_guard const lock{mutex_};
    pool_counts c = totals_;
    for (slot const* s : places_) {
        if (s) {
            auto const at_once = s->leases_at_once.load(std::memory_order_relaxed);
            c.leases += at_once;
            c.waits[0] += at_once;
        }
    }
    c.idle = idle_.count();
    c.in_use = size_ - c.idle;
    c.opening = opening_;
    c.size = size_ + opening_;
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
    return static_cast<std::size_t>(std::count_if(
        places_.begin(), places_.end(),
        [&](slot const* s) { return s && s->owner.load(std::memory_order_relaxed) == identity; }));
}

/// Called with the lock held.
std::string pool::occupancy() const {
    std::string text = ": size " + std::to_string(size_ + opening_) + " of " +
                       std::to_string(max_) + ", in use " + std::to_string(size_ - idle_.count()) +
                       ", waiting " + std::to_string(waiting_);
    slot const* oldest = nullptr;
    clock::time_point since = clock::time_point::max();
    for (slot const* s : places_) {
        if (!s || s->owner.load(std::memory_order_relaxed) == 0)
            continue;
        if (auto const its = s->leased_since.load(std::memory_order_relaxed); its < since) {
            oldest = s;
            since = its;
        }
    }
    if (oldest) {
        auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - since);
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
