// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace soci {
class session;
}

// The only door to SOCI's SQLite backend. soci-sqlite3.h includes sqlite3.h inside a namespace of
// its own, so no file may include both; handles pass through here as void*.

namespace roam::sqlite::detail {

/// Opens a sqlite3*, or throws. The deadline belongs to one attempt.
using open_function = std::function<void*(std::chrono::steady_clock::time_point deadline)>;

struct session_holder;
struct session_closer {
    void operator()(session_holder* holder) const noexcept;
};

/// A SOCI session of our own making; destroying it closes the handle with sqlite3_close().
using owned_session = std::unique_ptr<session_holder, session_closer>;

/// An ordinary soci::session whose handle comes from `open`, on reconnect() as well: then with
/// `reconnect_wait` from that moment as its deadline.
owned_session open_session(open_function open, std::chrono::steady_clock::time_point deadline,
                           std::chrono::milliseconds reconnect_wait);

soci::session& session_of(session_holder& holder) noexcept;

/// The sqlite3* that a session has now; nullptr when it is closed or of another backend.
void* native_handle(soci::session& session);

/// Takes the handle away: the session no longer closes it.
void* release_handle(soci::session& session);

/// Makes sure that SOCI's objects for SQLite exist, and so are destroyed after the caller.
void touch_soci() noexcept;

}  // namespace roam::sqlite::detail
