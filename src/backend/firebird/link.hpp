// SPDX-License-Identifier: MIT
#pragma once

#include <ibase.h>

#include <memory>
#include <string>
#include <typeinfo>

namespace soci {
class session;
}

// The one place that sees SOCI's Firebird header.

namespace roam::firebird {

struct session_closer {
    void operator()(soci::session* session) const noexcept;
};
using session_ptr = std::unique_ptr<soci::session, session_closer>;

/// Opens a session by the factory object: by the backend's name SOCI 4.0.3 copies an unguarded
/// reference count with each connection_parameters, a race between threads.
/// Throws soci::soci_error, whose message is the library's or the server's.
session_ptr open_session(std::string const& connection_string);

/// Makes SOCI's own static objects, so that a static database is destroyed before them (D18).
void touch_statics();

/// Ends the transaction that SOCI's own statements have opened.
void roll_back(soci::session& session) noexcept;

/// What of a soci::session must stay the same while Roam uses its attachment.
class link_identity {
public:
    /// Throws usage_error when the session is closed or not SOCI's "firebird".
    explicit link_identity(soci::session& session);

    /// The library takes handles by address, and counts them up in one process.
    isc_db_handle* handle() noexcept { return &handle_; }

    /// Whether the session still has that attachment, alive or broken. No round trip.
    bool holds() const noexcept;

    /// The session has this attachment from now on; the one before must have been detached.
    void replace(isc_db_handle with) noexcept;

private:
    soci::session* session_;
    void const* backend_;
    std::type_info const* type_;
    isc_db_handle handle_;
};

}  // namespace roam::firebird
