// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <mysql.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace roam::mysql {

/// How to reach the server again, beside a connection that waits for it.
struct server_address {
    std::string host, user, password, socket, sslca, sslcert, sslkey;
    unsigned port = 0;

    /// What the library remembers of a connection that is open.
    static server_address of(MYSQL* link);
};

/// KILL QUERY over a connection of its own, which takes 2 s for each step at most. False when the
/// server was not reached. Thread safety: any number of threads.
bool kill_query(server_address const& where, unsigned long connection) noexcept;

/// Breaks off the statement of one connection from a thread of its own, because the client library
/// waits for the server's answer without end. The thread begins with the first watch.
///
/// Thread safety: one thread, the connection's owner.
class watchdog {
public:
    enum class outcome : std::uint8_t {
        quiet,
        timed_out,  ///< the server was asked to stop the statement, or the link was cut
        stopped,    ///< the same, because somebody wanted it
    };

    watchdog(server_address where, unsigned long connection, int socket);
    watchdog(watchdog const&) = delete;
    watchdog& operator=(watchdog const&) = delete;
    ~watchdog();

    void begin(std::chrono::milliseconds limit, backend::stop_question stop);

    /// After this no request to stop is under way, so that the next statement is not met.
    outcome end() noexcept;

private:
    using clock = std::chrono::steady_clock;

    void run() noexcept;
    void break_off(std::unique_lock<std::mutex>& lock) noexcept;

    server_address const where_;
    unsigned long const connection_;
    int const socket_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<clock::time_point> deadline_;
    backend::stop_question stop_;
    outcome outcome_ = outcome::quiet;
    bool watching_ = false;
    bool killing_ = false;
    bool over_ = false;
    std::thread thread_;
};

}  // namespace roam::mysql
