// SPDX-License-Identifier: MIT
#pragma once

#include "rows.hpp"
#include <roam/backend/firebird.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

// What the tests of the Firebird backend share.

namespace roam::test::firebird {

using namespace roam::test::rows;

/// Where the files of the embedded engine lie, or nullptr.
inline char const* folder() { return std::getenv("ROAM_TEST_FIREBIRD_FOLDER"); }

#define ROAM_NEEDS_FIREBIRD()                              \
    if (::roam::test::firebird::folder() == nullptr) {     \
        ROAM_SKIP("ROAM_TEST_FIREBIRD_FOLDER is not set"); \
    }                                                      \
    static_assert(true)

inline std::unique_ptr<backend::connection> open_url(std::string const& text) {
    auto const where = backend::url::parse(text);
    return backend::driver_for(where.scheme)
        .configure(where)
        ->open(std::chrono::steady_clock::now() + std::chrono::seconds{10});
}

/// A database of its own, made by the first connection and gone at the end.
class file {
public:
    file() = default;
    file(file const&) = delete;
    file& operator=(file const&) = delete;
    ~file() { std::filesystem::remove(path); }

    /// `more` are options: "?lock_timeout=1".
    std::unique_ptr<backend::connection> open(std::string const& more = {}) const {
        return open_url("firebird:" + path + more);
    }

    std::string const path = std::string{folder()} + "/unit_" + std::to_string(::getpid()) + "_" +
                             std::to_string(++made) + ".fdb";

private:
    static inline int made = 0;
};

}  // namespace roam::test::firebird
