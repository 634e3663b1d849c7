// SPDX-License-Identifier: MIT
// The main function of every test program. Its last line tells count.py how many test cases ran,
// and its status is 0, 1, or 77 for "skipped": Catch2's own, the number of failures, could be 77 by
// chance.
#define CATCH_CONFIG_RUNNER
#include "catch.hpp"

#include <cstdlib>
#include <iostream>

namespace {

struct case_counts {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
};

case_counts counts;
bool skipping = false;

#if ROAM_TEST_CATCH_VERSION == 3
using listener_parent = Catch::EventListenerBase;
#else
using listener_parent = Catch::TestEventListenerBase;
#endif

class case_counter : public listener_parent {
public:
    using listener_parent::listener_parent;

    void testCaseStarting(Catch::TestCaseInfo const&) override { skipping = false; }

    void testCaseEnded(Catch::TestCaseStats const& stats) override {
        if (stats.totals.testCases.failed > 0) {
            ++counts.failed;
        } else if (skipping) {
            ++counts.skipped;
        } else {
            ++counts.passed;
        }
    }
};

CATCH_REGISTER_LISTENER(case_counter)

}  // namespace

void roam::test::skip(std::string_view reason) {
    skipping = true;
    std::cout << "skipped: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason
              << '\n'
              << std::flush;
}

int main(int argc, char** argv) {
    // A test that needs a server names the variable with its address.
    char const* const needed = std::getenv("ROAM_TEST_NEEDS");
    if (needed != nullptr && std::getenv(needed) == nullptr) {
        std::cout << "skipped: " << needed << " is not set\n";
        return 77;
    }

    int const status = Catch::Session{}.run(argc, argv);
    int const ran = counts.passed + counts.failed + counts.skipped;
    if (ran == 0) {
        return status == 0 ? 0 : 1;
    }
    std::cout << "cases: " << counts.passed << " passed, " << counts.failed << " failed, "
              << counts.skipped << " skipped\n";
    return status == 0 ? 0 : 1;
}
