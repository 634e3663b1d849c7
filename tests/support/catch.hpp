// SPDX-License-Identifier: MIT
// Catch2 for every test: version 2 as Debian 12 has it, or version 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#define ROAM_TEST_CATCH_VERSION 3
#else
#include <catch2/catch.hpp>
#define ROAM_TEST_CATCH_VERSION 2
#endif

#include <string_view>

namespace roam::test {

/// Counts the running test case as skipped, unless it fails, and prints why. Not for other threads.
void skip(std::string_view reason);

}  // namespace roam::test

/// Ends the running test case as skipped; Catch2 2 has no SKIP. Only in the body of a test case.
#define ROAM_SKIP(reason)           \
    do {                            \
        ::roam::test::skip(reason); \
        return;                     \
    } while (false)
