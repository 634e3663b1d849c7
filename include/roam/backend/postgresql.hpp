// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// PostgreSQL is the library roam_postgresql. Including this header makes `postgresql:` and
// `postgres:` URLs known; the rest is options as a struct and what the client library says.

namespace roam::postgresql {

/// How long the server's session that a connection speaks to stays the same.
enum class pooler_mode : std::uint8_t {
    none,  ///< as long as the connection: no pooler, or one that lends a session for good

    /// For one transaction, or one statement outside of any: a pooler such as PgBouncer with
    /// pool_mode=transaction is between. What lasts longer is lost there, or becomes another
    /// client's, so nothing of Roam's does:
    /// - No statement is prepared under a name. The first execution of a text on a connection asks
    ///   for its types, which are kept; every one sends the text, in one round trip.
    /// - Isolation and read_only are said by BEGIN; a session is given back without a reset.
    /// - SQL that would change the session is an unsupported_error before anything is sent: SET but
    ///   for SET LOCAL, RESET, LISTEN, PREPARE, DISCARD, LOAD, temporary tables but for ON COMMIT
    ///   DROP, WITH HOLD, advisory locks but for pg_advisory_xact_lock. What a function hides is
    ///   not seen.
    /// - session_options cannot be sent.
    /// Cancel and time limits work as ever; the wait for a session of the pooler's cannot be
    /// cancelled, and then the connection is given up.
    transaction,
};

/// How each connection is made. A field whose comment names a URL option is set by it:
///
///     postgresql://ann:secret@host:5432/shop?connect_timeout=3&sslmode=verify-full
///
/// What is empty or unset is left to libpq, which then looks at its environment variables (PGHOST,
/// PGUSER, ...), its password file and its own defaults.
struct options {
    /// A host name, an address, or the folder of a Unix socket ("/run/postgresql"); several, with
    /// commas, are tried in turn. URL: the host, or `host=`, which a socket's folder needs.
    std::string host;

    /// As many as there are hosts, or one for all. Empty: 5432.
    std::string port;

    std::string user;
    std::optional<std::string> password;  ///< shown in no message
    std::string database;                 ///< empty: named as the user

    /// `connect_timeout`, seconds: the most that opening may take, all hosts together. The
    /// caller's own deadline applies too. libpq waits at least 2 s for each host.
    std::optional<std::chrono::seconds> connect_timeout;

    /// `statement_timeout`, milliseconds: the limit that each connection begins with; 0: none. It
    /// is measured by the client and nothing is sent to the server until it has passed.
    std::chrono::milliseconds statement_timeout{0};

    /// `pooler`: none, transaction. Without the option a named statement fails behind such a
    /// pooler, with a message that names it.
    pooler_mode pooler = pooler_mode::none;

    std::string application_name;      ///< `application_name`: shown in pg_stat_activity
    std::string session_options;       ///< `options`: "-c search_path=shop"
    std::string target_session_attrs;  ///< `target_session_attrs`: any, read-write, primary, ...

    std::string sslmode;  ///< `sslmode`: disable, allow, prefer, require, verify-ca, verify-full
    std::string sslrootcert;  ///< `sslrootcert`: file of trusted certificates
    std::string sslcert;      ///< `sslcert`: file of the client's certificate
    std::string sslkey;       ///< `sslkey`: file of its key

    /// `keepalives` (0 or 1), `keepalives_idle`, `keepalives_interval` (seconds),
    /// `keepalives_count` and `tcp_user_timeout` (milliseconds). With the kernel's defaults a cut
    /// network is noticed after more than two hours; 1, 1, 1, 2 and 2000 notice it in 2 s.
    std::optional<bool> keepalives;
    std::optional<int> keepalives_idle;
    std::optional<int> keepalives_interval;
    std::optional<int> keepalives_count;
    std::optional<int> tcp_user_timeout;
};

/// A connector for such connections. Opens nothing. A field that cannot work is a usage_error.
std::shared_ptr<backend::connector> make_connector(options how);

/// What the client library says of itself.
struct client_facts {
    int version;       ///< of libpq at run time: 150020 is 15.20
    bool thread_safe;  ///< false: libpq was built for one thread, and Roam refuses to use it
};

/// Thread safety: any number of threads.
client_facts client() noexcept;

/// Makes the driver known; including this header does it. Harmless when repeated.
/// Thread safety: any number of threads.
void register_driver();

namespace detail {
inline bool const registered = (register_driver(), true);
}  // namespace detail

}  // namespace roam::postgresql
