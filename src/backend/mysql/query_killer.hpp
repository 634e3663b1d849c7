// SPDX-License-Identifier: MIT
#pragma once

#include "backend/watchdog.hpp"

#include <mysql.h>

#include <string>

namespace roam::mysql {

/// How to reach the server again, beside a connection that waits for it.
struct server_address {
    std::string host, user, password, socket, sslca, sslcert, sslkey;
    unsigned port = 0;

    /// What the library remembers of a connection that is open.
    static server_address of(MYSQL* link);
};

/// KILL QUERY over a connection of its own, which takes 2 s for each step at most.
/// Thread safety: any thread, as long as the connection that it was made of is open.
class query_killer final : public backend::statement_breaker {
public:
    explicit query_killer(MYSQL* link);
    bool ask() noexcept override;

    /// The socket is closed by the connection's owner only.
    bool cut() noexcept override;

private:
    server_address const where_;
    unsigned long const connection_;  ///< the server's number of it
    int const socket_;
};

}  // namespace roam::mysql
