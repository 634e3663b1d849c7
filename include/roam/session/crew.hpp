// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/source_location.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <stop_token>
#include <utility>

namespace roam {

/// What a child of a crew is told.
struct crew_member {
    std::size_t number;    ///< from 0
    std::stop_token stop;  ///< requested once another child has thrown
    session& own;          ///< the child's session, which is also its current one
};

/// A parent and its children: the second of the three ways to share. The parent leases the sessions
/// before any child begins and has all of them back before it goes on.
///
///     roam::crew readers{library, 4};
///     readers.run([&](roam::crew_member const& me) { ... roam::select<book>().all() ... });
///     readers.for_each(books, [](book& b) { roam::update(b); });
///
/// Each child is a thread with a session of its own, current for it. When one throws, the others
/// are asked to stop, and run() throws the first exception once all have ended. A child sees what
/// is committed, not what the parent has open in a transaction.
/// Ownership: holds its leases until it is destroyed. Thread safety: belongs to the context that
/// made it; the children are its own threads.
class crew {
public:
    /// Leases `size` sessions, or none and throws what database::lease() throws. More than the
    /// pool has is a usage_error: they would wait for each other.
    crew(database const& db, std::size_t size, source_location where = source_location::current());
    crew(crew const&) = delete;
    crew& operator=(crew const&) = delete;
    ~crew();

    std::size_t size() const noexcept;

    /// Runs `work` once in each child, with a crew_member or with nothing, and waits for all. What
    /// a child left open on its session is rolled back. Callable again and again.
    template <class Work>
        requires std::invocable<Work&, crew_member const&> || std::invocable<Work&>
    void run(Work&& work) {
        run_each([&](crew_member const& me) {
            if constexpr (std::invocable<Work&, crew_member const&>) {
                work(me);
            } else {
                work();
            }
        });
    }

    /// Runs `work(item)` for each item, dealt out to whichever child is free. After an exception no
    /// further item is begun.
    template <class Items, class Work>
    void for_each(Items& items, Work&& work) {
        std::atomic<std::size_t> next{0};
        run([&](crew_member const& me) {
            while (!me.stop.stop_requested()) {
                std::size_t const at = next.fetch_add(1, std::memory_order_relaxed);
                if (at >= std::size(items))
                    return;
                work(std::begin(items)[static_cast<std::ptrdiff_t>(at)]);
            }
        });
    }

private:
    struct state;
    void run_each(std::function<void(crew_member const&)> const& work);

    std::unique_ptr<state> state_;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<crew> = true;
template <>
inline constexpr bool mapping::detail::is_bound_to_connection<crew_member> = true;

}  // namespace roam
