// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// MySQL and MariaDB are the library roam_mysql. Including this header makes `mysql:` and `mariadb:`
// URLs known; the rest is options as a struct and what the client library says.

namespace roam::mysql {

/// How each connection is made. A field whose comment names a URL option is set by it:
///
///     mysql://ann:secret@host:3306/shop?connect_timeout=3&sslca=/etc/ssl/shop.pem
///
/// What is empty or unset is left to the client library. Option files (my.cnf) are not read.
struct options {
    std::string host;    ///< a host name or an address; empty or "localhost": the local socket
    std::string port;    ///< empty: 3306
    std::string socket;  ///< `socket`: the file of a Unix socket, instead of a host

    std::string user;
    std::optional<std::string> password;  ///< shown in no message
    std::string database;                 ///< empty: none is chosen

    /// `connect_timeout`, seconds: the most that opening may take. The caller's own deadline
    /// applies too.
    std::optional<std::chrono::seconds> connect_timeout;

    /// `statement_timeout`, milliseconds: the limit that each connection begins with; 0: none. It
    /// is measured by the client and nothing is sent to the server until it has passed.
    std::chrono::milliseconds statement_timeout{0};

    std::string sslca;    ///< `sslca`: file of trusted certificates; turns encryption on
    std::string sslcert;  ///< `sslcert`: file of the client's certificate
    std::string sslkey;   ///< `sslkey`: file of its key
};

/// A connector for such connections. Opens nothing. A field that cannot work is a usage_error.
///
/// The first one initialises the client library, which must happen before a second thread uses it,
/// and leaves the program's handling of SIGPIPE as it was, which the library would change.
std::shared_ptr<backend::connector> make_connector(options how);

/// What the client library says of itself, and how many threads Roam announced to it.
struct client_facts {
    unsigned long version;        ///< of MariaDB Connector/C at run time: 30320 is 3.3.20
    bool thread_safe;             ///< false: built for one thread, and Roam refuses to use it
    std::uint64_t threads_begun;  ///< mysql_thread_init(): one for each that touched a session
    std::uint64_t threads_ended;  ///< mysql_thread_end(): one for each of them that has ended
};

/// Thread safety: any number of threads.
client_facts client() noexcept;

/// Makes the driver known; including this header does it. Harmless when repeated.
/// Thread safety: any number of threads.
void register_driver();

namespace detail {
inline bool const registered = (register_driver(), true);
}  // namespace detail

}  // namespace roam::mysql
