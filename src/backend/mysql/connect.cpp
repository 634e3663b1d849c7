// SPDX-License-Identifier: MIT
#include "backend/mysql/connect.hpp"
#include "backend/refusals.hpp"
#include <roam/error.hpp>

#include <charconv>
#include <utility>

namespace roam::mysql {
namespace {

constexpr std::string_view known_options =
    "socket, connect_timeout, statement_timeout, sslca, sslcert, sslkey";

// Twenty days, which as milliseconds is still an int; a longer limit is a mistake in the unit.
constexpr int most_seconds = 20 * 24 * 3600;

void append(std::string& to, std::string_view name, std::string_view value) {
    if (value.empty())
        return;
    to.append(to.empty() ? "" : " ").append(name).append("='");
    for (char c : value) {
        if (c == '\'' || c == '\\')
            to.push_back('\\');
        to.push_back(c);
    }
    to.push_back('\'');
}

}  // namespace

options options_of(backend::url where) {
    options how;
    how.host = where.host;
    how.port = where.port;
    how.user = where.user;
    how.password = where.password;
    how.database = where.path;
    how.socket = where.take("socket").value_or(std::string{});
    if (auto const limit = where.take_number("connect_timeout", 0, most_seconds))
        how.connect_timeout = std::chrono::seconds{*limit};
    if (auto const limit = where.take_number("statement_timeout", 0, most_seconds * 1000))
        how.statement_timeout = std::chrono::milliseconds{*limit};
    how.sslca = where.take("sslca").value_or(std::string{});
    how.sslcert = where.take("sslcert").value_or(std::string{});
    how.sslkey = where.take("sslkey").value_or(std::string{});
    where.reject_unknown(known_options);
    try {
        check(how);
    } catch (usage_error const& wrong) {
        throw url_error(wrong.what());
    }
    return how;
}

void check(options const& how) {
    if (!how.socket.empty() && !how.host.empty())
        throw usage_error("a MySQL connection has a host or a socket, not both");
    if (how.statement_timeout.count() < 0)
        throw usage_error("statement_timeout is negative");
    if (how.sslca.empty() && !(how.sslcert.empty() && how.sslkey.empty()))
        throw usage_error("sslcert and sslkey need sslca, which turns encryption on");
    for (auto const* text : {&how.host, &how.port, &how.socket, &how.user, &how.database,
                             &how.sslca, &how.sslcert, &how.sslkey}) {
        if (text->find('\0') != std::string::npos)
            throw usage_error("an option of a MySQL connection has a NUL byte");
    }
    if (how.password && how.password->find('\0') != std::string::npos)
        throw usage_error("the password has a NUL byte");
    int port = 0;
    auto const* const end_of_port = how.port.data() + how.port.size();
    auto const [end, problem] = std::from_chars(how.port.data(), end_of_port, port);
    if (!how.port.empty() &&
        (problem != std::errc{} || end != end_of_port || port < 1 || port > 65535)) {
        throw usage_error("the port must be a number from 1 to 65535, not '" + how.port + "'");
    }
}

std::string connection_string(options const& how, std::chrono::seconds timeout) {
    std::string text;
    append(text, "host", how.host);
    append(text, "port", how.port);
    append(text, "unix_socket", how.socket);
    append(text, "user", how.user);
    append(text, "password", how.password.value_or(std::string{}));
    append(text, "db", how.database);
    append(text, "charset", "utf8mb4");
    append(text, "connect_timeout", std::to_string(timeout.count()));
    append(text, "sslca", how.sslca);
    append(text, "sslcert", how.sslcert);
    append(text, "sslkey", how.sslkey);
    return text;
}

std::string description_of(options const& how) {
    backend::url shown;
    shown.scheme = "mysql";
    shown.user = how.user;
    shown.path = how.database;
    shown.host = how.host;
    shown.port = how.port;
    if (!how.socket.empty())
        shown.options.emplace_back("socket", how.socket);
    return shown.without_password();
}

std::string without_password(std::string_view message, options const& how) {
    return backend::without_secret(message, how.password.value_or(std::string{}));
}

}  // namespace roam::mysql
