// SPDX-License-Identifier: MIT
#pragma once

#include "session/idle_set.hpp"
#include "session/slot.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/database.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace roam::detail {

/// The connections of one database, shared by threads.
///
/// A lease takes an idle connection; else, below the maximum, the caller opens one itself; else it
/// waits in line. Taking an idle one and giving it back need no lock (idle_set). While somebody
/// waits, whoever gives one back wakes the first in line; until that one runs, anybody may take the
/// connection, which saves a change of threads at each return. Who wakes and finds nothing is owed
/// the next one, which is handed to it, and nobody overtakes it any more. (The mutexes of Linux
/// do the same: Documentation/locking/mutex-design, "handoff".) The lock is never held while a
/// connection is opened, validated, reset or closed, nor while the observer is told.
/// Thread safety: every member may be called from any number of threads at once.
class pool : public std::enable_shared_from_this<pool> {
public:
    pool(std::shared_ptr<backend::connector> connector, database_options options);
    ~pool();
    pool(pool const&) = delete;
    pool& operator=(pool const&) = delete;

    /// A slot with an open connection, leased to the caller's context. Its lease ends with
    /// give_back(), to be called with `inside` held or before anybody else knows of the lease.
    /// A stop ends the wait with cancelled_error.
    slot* lease(source_location where, std::stop_token const& stop = {});
    void give_back(slot* s) noexcept;

    /// Throws unsupported_error in a thread that may not use the engine at all.
    void check_caller() const { connector_->check_caller(); }

    /// Prepared statements of idle sessions may be stale: each gets rid of them before it is
    /// leased. Those in use prepare anew what the engine refuses (D36).
    void note_schema_change() noexcept { schema_.fetch_add(1, std::memory_order_relaxed); }

    /// Begins the thread that tends, where the options want one; once, after construction.
    void start();
    void tend();

    /// The context has ended: connections that are its alone are closed, now or on return.
    void end_member(std::uint64_t identity) noexcept;

    bool close(std::chrono::milliseconds patience);
    pool_counts counts() const;
    std::size_t max_sessions() const noexcept { return max_; }
    std::string const& name() const noexcept { return name_; }
    database_options const& options() const noexcept { return options_; }
    sql::dialect const& dialect();

private:
    using clock = std::chrono::steady_clock;
    using reason = std::uint64_t pool_counts::*;
    struct request {
        std::uint64_t identity;
        std::uint64_t wish;  ///< the place to look at first
        source_location where;
        std::stop_token const& stop;
        std::chrono::milliseconds patience;
        clock::time_point start = {};
        clock::time_point deadline = {};

        /// To be called before whatever takes time: a lease of an idle connection asks no clock.
        void start_clock() noexcept {
            if (start == clock::time_point{}) {
                start = clock::now();
                deadline = start + patience;
            }
        }
    };
    struct waiter {
        request const& asked;
        std::condition_variable ready = {};
        std::condition_variable_any* stoppable = nullptr;  ///< in the place of `ready`
        waiter* next = nullptr;
        slot* given = nullptr;
        bool may_open = false;
        bool nudged = false;  ///< woken because a connection is idle, and not yet running
        bool owed = false;    ///< has run after that, and found nothing

        void wake() noexcept { stoppable ? stoppable->notify_one() : ready.notify_one(); }
    };
    enum class turn { leased, may_open };

    /// By which ages are judged.
    clock::time_point now() const noexcept {
        return options_.time ? options_.time->now() : coarse_now();
    }
    static clock::time_point coarse_now() noexcept;

    turn take_turn(std::unique_lock<std::mutex>& lock, request& r, slot*& leased);
    bool wait(std::unique_lock<std::mutex>& lock, waiter& self);
    bool serve(waiter& self) noexcept;
    slot* take_idle(request const& r) noexcept;
    slot* take_member(std::uint64_t identity) noexcept;
    bool has_room_for(std::uint64_t identity) const noexcept;
    void join(request const& r);
    slot* open_one(request& r);
    slot* connect(clock::time_point deadline, std::uint64_t member = 0);
    std::unique_ptr<backend::connection> attempt(clock::time_point deadline);
    void take_in(slot* s) noexcept;
    static void grant(slot* s, request const& r, clock::time_point at) noexcept;
    void grant_at_once(slot* s, request const& r, clock::time_point at) noexcept;
    void grant_after_wait(slot* s, request const& r, clock::time_point at) noexcept;
    void uncount(slot* s) noexcept;
    void close_due(clock::time_point at);
    void report_overdue(clock::time_point at);
    void open_idle();
    void make_place();
    void suspect_all() noexcept;
    bool make_ready(slot* s, request& r, clock::time_point at) noexcept;
    void prepare_connection(slot* s);
    void discard(slot* s, reason why) noexcept;
    void drop(std::unique_lock<std::mutex>& lock, slot* s, reason why) noexcept;
    void lost_one() noexcept;
    reason why_not_keep(slot const* s, bool good, clock::time_point at) const noexcept;
    void offer(slot* s, clock::time_point at) noexcept;
    void attend_line() noexcept;
    void set_access() noexcept;
    waiter* first_in_line() noexcept;
    void leave_line(waiter* w) noexcept;
    std::size_t held_by(std::uint64_t identity) const;
    std::string occupancy() const;
    [[noreturn]] void throw_timeout();

    // What every lease reads, and what is seldom written.
    std::shared_ptr<backend::connector> const connector_;
    database_options const options_;
    std::string const name_;
    std::size_t const max_;
    std::atomic<sql::dialect const*> dialect_{nullptr};
    std::atomic<std::uint64_t> schema_{0};      ///< how often Roam has changed it here
    std::atomic<clock::rep> suspect_since_{0};  ///< a link was lost then: older ones are validated
    idle_set idle_;
    std::vector<slot*> places_;  ///< of open connections, idle and in use; null where there is none

    // What is written while somebody waits: away from the above, which others read meanwhile.
    alignas(cache_line) mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::size_t size_ = 0;                ///< of the places, those that are not empty
    std::vector<std::uint64_t> members_;  ///< with connections of their own, where that is so
    waiter* line_ = nullptr;
    waiter* line_end_ = nullptr;
    std::size_t waiting_ = 0;
    std::size_t opening_ = 0;
    bool closed_ = false;
    std::chrono::milliseconds next_backoff_{0};  ///< zero: the last attempt to connect succeeded
    clock::time_point failing_until_{};
    std::string failure_;
    std::condition_variable ending_;
    std::unique_ptr<std::thread> tender_;
    unsigned tender_process_ = 0;
    pool_counts totals_;  ///< the sums; what is counted at one instant stays zero
};

}  // namespace roam::detail
