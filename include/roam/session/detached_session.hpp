// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/session.hpp>

namespace roam {

/// A session on its way from one owner to the next: what session::detach() makes in the old thread
/// and attach() turns into a session in the new one.
///
///     auto parcel = std::move(s).detach();
///     std::jthread{[parcel = std::move(parcel)]() mutable { roam::session t = parcel.attach(); }};
///
/// Ownership: it holds the lease; destroyed before attach() it gives the connection back.
/// Thread safety: one thread at a time; whatever hands it over has to synchronise the two.
class detached_session {
public:
    detached_session(detached_session&& other) noexcept;
    detached_session& operator=(detached_session&& other) noexcept;
    detached_session(detached_session const&) = delete;
    detached_session& operator=(detached_session const&) = delete;
    ~detached_session();

    /// Makes the caller's context the owner. Throws session_closed_error if it was attached, moved
    /// from or forked away from; unsupported_error where backend::connector::check_caller() does.
    session attach(source_location where = source_location::current());

    /// True until it is attached or moved from.
    explicit operator bool() const noexcept { return slot_ != nullptr; }

private:
    friend class session;
    explicit detached_session(detail::slot* slot) noexcept : slot_(slot) {}
    session take(source_location where) noexcept;

    detail::slot* slot_ = nullptr;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<detached_session> = true;

}  // namespace roam
