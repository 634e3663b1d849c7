// SPDX-License-Identifier: MIT
#pragma once

#include "session/slot.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/database.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace roam::detail {

/// The connections of one database, shared by threads.
///
/// A lease takes an idle connection; else, below the maximum, the caller opens one itself; else it
/// waits in line, and whoever returns a connection hands it to the first in line. The lock is
/// never held while a connection is opened, validated, reset or closed.
/// Thread safety: every member may be called from any number of threads at once.
class pool : public std::enable_shared_from_this<pool> {
public:
    pool(std::shared_ptr<backend::connector> connector, database_options options);
    ~pool();
    pool(pool const&) = delete;
    pool& operator=(pool const&) = delete;

    /// A slot with an open connection, leased to the caller's context. Its lease ends with
    /// give_back(), to be called with `inside` held or before anybody else knows of the lease.
    slot* lease(source_location where);
    void give_back(slot* s) noexcept;

    /// Prepared statements of idle sessions may be stale: each gets rid of them before it is
    /// leased. Those in use prepare anew what the engine refuses (D36).
    void note_schema_change() noexcept { schema_.fetch_add(1, std::memory_order_relaxed); }

    bool close(std::chrono::milliseconds patience);
    pool_counts counts() const;
    std::size_t max_sessions() const noexcept { return max_; }
    std::string const& name() const noexcept { return name_; }
    database_options const& options() const noexcept { return options_; }
    sql::dialect const& dialect();

private:
    using clock = std::chrono::steady_clock;
    struct waiter {
        std::condition_variable ready;
        waiter* next = nullptr;
        slot* given = nullptr;
        bool may_open = false;
        std::uint64_t identity = 0;
        source_location where;
    };
    enum class turn { leased, may_open };

    turn take_turn(std::unique_lock<std::mutex>& lock, clock::time_point deadline,
                   std::uint64_t identity, source_location where, slot*& leased);
    slot* open_one(clock::time_point deadline, std::uint64_t identity, source_location where);
    void make_place();
    void suspect_all() noexcept;
    bool make_ready(slot* s, clock::time_point now) noexcept;
    void prepare_connection(slot* s);
    bool settle(slot* s) noexcept;
    void discard(slot* s) noexcept;
    void lost_one(std::unique_lock<std::mutex>& lock) noexcept;
    void hand_over(slot* s, waiter* w) noexcept;
    waiter* first_in_line() noexcept;
    void leave_line(waiter* w) noexcept;
    std::size_t held_by(std::uint64_t identity) const;
    std::string occupancy() const;
    [[noreturn]] void throw_timeout() const;

    std::shared_ptr<backend::connector> const connector_;
    database_options const options_;
    std::string const name_;
    std::size_t const max_;
    std::atomic<sql::dialect const*> dialect_{nullptr};
    std::atomic<std::uint64_t> schema_{0};  ///< how often Roam has changed it here

    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<slot*> idle_;  ///< the last returned is leased first: its caches are warm
    std::vector<slot*> all_;   ///< idle and in use
    waiter* line_ = nullptr;
    waiter* line_end_ = nullptr;
    std::size_t waiting_ = 0;
    std::size_t opening_ = 0;
    bool closed_ = false;
    std::atomic<clock::rep> suspect_since_{0};  ///< a link was lost then: older ones are validated
    std::uint64_t opened_ = 0;
    std::uint64_t closed_count_ = 0;
    std::uint64_t leases_ = 0;
};

}  // namespace roam::detail
