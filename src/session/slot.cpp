// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/pool.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>

#include <pthread.h>

#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace roam::detail {
namespace {

/// Never destroyed: sessions in other statics may outlive any order of destruction.
struct free_slots {
    std::mutex mutex;
    slot* first = nullptr;
};
free_slots& all_free() {
    static auto* const list = new free_slots;
    return *list;
}

std::atomic<std::uint64_t> next_number{1};

std::atomic<slot*> last_made{nullptr};
std::atomic<unsigned> fork_count{0};

/// In a forked child: what the parent leased is the parent's. Nobody owns these slots here, so
/// that their sessions are refused, and closed without a byte when they are destroyed.
void disown_all() noexcept {
    fork_count.fetch_add(1, std::memory_order_relaxed);
    for (slot* s = last_made.load(std::memory_order_acquire); s; s = s->next_made) {
        s->owner.store(0, std::memory_order_relaxed);
    }
}

slot* make_slot() {
    static int const registered = pthread_atfork(nullptr, nullptr, disown_all);
    static_cast<void>(registered);
    slot* const s = new slot;
    s->next_made = last_made.load(std::memory_order_relaxed);
    while (!last_made.compare_exchange_weak(s->next_made, s, std::memory_order_release,
                                            std::memory_order_relaxed)) {
    }
    return s;
}

}  // namespace

unsigned process_generation() noexcept { return fork_count.load(std::memory_order_relaxed); }

slot* slot::acquire() {
    auto& list = all_free();
    {
        std::lock_guard const lock{list.mutex};
        if (slot* s = list.first) {
            list.first = s->next_free;
            s->next_free = nullptr;
            return s;
        }
    }
    return make_slot();
}

void slot::recycle(slot* s) noexcept {
    s->watch.reset();
    auto& list = all_free();
    std::lock_guard const lock{list.mutex};
    s->next_free = list.first;
    list.first = s;
}

void slot::open_with(std::unique_ptr<backend::connection> c, std::size_t cache_size) {
    statements = std::make_unique<statement_cache>(cache_size);
    connection = std::move(c);
    number = next_number.fetch_add(1, std::memory_order_relaxed);
    process = process_generation();
    levels.clear();
    reads.clear();
    doomed = {};
    transaction_invalid = touched = limited = schema_changed = false;
    aged = false;
    broken.store(false, std::memory_order_relaxed);
    streaming.store(false, std::memory_order_relaxed);
    orphaned.store(false, std::memory_order_relaxed);
    inside.store(false, std::memory_order_relaxed);
    cancel_target.store(connection.get(), std::memory_order_release);
    tell(session_event::kind::opened);
}

void slot::close() noexcept {
    if (!connection)
        return;
    cancel_target.store(nullptr, std::memory_order_release);
    while (cancelling.load())
        std::this_thread::yield();
    tell(session_event::kind::closed);
    if (process != process_generation())
        connection->abandon();
    hooks = {};
    statements.reset();
    connection.reset();
}

std::uint64_t slot::lease_to(std::uint64_t identity, source_location where) noexcept {
    leased_at.store(where);
    owner.store(identity, std::memory_order_relaxed);
    // Nobody else writes it between two leases: that costs less than adding to it.
    auto const next = generation.load(std::memory_order_relaxed) + 1;
    generation.store(next, std::memory_order_relaxed);
    return next;
}

void slot::end_lease() noexcept {
    generation.fetch_add(1);  // sequentially consistent with cancel_handle::cancel
    owner.store(0, std::memory_order_relaxed);
    while (cancelling.load())
        std::this_thread::yield();
}

void slot::put_down() noexcept {
    end_limits(1);
    end_lease();
    owner.store(nobody, std::memory_order_relaxed);
}

// `leased_since` is the pool's to read meanwhile, and tells of the whole lease.
std::uint64_t slot::take_up(source_location where) noexcept {
    leased_at.store(where);
    owner.store(current_context().identity(), std::memory_order_relaxed);
    tell(session_event::kind::attached);
    return generation.fetch_add(1, std::memory_order_relaxed) + 1;
}

