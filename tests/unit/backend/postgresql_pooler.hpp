// SPDX-License-Identifier: MIT
#pragma once

#include "postgresql_server.hpp"

#include <cstdlib>
#include <memory>
#include <string>

// What the tests of pooler=transaction share.

namespace roam::test::postgresql {

/// PgBouncer before the server of the tests, or nullptr.
inline char const* pooler_url() { return std::getenv("ROAM_TEST_PGBOUNCER_URL"); }

#define ROAM_NEEDS_PGBOUNCER()                               \
    if (::roam::test::postgresql::pooler_url() == nullptr) { \
        ROAM_SKIP("ROAM_TEST_PGBOUNCER_URL is not set");     \
    }                                                        \
    static_assert(true)

/// Through the pooler, which has one connection of the server's for the database "one".
inline std::unique_ptr<backend::connection> open_pooled(std::string const& database = "one") {
    std::string url = pooler_url();
    auto const name = url.rfind('/') + 1;
    return open_url(url.replace(name, url.find('?') - name, database));
}

/// Through the pooler by a user who has forgotten the option.
inline std::unique_ptr<backend::connection> open_unaware() {
    std::string const url = pooler_url();
    return open_url(url.substr(0, url.find('?')));
}

}  // namespace roam::test::postgresql
