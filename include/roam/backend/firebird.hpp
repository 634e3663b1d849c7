// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

// Firebird is the library roam_firebird. Including this header makes `firebird:` URLs known; the
// rest is options as a struct.

namespace roam::firebird {

/// How each connection is made. A field whose comment names a URL option is set by it:
///
///     firebird:library.fdb?lock_timeout=2               a file, by the embedded engine
///     firebird://ann:secret@host:3050//var/shop.fdb     a file or an alias of a server
///
/// The embedded engine takes a file for its process alone: a second process is refused, unless
/// firebird.conf says ServerMode = Classic. It asks for no password.
struct options {
    std::string host;  ///< empty: the embedded engine
    std::string port;  ///< empty: 3050
    std::string path;  ///< a file or an alias, at the host if there is one

    std::string user;  ///< `user`, where there is no host; empty: SYSDBA without a host
    std::optional<std::string> password;  ///< shown in no message
    std::string role;                     ///< `role`

    /// `create`, yes or no: whether a file that is missing is made, with UTF8 as its character set
    /// and pages of 16 KiB. Only without a host.
    bool create = true;

    /// `lock_timeout`, seconds: how long a statement waits for a row or a table of another
    /// transaction before busy_error. 0: not at all.
    std::chrono::seconds lock_timeout{5};

    /// `connect_timeout`, seconds: the most that opening may take. The caller's own deadline
    /// applies too.
    std::optional<std::chrono::seconds> connect_timeout;

    /// `statement_timeout`, milliseconds: the limit that each connection begins with; 0: none. It
    /// is measured by the client.
    std::chrono::milliseconds statement_timeout{0};
};

/// A connector for such connections. Opens nothing. A field that cannot work is a usage_error.
std::shared_ptr<backend::connector> make_connector(options how);

/// Makes the driver known; including this header does it. Harmless when repeated.
/// Thread safety: any number of threads.
void register_driver();

namespace detail {
inline bool const registered = (register_driver(), true);
}  // namespace detail

}  // namespace roam::firebird
