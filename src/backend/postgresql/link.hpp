// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <typeinfo>

namespace soci {
class session;
}

// The one place that sees SOCI's PostgreSQL header.

namespace roam::postgresql {

struct session_closer {
    void operator()(soci::session* session) const noexcept;
};
using session_ptr = std::unique_ptr<soci::session, session_closer>;

/// Opens a session by the factory object: by the backend's name SOCI 4.0.3 copies an unguarded
/// reference count with each connection_parameters, a race between threads.
/// Throws soci::soci_error, whose message is the server's.
session_ptr open_session(std::string const& connection_string);

/// What of a soci::session must stay the same while Roam uses its PGconn. After reconnect() the
/// new PGconn has the old address (10 times of 10), so the server's process is compared too.
class link_identity {
public:
    /// Throws usage_error when the session is closed or not SOCI's "postgresql".
    explicit link_identity(soci::session& session);

    PGconn* handle() const noexcept { return handle_; }

    /// Whether the session still has that connection, alive or broken. No round trip.
    bool holds() const noexcept;

private:
    soci::session* session_;
    void const* backend_;
    std::type_info const* type_;
    PGconn* handle_;
    int process_;
};

}  // namespace roam::postgresql
