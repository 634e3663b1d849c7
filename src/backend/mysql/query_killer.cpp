// SPDX-License-Identifier: MIT
#include "backend/mysql/query_killer.hpp"
#include "backend/mysql/threads.hpp"

#include <sys/socket.h>

#include <memory>

namespace roam::mysql {
namespace {

// For each step on the way to the server.
constexpr unsigned most_seconds = 2;

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

query_killer::query_killer(MYSQL* link)
    : where_(server_address::of(link)),
      connection_(mysql_thread_id(link)),
      socket_(static_cast<int>(mysql_get_socket(link))) {}

bool query_killer::ask() noexcept try {
    enter_thread();
    std::unique_ptr<MYSQL, link_closer> const link{mysql_init(nullptr)};
    if (link == nullptr)
        return false;
    mysql_options(link.get(), MYSQL_OPT_CONNECT_TIMEOUT, &most_seconds);
    mysql_options(link.get(), MYSQL_OPT_READ_TIMEOUT, &most_seconds);
    mysql_options(link.get(), MYSQL_OPT_WRITE_TIMEOUT, &most_seconds);
    if (!where_.sslca.empty()) {
        mysql_ssl_set(link.get(), or_null(where_.sslkey), or_null(where_.sslcert),
                      or_null(where_.sslca), nullptr, nullptr);
    }
    if (mysql_real_connect(link.get(), or_null(where_.host), or_null(where_.user),
                           or_null(where_.password), nullptr, where_.port, or_null(where_.socket),
                           0) == nullptr) {
        return false;
    }
    auto const sql = "KILL QUERY " + std::to_string(connection_);
    return mysql_real_query(link.get(), sql.data(), sql.size()) == 0;
} catch (...) {
    return false;
}

bool query_killer::cut() noexcept { return shutdown(socket_, SHUT_RDWR) == 0; }

}  // namespace roam::mysql
