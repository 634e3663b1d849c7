// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/source_location.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stop_token>
#include <tuple>
#include <utility>

namespace roam {

namespace detail {
struct locked_state;
}

/// One session that threads use in turn: the first of the three ways to share one.
///
///     roam::locked_session shared{library};
///     ...
///     auto mine = shared.lock();                // in any thread: waits for its turn
///     roam::update(b, mine);
///     roam::transaction tx{mine};               // several operations that belong together
///
/// It is always the same session: what its users leave in it (temporary tables, settings) stays.
/// Use it where there can be one connection only; otherwise a `database` serves more at once.
/// Who waits longest is served first. Each holder becomes the session's owner, with all checks.
/// Ownership: holds the lease until it and its guards are gone. Thread safety: every member may be
/// called from any number of threads at once.
class locked_session {
public:
    /// Leases the session at the first lock(), and anew after its connection was lost.
    explicit locked_session(database const& db);

    /// Takes over a session that is yours. Throws usage_error when a transaction is open on it.
    /// When its connection is lost, each later lock() throws session_closed_error.
    explicit locked_session(session&& s);

    locked_session(locked_session const&) = delete;
    locked_session& operator=(locked_session const&) = delete;

    /// The session, while this lives. A transaction that is still open at the end is rolled back.
    /// Ownership: movable; keeps what it holds alive. Thread safety: belongs to the context that
    /// locked it; destroyed in another, it closes the connection.
    class [[nodiscard]] guard {
    public:
        guard(guard&& other) noexcept = default;
        guard& operator=(guard&& other) noexcept;
        guard(guard const&) = delete;
        guard& operator=(guard const&) = delete;
        ~guard();

        operator session&() const;
        session& get() const { return *this; }

    private:
        friend class locked_session;
        explicit guard(std::shared_ptr<detail::locked_state> of) noexcept : of_(std::move(of)) {}
        std::shared_ptr<detail::locked_state> of_;
    };

    /// Waits as long as it takes. Throws usage_error when the caller holds the lock itself, and
    /// what database::lease() throws.
    guard lock(source_location where = source_location::current());

    /// Nothing when it is taken.
    std::optional<guard> try_lock(source_location where = source_location::current());

    /// Nothing when it stays taken for so long, or when a stop is requested.
    std::optional<guard> try_lock_for(std::chrono::milliseconds patience, std::stop_token stop = {},
                                      source_location where = source_location::current());

private:
    std::optional<guard> locked(std::optional<std::chrono::milliseconds> patience,
                                std::stop_token stop, source_location where);

    std::shared_ptr<detail::locked_state> state_;
};

/// Several at once: `auto [from, to] = roam::lock_all(first, second);`. All who take theirs so take
/// them in one order, whatever the order of the arguments, and never wait in a circle. The same one
/// twice is a usage_error.
template <class... Locked>
    requires(sizeof...(Locked) > 1 && (std::same_as<Locked, locked_session> && ...))
auto lock_all(Locked&... each) {
    std::array<locked_session*, sizeof...(Locked)> const given{&each...};
    std::array<std::size_t, sizeof...(Locked)> order;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return std::less{}(given[a], given[b]); });
    std::array<std::optional<locked_session::guard>, sizeof...(Locked)> held;
    for (std::size_t const place : order)
        held[place].emplace(given[place]->lock());
    return std::apply([](auto&... one) { return std::tuple{std::move(*one)...}; }, held);
}

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<locked_session> = true;
template <>
inline constexpr bool mapping::detail::is_bound_to_connection<locked_session::guard> = true;

}  // namespace roam
