// SPDX-License-Identifier: MIT
#include "backend/mysql/threads.hpp"
#include "backend/mysql/watchdog.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace roam::mysql {
namespace {

// How often it looks whether somebody wants the statement to stop: a wake-up of the processor each.
constexpr std::chrono::milliseconds time_between_looks{10};

// How long a server that was asked to stop may take before it is taken for dead.
constexpr std::chrono::seconds stop_patience{2};

struct link_closer {
    void operator()(MYSQL* link) const noexcept { mysql_close(link); }
};

std::string text_of(char const* text) { return text == nullptr ? std::string{} : text; }

char const* or_null(std::string const& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

server_address server_address::of(MYSQL* link) {
    server_address where;
    where.host = text_of(link->host);
    where.user = text_of(link->user);
    where.password = text_of(link->passwd);
    where.socket = text_of(link->unix_socket);
    where.port = link->port;
    where.sslca = text_of(link->options.ssl_ca);
    where.sslcert = text_of(link->options.ssl_cert);
    where.sslkey = text_of(link->options.ssl_key);
    return where;
}

bool kill_query(server_address const& where, unsigned long connection) noexcept try {
    enter_thread();
    std::unique_ptr<MYSQL, link_closer> const link{mysql_init(nullptr)};
    if (link == nullptr)
        return false;
    unsigned const seconds = stop_patience.count();
    mysql_options(link.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(link.get(), MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_options(link.get(), MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    if (!where.sslca.empty()) {
        mysql_ssl_set(link.get(), or_null(where.sslkey), or_null(where.sslcert),
                      or_null(where.sslca), nullptr, nullptr);
    }
    if (mysql_real_connect(link.get(), or_null(where.host), or_null(where.user),
                           or_null(where.password), nullptr, where.port, or_null(where.socket),
                           0) == nullptr) {
        return false;
    }
    auto const sql = "KILL QUERY " + std::to_string(connection);
    return mysql_real_query(link.get(), sql.data(), sql.size()) == 0;
} catch (...) {
    return false;
}

watchdog::watchdog(server_address where, unsigned long connection, int socket)
    : where_(std::move(where)),
      connection_(connection),
      socket_(socket) {}

watchdog::~watchdog() {
    {
        std::lock_guard const lock{mutex_};
        over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void watchdog::begin(std::chrono::milliseconds limit, backend::stop_question stop) {
    if (!thread_.joinable())
        thread_ = std::thread{[this] { run(); }};
    {
        std::lock_guard const lock{mutex_};
        deadline_.reset();
        if (limit.count() > 0)
            deadline_ = clock::now() + limit;
        stop_ = stop;
        outcome_ = outcome::quiet;
        watching_ = true;
    }
    changed_.notify_all();
}

watchdog::outcome watchdog::end() noexcept {
    std::unique_lock lock{mutex_};
    watching_ = false;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !killing_; });
    return outcome_;
}

void watchdog::run() noexcept {
    std::unique_lock lock{mutex_};
    while (!over_) {
        if (!watching_) {
            changed_.wait(lock, [&] { return over_ || watching_; });
            continue;
        }
        auto look = deadline_.value_or(clock::time_point::max());
        if (stop_.asked != nullptr)
            look = std::min(look, clock::now() + time_between_looks);
        changed_.wait_until(lock, look, [&] { return over_ || !watching_; });
        if (over_ || !watching_)
            continue;
        bool const late = deadline_ && clock::now() >= *deadline_;
        if (!late && !stop_)
            continue;
        outcome_ = late ? outcome::timed_out : outcome::stopped;
        break_off(lock);
    }
}

// A statement that does not end after that, or a server that is not reached, loses its link: the
// owner's read then ends with an error. The socket is closed by the owner only, after end().
void watchdog::break_off(std::unique_lock<std::mutex>& lock) noexcept {
    auto const patience = clock::now() + stop_patience;
    killing_ = true;
    lock.unlock();
    bool const asked = kill_query(where_, connection_);
    lock.lock();
    bool ended = !watching_;
    if (asked && !ended)
        ended = changed_.wait_until(lock, patience, [&] { return !watching_; });
    if (!ended) {
        shutdown(socket_, SHUT_RDWR);
        changed_.wait(lock, [&] { return !watching_; });
    }
    killing_ = false;
    changed_.notify_all();
}

}  // namespace roam::mysql
