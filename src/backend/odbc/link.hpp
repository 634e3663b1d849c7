// SPDX-License-Identifier: MIT
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <memory>
#include <string>
#include <string_view>

namespace soci {
class session;
}

// The one place that sees SOCI's ODBC header.

namespace roam::odbc {

struct session_closer {
    void operator()(soci::session* session) const noexcept;
};
using session_ptr = std::unique_ptr<soci::session, session_closer>;

/// Opens a session by the factory object: by the backend's name SOCI 4.0.3 copies an unguarded
/// reference count with each connection_parameters, a race between threads. The driver asks nobody.
/// Throws soci::soci_error, whose message is the driver's or the driver manager's.
session_ptr open_session(std::string const& connection_string);

/// Rolls back and closes. SOCI 4.0.3's destructor would end the program where the driver refuses to
/// disconnect, such as from a transaction that SOCI began: then the session is leaked instead.
void close_session(session_ptr session) noexcept;

/// Runs one statement, whose rows nobody wants. False when the server refused it.
bool run_on(soci::session& session, std::string_view sql) noexcept;

/// What of a soci::session must stay the same while Roam uses its connection handle. A new one has
/// the old address often enough, so a statement of Roam's own marks it by its name.
class link_identity {
public:
    explicit link_identity(soci::session& session);
    link_identity(link_identity const&) = delete;
    link_identity& operator=(link_identity const&) = delete;

    SQLHDBC handle() const noexcept { return handle_; }

    /// Whether the session still has that connection, alive or broken. No round trip.
    bool holds() const noexcept;

    /// Before the session is closed.
    void unmark() noexcept;

private:
    soci::session* session_ = nullptr;
    void const* backend_ = nullptr;
    SQLHDBC handle_ = nullptr;
    SQLHSTMT mark_ = nullptr;
    std::string name_;
};

}  // namespace roam::odbc
