// SPDX-License-Identifier: MIT
#include "backend/postgresql/connect.hpp"
#include "backend/refusals.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace roam::postgresql {
namespace {

constexpr std::string_view known_options =
    "host, connect_timeout, statement_timeout, pooler, application_name, options, "
    "target_session_attrs, "
    "sslmode, sslrootcert, sslcert, sslkey, keepalives, keepalives_idle, keepalives_interval, "
    "keepalives_count, tcp_user_timeout";

constexpr std::array<std::string_view, 6> ssl_modes = {"disable", "allow",     "prefer",
                                                       "require", "verify-ca", "verify-full"};
constexpr std::array<std::string_view, 6> session_attributes = {
    "any", "read-write", "read-only", "primary", "standby", "prefer-standby"};

// Twenty days, which as milliseconds is still an int; a longer limit is a mistake in the unit.
constexpr int most_seconds = 20 * 24 * 3600;
constexpr int most_milliseconds = most_seconds * 1000;

void take(backend::url& where, std::string_view name, std::string& to) {
    if (auto value = where.take(name))
        to = std::move(*value);
}

pooler_mode take_pooler(backend::url& where) {
    auto const value = where.take("pooler").value_or("none");
    if (value != "none" && value != "transaction")
        throw url_error("pooler must be none or transaction, not '" + value + "'");
    return value == "none" ? pooler_mode::none : pooler_mode::transaction;
}

std::optional<int> take_number(backend::url& where, std::string_view name, int most) {
    auto const value = where.take_number(name, 0, most);
    return value ? std::optional{static_cast<int>(*value)} : std::nullopt;
}

template <std::size_t N>
void check_word(std::string_view name, std::string const& value,
                std::array<std::string_view, N> const& words) {
    if (value.empty() || std::find(words.begin(), words.end(), value) != words.end())
        return;
    std::string list;
    for (auto const word : words)
        list.append(list.empty() ? "" : ", ").append(word);
    throw usage_error(std::string{name} + " must be one of " + list + ", not '" + value + "'");
}

void append_encoded(std::string& to, std::string_view value) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (char c : value) {
        bool const plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (plain) {
            to.push_back(c);
        } else {
            auto const byte = static_cast<unsigned char>(c);
            to.push_back('%');
            to.push_back(digits[byte >> 4]);
            to.push_back(digits[byte & 15]);
        }
    }
}

class uri_writer {
public:
    uri_writer() : text_("postgresql://?client_encoding=UTF8") {}

    void add(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        text_.append("&").append(name).append("=");
        append_encoded(text_, value);
    }

    template <class Number>
    void add(std::string_view name, std::optional<Number> const& value) {
        if (value)
            add(name, std::to_string(static_cast<int>(*value)));
    }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace

options options_of(backend::url where) {
    options how;
    how.host = where.host;
    how.port = where.port;
    how.user = where.user;
    how.password = where.password;
    how.database = where.path;

    std::string host;
    take(where, "host", host);
    if (!host.empty()) {
        if (!how.host.empty())
            throw url_error("the URL names a host twice: before the path and as host=");
        how.host = host;
    }
    if (auto const limit = take_number(where, "connect_timeout", most_seconds)) {
        how.connect_timeout = std::chrono::seconds{*limit};
    }
    if (auto const limit = take_number(where, "statement_timeout", most_milliseconds)) {
        how.statement_timeout = std::chrono::milliseconds{*limit};
    }
    how.pooler = take_pooler(where);
    take(where, "application_name", how.application_name);
    take(where, "options", how.session_options);
    take(where, "target_session_attrs", how.target_session_attrs);
    take(where, "sslmode", how.sslmode);
    take(where, "sslrootcert", how.sslrootcert);
    take(where, "sslcert", how.sslcert);
    take(where, "sslkey", how.sslkey);
    if (auto const on = take_number(where, "keepalives", 1))
        how.keepalives = *on == 1;
    how.keepalives_idle = take_number(where, "keepalives_idle", most_seconds);
    how.keepalives_interval = take_number(where, "keepalives_interval", most_seconds);
    how.keepalives_count = take_number(where, "keepalives_count", 1000);
    how.tcp_user_timeout = take_number(where, "tcp_user_timeout", most_milliseconds);
    where.reject_unknown(known_options);
    try {
        check(how);
    } catch (usage_error const& wrong) {
        throw url_error(wrong.what());
    }
    return how;
}

void check(options const& how) {
    check_word("sslmode", how.sslmode, ssl_modes);
    check_word("target_session_attrs", how.target_session_attrs, session_attributes);
    if (how.statement_timeout.count() < 0)
        throw usage_error("statement_timeout is negative");
    if (how.pooler == pooler_mode::transaction && !how.session_options.empty()) {
        throw usage_error(
            "options are of the server's session, which a pooler=transaction changes; set them for "
            "the role or the database on the server: ALTER ROLE ann SET search_path = shop");
    }
    for (auto const* text : {&how.host, &how.port, &how.user, &how.database, &how.application_name,
                             &how.session_options, &how.sslrootcert, &how.sslcert, &how.sslkey}) {
        if (text->find('\0') != std::string::npos) {
            throw usage_error("an option of a PostgreSQL connection has a NUL byte");
        }
    }
    if (how.password && how.password->find('\0') != std::string::npos) {
        throw usage_error("the password has a NUL byte");
    }
}

std::string connection_string(options const& how, std::chrono::seconds timeout) {
    // libpq counts the limit for each host anew.
    auto const hosts = std::count(how.host.begin(), how.host.end(), ',') + 1;
    auto const each = std::clamp<std::int64_t>(timeout.count() / hosts, 1, most_seconds);

    uri_writer to;
    to.add("host", how.host);
    to.add("port", how.port);
    to.add("user", how.user);
    to.add("password", how.password.value_or(std::string{}));
    to.add("dbname", how.database);
    to.add("connect_timeout", std::to_string(each));
    to.add("application_name", how.application_name);
    to.add("options", how.session_options);
    to.add("target_session_attrs", how.target_session_attrs);
    to.add("sslmode", how.sslmode);
    to.add("sslrootcert", how.sslrootcert);
    to.add("sslcert", how.sslcert);
    to.add("sslkey", how.sslkey);
    to.add("keepalives", how.keepalives);
    to.add("keepalives_idle", how.keepalives_idle);
    to.add("keepalives_interval", how.keepalives_interval);
    to.add("keepalives_count", how.keepalives_count);
    to.add("tcp_user_timeout", how.tcp_user_timeout);
    return to.take();
}

std::string description_of(options const& how) {
    backend::url shown;
    shown.scheme = "postgresql";
    shown.user = how.user;
    shown.path = how.database;
    // A socket's folder is an option of a URL, not its host.
    if (how.host.starts_with('/')) {
        shown.options.emplace_back("host", how.host);
    } else {
        shown.host = how.host;
        shown.port = how.port;
    }
    return shown.without_password();
}

std::string without_password(std::string_view message, options const& how) {
    // SOCI's own sentence comes first, on a line of its own.
    constexpr std::string_view preamble = "Cannot establish connection to the database.\n";
    if (message.starts_with(preamble))
        message.remove_prefix(preamble.size());
    std::string line;
    for (char c : message) {
        if (c != '\n' && c != '\t') {
            line.push_back(c);
        } else if (!line.empty() && line.back() != ' ') {
            line.push_back(' ');
        }
    }
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    if (how.password) {
        std::string encoded;
        append_encoded(encoded, *how.password);
        line = backend::without_secret(line, *how.password);
        line = backend::without_secret(line, encoded);
    }
    return line;
}

}  // namespace roam::postgresql
