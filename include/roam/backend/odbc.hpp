// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

// ODBC is the library roam_odbc. Including this header makes `odbc:` URLs known; the rest is
// options as a struct and what a driver says of itself.

namespace roam::odbc {

/// How each connection is made. As a URL:
///
///     odbc:Driver=/usr/lib/odbc/psqlodbcw.so;Server=host;Database=shop;Uid=ann;Pwd=secret?connect_timeout=3
///     odbc:DSN=shop
///
/// The part up to the '?' is ODBC's connection string; a '?', '#' or '%' in it is written %3F, %23,
/// %25. What is not said there is the driver's or the data source's, but for the keywords of
/// docs/backends.md, which Roam adds where the string has none.
struct options {
    std::string connection_string;  ///< a Pwd or Password in it is shown in no message

    /// `connect_timeout`, seconds: the most that opening may take. The caller's own deadline
    /// applies too.
    std::optional<std::chrono::seconds> connect_timeout;

    /// `statement_timeout`, milliseconds: the limit that each connection begins with; 0: none. It
    /// is measured by the client, which then asks the server to stop, over a connection of its own.
    std::chrono::milliseconds statement_timeout{0};
};

/// A connector for such connections. Opens nothing. A field that cannot work is a usage_error.
std::shared_ptr<backend::connector> make_connector(options how);

/// What the driver and the driver manager say of themselves and of the server (SQLGetInfo).
struct driver_facts {
    std::string dbms_name;        ///< "PostgreSQL", "MariaDB", "SQLite": it chooses the dialect
    std::string dbms_version;     ///< as the driver writes it: "15.0.20", "10.11.000019"
    std::string driver_name;      ///< the driver's file: "psqlodbcw.so"
    std::string driver_version;   ///< "13.02.0000"
    std::string odbc_version;     ///< of ODBC, that the driver was written for: "03.51"
    std::string manager_version;  ///< of the driver manager's ODBC: "03.52.0002.0003"
    bool can_cancel = false;      ///< the driver has SQLCancel
    bool has_transactions = false;
};

/// Of an open connection: `session.native_handle()`, or another SQLHDBC. Throws usage_error for a
/// handle that is none. Thread safety: the connection's owner.
driver_facts facts_of(void* connection_handle);

/// Makes the driver known; including this header does it. Harmless when repeated.
/// Thread safety: any number of threads.
void register_driver();

namespace detail {
inline bool const registered = (register_driver(), true);
}  // namespace detail

}  // namespace roam::odbc
