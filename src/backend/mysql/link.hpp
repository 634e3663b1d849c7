// SPDX-License-Identifier: MIT
#pragma once

#include <mysql.h>

#include <memory>
#include <string>
#include <typeinfo>

namespace soci {
class session;
}

// The one place that sees SOCI's MySQL header.

namespace roam::mysql {

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

/// What of a soci::session must stay the same while Roam uses its MYSQL. A new connection has the
/// old address often enough, so the server's number of it is compared too.
class link_identity {
public:
    /// Throws usage_error when the session is closed or not SOCI's "mysql".
    explicit link_identity(soci::session& session);

    MYSQL* handle() const noexcept { return handle_; }

    /// Whether the session still has that connection, alive or broken. No round trip.
    bool holds() const noexcept;

private:
    soci::session* session_;
    void const* backend_;
    std::type_info const* type_;
    MYSQL* handle_;
    unsigned long number_;
};

}  // namespace roam::mysql
