// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/sqlite.hpp>
#include <roam/fwd.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/session/observer.hpp>
#include <roam/session/session.hpp>
#include <roam/source_location.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roam {

namespace detail {
class pool;
struct scope_entry;
}  // namespace detail

/// Tells the time. Thread safety: now() is called from any number of threads at once.
class time_source {
public:
    virtual ~time_source() = default;
    virtual std::chrono::steady_clock::time_point now() const noexcept = 0;
};

/// How a database is shared. Defaults stand in the declaration.
struct database_options {
    /// The most connections at once: 1 to 65,535. A SQLite memory database that cannot be shared
    /// has 1 whatever is said here.
    std::size_t max_sessions = 10;

    /// Each thread (each context) has connections of its own, max_sessions at most, that no other
    /// one ever uses. Nobody waits for another's; they are closed when the thread ends. For what is
    /// bound to a connection and to a thread. Excludes min_idle.
    bool per_thread = false;

    /// One deadline over waiting for a session, connecting and validating.
    std::chrono::milliseconds acquire_timeout{5000};

    /// A connection that was idle for longer is asked for a sign of life before it is leased. Zero:
    /// each is asked, which is a round trip; milliseconds::max(): none is.
    std::chrono::milliseconds validate_after{1000};

    /// Connections to keep open though nobody uses them.
    std::size_t min_idle = 0;

    /// The most to keep open that nobody uses; one that comes back beyond it is closed.
    std::size_t max_idle = std::numeric_limits<std::size_t>::max();

    /// One that nobody used for so long is closed, down to min_idle; zero: never.
    std::chrono::milliseconds idle_timeout{0};

    /// One that is older is closed when it is idle; each some per cent earlier, at random, so that
    /// not all go at once. Zero: never.
    std::chrono::milliseconds max_lifetime{std::chrono::minutes{30}};

    /// A lease that lasts longer is reported once to the observer, with the place where it was
    /// taken; zero: never.
    std::chrono::milliseconds leak_after{0};

    /// After a failed attempt to connect, further ones fail at once with the same cause for so
    /// long, twice as long after each, 32 times at most. Zero: every caller tries for itself.
    std::chrono::milliseconds connect_backoff{50};

    /// How often a thread of the pool does what is due by min_idle, idle_timeout, max_lifetime and
    /// leak_after; there is none where min_idle, idle_timeout and leak_after are unset. Zero: no
    /// thread; the program calls database::tend().
    std::chrono::milliseconds tend_every{1000};

    /// For tests: the time by which ages are judged. Empty: the steady clock.
    std::shared_ptr<time_source const> time = {};

    /// A statement that runs longer throws timeout_error; zero: no limit.
    std::chrono::milliseconds statement_timeout{0};

    /// Prepared statements kept per connection, the least recently used given up first.
    std::size_t statement_cache_size = 256;

    /// SQL to run on each new connection, and again after a reset.
    std::vector<std::string> on_connect = {};

    /// Told of statements and sessions; may be empty.
    std::shared_ptr<observer> watch = {};
};

/// Counts of a pool, taken at one instant. They add up: idle + in_use + opening == size,
/// opened - closed == idle + in_use, the reasons make closed, and the waits make leases.
struct pool_counts {
    std::size_t size = 0;
    std::size_t idle = 0;
    std::size_t in_use = 0;
    std::size_t opening = 0;
    std::size_t waiting = 0;
    std::uint64_t opened = 0;  ///< connections made since the start
    std::uint64_t closed = 0;
    std::uint64_t leases = 0;    ///< leases granted since the start
    std::uint64_t timeouts = 0;  ///< leases that were not, for lack of time

    std::uint64_t closed_idle = 0;    ///< by idle_timeout or max_idle
    std::uint64_t closed_old = 0;     ///< by max_lifetime
    std::uint64_t closed_lost = 0;    ///< broken, or of no use to the next owner
    std::uint64_t closed_at_end = 0;  ///< by close()

    /// How many leases waited for how long: [0] not at all, [i] for less than 2^i microseconds, the
    /// last for longer.
    std::array<std::uint64_t, 25> waits{};
};

/// A database that threads share: where it is, its dialect, and the pool of its connections.
///
/// A cheap handle; copies share one pool, which lives until the last handle and the last lease
/// are gone. The constructor checks the URL and connects nothing.
/// Thread safety: every member may be called from any number of threads at once.
class database {
public:
    /// Throws url_error when the URL is malformed, has an unknown scheme or an unknown option.
    explicit database(std::string_view url, database_options options = {});

    /// Leases a session until it is destroyed. Throws pool_timeout_error after acquire_timeout
    /// (its message says size, use, waiters and the oldest lease), connection_error when no
    /// connection can be made, pool_closed_error after close().
    session lease(source_location where = source_location::current()) const;

    /// Leases nothing more, closes idle connections, waits until the leases that are out have come
    /// back or the time is over. True when all are back. Later leases close their connection on
    /// return.
    bool close(std::chrono::milliseconds patience = std::chrono::milliseconds{0}) const;

    pool_counts counts() const;

    /// Does now what is due: closes connections that are idle for too long or too old, opens up to
    /// min_idle, reports leases that last too long. For programs that want no thread for it.
    void tend() const;

    /// The most sessions at once.
    std::size_t max_sessions() const noexcept;

    /// The URL without its password.
    std::string const& name() const;

    /// Connects once if nobody did before.
    sql::dialect const& dialect() const;

    friend bool operator==(database const& a, database const& b) { return a.pool_ == b.pool_; }

private:
    friend class target;
    friend class session_scope;
    friend class transaction;
    friend struct detail::scope_entry;
    std::shared_ptr<detail::pool> pool_;
};

/// The database of operations that name none and have no scope around them; by default there is
/// none, and such an operation throws no_session_error. Process-wide. Thread-safe.
void set_default_database(database const& db);
void clear_default_database() noexcept;

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<database> = true;

}  // namespace roam
