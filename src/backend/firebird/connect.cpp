// SPDX-License-Identifier: MIT
#include "backend/firebird/connect.hpp"
#include "backend/firebird/error.hpp"
#include "backend/refusals.hpp"
#include <roam/error.hpp>

#include <charconv>
#include <filesystem>
#include <mutex>
#include <utility>

namespace roam::firebird {
namespace {

constexpr std::string_view known_options =
    "user, password, role, create, lock_timeout, connect_timeout, statement_timeout";

// Twenty days, which as milliseconds is still an int; a longer limit is a mistake in the unit.
constexpr int most_seconds = 20 * 24 * 3600;

// Four times a column's key of 255 characters, which is the longest that an index takes.
constexpr int page_size = 16384;

std::string user_of(options const& how) {
    return how.user.empty() && how.host.empty() ? "SYSDBA" : how.user;
}

void append(std::string& to, std::string_view name, std::string_view value) {
    if (!value.empty())
        to.append(to.empty() ? "" : " ").append(name).append("=\"").append(value).append("\"");
}

void append(std::string& to, char item, std::string_view value) {
    if (value.empty())
        return;
    to.push_back(item);
    to.push_back(static_cast<char>(value.size()));
    to.append(value);
}

bool flag(std::string const& value) {
    if (value == "yes")
        return true;
    if (value == "no")
        return false;
    throw url_error("the URL option 'create' must be yes or no, not '" + value + "'");
}

}  // namespace

options options_of(backend::url where) {
    options how;
    how.host = where.host;
    how.port = where.port;
    how.path = where.path;
    how.user = where.user;
    how.password = where.password;
    if (how.host.empty()) {
        how.user = where.take("user").value_or(std::string{});
        how.password = where.take("password");
        if (auto const value = where.take("create"))
            how.create = flag(*value);
    }
    how.role = where.take("role").value_or(std::string{});
    if (auto const limit = where.take_number("lock_timeout", 0, 32767))
        how.lock_timeout = std::chrono::seconds{*limit};
    if (auto const limit = where.take_number("connect_timeout", 0, most_seconds))
        how.connect_timeout = std::chrono::seconds{*limit};
    if (auto const limit = where.take_number("statement_timeout", 0, most_seconds * 1000))
        how.statement_timeout = std::chrono::milliseconds{*limit};
    where.reject_unknown(known_options);
    try {
        check(how);
    } catch (usage_error const& wrong) {
        throw url_error(wrong.what());
    }
    return how;
}

void check(options const& how) {
    if (how.path.empty())
        throw usage_error("a Firebird connection names a file or an alias");
    if (how.statement_timeout.count() < 0)
        throw usage_error("statement_timeout is negative");
    if (how.lock_timeout.count() < 0 || how.lock_timeout.count() > 32767)
        throw usage_error("lock_timeout must be from 0 to 32767 seconds");
    auto const check_text = [](std::string_view name, std::string_view value) {
        // SOCI's connection string has no way to write these.
        if (value.find_first_of(std::string_view{"\0\"", 2}) != std::string_view::npos ||
            value.size() > 255) {
            throw usage_error("the " + std::string{name} +
                              " of a Firebird connection has at most 255 bytes, and neither a "
                              "double quote nor a NUL byte among them");
        }
    };
    check_text("host", how.host);
    check_text("file name", how.path);
    check_text("user name", how.user);
    check_text("role", how.role);
    check_text("password", how.password.value_or(std::string{}));
    int port = 0;
    auto const* const end_of_port = how.port.data() + how.port.size();
    auto const [end, problem] = std::from_chars(how.port.data(), end_of_port, port);
    if (!how.port.empty() &&
        (problem != std::errc{} || end != end_of_port || port < 1 || port > 65535)) {
        throw usage_error("the port must be a number from 1 to 65535, not '" + how.port + "'");
    }
    if (how.host.empty() && !how.port.empty())
        throw usage_error("a port needs a host");
}

std::string attachment_name(options const& how) {
    if (how.host.empty())
        return how.path;
    return how.host + (how.port.empty() ? "" : "/" + how.port) + ":" + how.path;
}

std::string connection_string(options const& how) {
    std::string text;
    append(text, "service", attachment_name(how));
    append(text, "user", user_of(how));
    append(text, "password", how.password.value_or(std::string{}));
    append(text, "role", how.role);
    append(text, "charset", "UTF8");
    return text;
}

std::string database_parameters(options const& how) {
    std::string block{static_cast<char>(isc_dpb_version1)};
    append(block, isc_dpb_user_name, user_of(how));
    append(block, isc_dpb_password, how.password.value_or(std::string{}));
    append(block, isc_dpb_sql_role_name, how.role);
    append(block, isc_dpb_lc_ctype, "UTF8");
    return block;
}

void create_file(options const& how) {
    // Of two threads that find none, the second finds the first one's.
    static std::mutex one_at_a_time;
    std::lock_guard const lock{one_at_a_time};
    if (std::filesystem::exists(how.path))
        return;
    auto block = database_parameters(how);
    append(block, isc_dpb_set_db_charset, "UTF8");
    block.push_back(isc_dpb_page_size);
    block.push_back(4);
    for (int shift = 0; shift < 32; shift += 8)
        block.push_back(static_cast<char>((page_size >> shift) & 255));
    block.append({isc_dpb_sql_dialect, 1, SQL_DIALECT_V6});
    ISC_STATUS_ARRAY status;
    isc_db_handle database = 0;
    isc_create_database(status, 0, how.path.c_str(), &database, static_cast<short>(block.size()),
                        block.data(), 0);
    if (is_error(status)) {
        throw connection_error("cannot make the database " + description_of(how) + ": " +
                               failure_of(status).message);
    }
    isc_detach_database(status, &database);
}

std::string description_of(options const& how) {
    backend::url shown;
    shown.scheme = "firebird";
    shown.path = how.path;
    shown.host = how.host;
    shown.port = how.port;
    if (!how.host.empty())
        shown.user = how.user;
    return shown.without_password();
}

std::string without_password(std::string_view message, options const& how) {
    return backend::without_secret(message, how.password.value_or(std::string{}));
}

}  // namespace roam::firebird
