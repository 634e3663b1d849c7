// SPDX-License-Identifier: MIT
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <cstddef>
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

/// What of a soci::session must stay the same while Roam uses its connection handle. SOCI's object
/// and the handle of a new connection have the old addresses often enough, and no handle may be
/// asked that may be gone; so SOCI's object is marked, by more room in a string than any other has.
class link_identity {
public:
    explicit link_identity(soci::session& session);

    SQLHDBC handle() const noexcept { return handle_; }

    /// Whether the session still has that connection, alive or broken. Calls no driver.
    bool holds() const noexcept;

private:
    soci::session* session_;
    SQLHDBC handle_;
    std::size_t room_;
};

}  // namespace roam::odbc