// A destructor may run in another context than the lease was taken in, beside a call of its owner:
// that call ends first. A stream is not waited for, its reader may be waiting for this very thread.
void slot::part(std::uint64_t expected) noexcept {
    if (generation.load() != expected)
        return;
    bool const foreign = owner.load(std::memory_order_relaxed) != current_context().identity();
    while (inside.exchange(true, std::memory_order_acquire)) {
        if (generation.load() != expected)
            return;
        if (!streaming.load()) {
            std::this_thread::yield();
            continue;
        }
        if (!generation.compare_exchange_strong(expected, expected + 1))
            return;
        ++expected;
        if (foreign)
            broken.store(true);
        orphaned.store(true);
        if (streaming.load() || !orphaned.exchange(false))
            return;
    }
    if (generation.load() != expected) {
        leave();
        return;
    }
    if (foreign)
        broken.store(true);
    hand_back();
}

// Pairs with part(): either it sees that the stream is over, or this sees the orphan.
bool slot::end_stream() noexcept {
    if (owner.load(std::memory_order_relaxed) != current_context().identity())
        broken.store(true);
    if (auto const mark = std::exchange(doomed, {}); mark.level != 0) {
        abandon_level(*this, mark, leased_at.load());
    }
    streaming.store(false);
    return orphaned.exchange(false);
}

std::uint32_t slot::begin_limit(std::chrono::milliseconds time, std::stop_token stop) {
    limits.push_back(std::make_unique<call_limit>(*connection, time, std::move(stop)));
    return static_cast<std::uint32_t>(limits.size());
}

void slot::end_limits(std::uint32_t place) noexcept {
    while (limits.size() >= place)
        limits.pop_back();
}

void slot::hand_back() noexcept {
    end_limits(1);
    if (home) {
        home->give_back(this);
        return;
    }
    late_hooks late;
    end_lease();
    if (!levels.empty())
        abandon_level(*this, {1, levels.front().serial}, leased_at.load());
    late.take(*this);
    close();
    recycle(this);
}

void slot::throw_closed() {
    throw session_closed_error("the session was given back or moved from; lease a new one");
}

void slot::throw_not_owner(std::uint64_t expected) const {
    if (generation.load() != expected)
        throw_closed();
    if (process.load(std::memory_order_relaxed) != process_generation()) {
        throw session_closed_error(
            "the session belongs to the parent process; lease a new one after fork()");
    }
    source_location const where = leased_at.load();
    throw wrong_context_error(
        "the session belongs to context " + std::to_string(owner.load(std::memory_order_relaxed)) +
        " (leased at " + where.file_name() + ":" + std::to_string(where.line()) +
        ") and was used by context " + std::to_string(current_context().identity()) +
        "; lease a session of its own for each thread");
}

void slot::throw_inside(std::uint64_t expected) const {
    if (generation.load() != expected)
        throw_closed();
    if (streaming.load()) {
        throw session_busy_error(
            "a stream is open on this session; read it to its end or destroy it first, or use "
            "all(), or another session");
    }
    source_location const where = leased_at.load();
    throw session_overlap_error("two calls are inside one session at once (leased at " +
                                std::string{where.file_name()} + ":" +
                                std::to_string(where.line()) + ")");
}

// What try_enter() saw is asked again: a lease that is over is told as that, whatever came first.
void slot::throw_not_entered(std::uint64_t expected, std::uint64_t caller) const {
    if (owner.load(std::memory_order_relaxed) != caller)
        throw_not_owner(expected);
    throw_inside(expected);
}

void slot::tell(session_event::kind what, std::string_view detail) noexcept {
    if (!watch)
        return;
    try {
        watch->session({what, number, detail, leased_at.load()});
    } catch (...) {  // an observer never breaks what it observes
    }
}

}  // namespace roam::detail
