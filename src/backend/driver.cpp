// SPDX-License-Identifier: MIT
#include <roam/backend/backend.hpp>
#include <roam/error.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace roam::backend {
namespace {

struct driver_registry {
    std::mutex mutex;
    std::vector<driver const*> drivers;
};

// Drivers register while static objects are made, before this file's own could be; and a static
// database may ask during their destruction.
driver_registry& registry() {
    static auto& instance = *new driver_registry;
    return instance;
}

struct scheme_alias {
    std::string_view alias;
    std::string_view scheme;
};
constexpr scheme_alias aliases[] = {{"postgres", "postgresql"}, {"mariadb", "mysql"}};

// What can be said about a scheme or SOCI backend that nobody registered.
struct known_backend {
    std::string_view scheme;
    std::string_view soci_name;
    std::string_view advice;
};
constexpr known_backend backends[] = {
    {"sqlite", "sqlite3", "include <roam/roam.hpp> or <roam/backend/sqlite.hpp>"},
    {"postgresql", "postgresql",
     "link roam_postgresql (pkg-config roam_postgresql) and include <roam/backend/postgresql.hpp>"},
    {"mysql", "mysql",
     "link roam_mysql (pkg-config roam_mysql) and include <roam/backend/mysql.hpp>"},
    {"firebird", "firebird",
     "link roam_firebird (pkg-config roam_firebird) and include <roam/backend/firebird.hpp>"},
    {"odbc", "odbc", "link roam_odbc (pkg-config roam_odbc) and include <roam/backend/odbc.hpp>"},
};

std::string_view canonical(std::string_view scheme) {
    for (auto const& a : aliases) {
        if (a.alias == scheme)
            return a.scheme;
    }
    return scheme;
}

// Only called with the registry's mutex held.
std::string registered(std::string_view (driver::*name)() const noexcept) {
    std::string list;
    for (auto const* d : registry().drivers) {
        if (!list.empty())
            list.append(", ");
        list.append((d->*name)());
    }
    return list.empty() ? "none" : list;
}

}  // namespace

void register_driver(driver const& d) {
    auto& known = registry();
    std::lock_guard lock{known.mutex};
    for (auto const* other : known.drivers) {
        if (other == &d)
            return;
        if (other->scheme() == d.scheme()) {
            throw usage_error("another driver is registered for the URL scheme '" +
                              std::string{d.scheme()} + "' already");
        }
    }
    known.drivers.push_back(&d);
}

driver const& driver_for(std::string_view scheme) {
    auto const wanted = canonical(scheme);
    auto& known = registry();
    std::lock_guard lock{known.mutex};
    for (auto const* d : known.drivers) {
        if (d->scheme() == wanted)
            return *d;
    }
    for (auto const& b : backends) {
        if (b.scheme == wanted) {
            throw url_error("no driver for '" + std::string{scheme} +
                            ":' URLs: " + std::string{b.advice});
        }
    }
    throw url_error("unknown URL scheme '" + std::string{scheme} +
                    "'; known: " + registered(&driver::scheme));
}

driver const& driver_for_soci(std::string_view soci_name) {
    auto& known = registry();
    std::lock_guard lock{known.mutex};
    for (auto const* d : known.drivers) {
        if (d->soci_name() == soci_name)
            return *d;
    }
    for (auto const& b : backends) {
        if (b.soci_name == soci_name) {
            throw unsupported_error("no driver for sessions of SOCI's '" + std::string{soci_name} +
                                    "': " + std::string{b.advice});
        }
    }
    throw unsupported_error("no driver for sessions of SOCI's '" + std::string{soci_name} +
                            "'; known: " + registered(&driver::soci_name));
}

}  // namespace roam::backend
