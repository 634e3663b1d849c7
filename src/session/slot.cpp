// SPDX-License-Identifier: MIT
#include "session/slot.hpp"

#include <roam/error.hpp>

#include <pthread.h>

#include <mutex>
#include <string>
#include <thread>

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

std::atomic<unsigned>& forks() {
    static std::atomic<unsigned> count{0};
    static int const registered =
        pthread_atfork(nullptr, nullptr, [] { forks().fetch_add(1, std::memory_order_relaxed); });
    static_cast<void>(registered);
    return count;
}

}  // namespace

unsigned process_generation() noexcept { return forks().load(std::memory_order_relaxed); }

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
    return new slot;
}

void slot::recycle(slot* s) noexcept {
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
    level = 0;
    transaction_invalid = touched = broken = streaming = limited = false;
    cancel_target.store(connection.get(), std::memory_order_release);
    tell(session_event::kind::opened);
}

void slot::close() noexcept {
    if (!connection) return;
    cancel_target.store(nullptr, std::memory_order_release);
    while (cancelling.load()) std::this_thread::yield();
    tell(session_event::kind::closed);
    if (process != process_generation()) connection->abandon();
    statements.reset();
    connection.reset();
    watch.reset();
}

std::uint64_t slot::lease_to(std::uint64_t identity, source_location where) noexcept {
    leased_at = where;
    leased_since = std::chrono::steady_clock::now();
    owner.store(identity, std::memory_order_relaxed);
    return generation.fetch_add(1, std::memory_order_relaxed) + 1;
}

void slot::end_lease() noexcept {
    generation.fetch_add(1);  // sequentially consistent with cancel_handle::cancel
    owner.store(0, std::memory_order_relaxed);
    while (cancelling.load()) std::this_thread::yield();
}

void slot::throw_closed() {
    throw session_closed_error(
        "the session was given back, moved from, or its database was closed; lease a new one");
}

void slot::throw_wrong_context() const {
    throw wrong_context_error("the session belongs to context " +
                              std::to_string(owner.load(std::memory_order_relaxed)) +
                              " (leased at " + leased_at.file_name() + ":" +
                              std::to_string(leased_at.line()) + ") and was used by context " +
                              std::to_string(current_context().identity()) +
                              "; lease a session of its own for each thread");
}

void slot::throw_overlap() const {
    if (streaming) {
        throw session_busy_error(
            "a stream is open on this session; read it to its end or destroy it first, or use "
            "all(), or another session");
    }
    throw session_overlap_error("two calls are inside one session at once (leased at " +
                                std::string{leased_at.file_name()} + ":" +
                                std::to_string(leased_at.line()) + ")");
}

void slot::tell(session_event::kind what, std::string_view detail) noexcept {
    if (!watch) return;
    try {
        watch->session({what, number, detail, leased_at});
    } catch (...) {  // an observer never breaks what it observes
    }
}

}  // namespace roam::detail
