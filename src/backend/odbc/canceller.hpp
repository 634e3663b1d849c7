// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/link.hpp"
#include "backend/watchdog.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace roam::odbc {

/// Opens a further session to the same place within the time, or throws connection_error.
using opener = std::function<session_ptr(std::chrono::seconds)>;

/// Stops the statement of one connection. A server is asked over a connection of its own, because
/// drivers and the driver manager do not guard SQLCancel() against the call that it stops;
/// elsewhere SQLCancel() is the one way. The link cannot be cut: no driver tells its socket.
///
/// Thread safety: the connection's owner, while no statement is watched; ask() as its interface
/// says.
class canceller final : public backend::statement_breaker {
public:
    explicit canceller(opener open) : open_(std::move(open)) {}

    /// Until a server is told, nothing is asked.
    void forget();

    /// The statement with which a server stops what runs on the connection.
    void use_server(std::string sql);

    void use_driver() { by_driver_ = true; }

    /// What runs next.
    void aim(SQLHSTMT statement) { statement_ = statement; }

    bool ask() noexcept override;

private:
    opener const open_;
    std::string sql_;
    SQLHSTMT statement_ = nullptr;
    bool by_driver_ = false;
};

}  // namespace roam::odbc
