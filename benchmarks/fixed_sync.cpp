// SPDX-License-Identifier: MIT
//
// Stands in for the system's calls that wait for the disk: what a program defines goes before what
// its libraries have. A sync of a fixed length makes figures of one day and disk those of another.
#include "sharing.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::int64_t> length_us{0};

int sync_file(long number, int file) {
    count.fetch_add(1, std::memory_order_relaxed);
    auto const length = length_us.load(std::memory_order_relaxed);
    if (length == 0)
        return static_cast<int>(syscall(number, file));
    timespec until{};
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += length * 1'000;
    until.tv_sec += until.tv_nsec / 1'000'000'000;
    until.tv_nsec %= 1'000'000'000;
    prctl(PR_SET_TIMERSLACK, 1UL);  // else each sleeps for 50 us more
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
    return 0;
}

}  // namespace

extern "C" int fsync(int file) { return sync_file(SYS_fsync, file); }
extern "C" int fdatasync(int file) { return sync_file(SYS_fdatasync, file); }

std::uint64_t bench::syncs() { return count.load(std::memory_order_relaxed); }
void bench::fix_sync(std::int64_t microseconds) {
    length_us.store(microseconds, std::memory_order_relaxed);
}
