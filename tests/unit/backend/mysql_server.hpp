// SPDX-License-Identifier: MIT
#pragma once

#include "rows.hpp"
#include <roam/backend/mysql.hpp>

#include <cstdlib>
#include <memory>
#include <string>

// What the tests of the MySQL backend share.

namespace roam::test::mysql {

using namespace roam::test::rows;

/// The server of the tests, or nullptr.
inline char const* server_url() { return std::getenv("ROAM_TEST_MYSQL_URL"); }

#define ROAM_NEEDS_MYSQL()                              \
    if (::roam::test::mysql::server_url() == nullptr) { \
        ROAM_SKIP("ROAM_TEST_MYSQL_URL is not set");    \
    }                                                   \
    static_assert(true)

inline std::unique_ptr<backend::connection> open_url(std::string const& text) {
    auto const where = backend::url::parse(text);
    return backend::driver_for(where.scheme)
        .configure(where)
        ->open(std::chrono::steady_clock::now() + std::chrono::seconds{10});
}

/// `more` are further options: "?statement_timeout=50".
inline std::unique_ptr<backend::connection> open(std::string const& more = {}) {
    return open_url(server_url() + more);
}

/// The server's number of a connection, for KILL.
inline std::string number_of(backend::connection& on) {
    auto const text = one(on, "SELECT connection_id()");
    return text.substr(text.find(' ') + 1);
}

}  // namespace roam::test::mysql
