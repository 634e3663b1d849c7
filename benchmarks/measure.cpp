// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <sys/resource.h>
#include <time.h>

#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t allocation_count = 0;

std::int64_t nanoseconds(timeval time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_usec * 1'000;
}

std::int64_t wall_clock() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

// The forms for arrays, sizes and std::nothrow_t come down to these four by the library's defaults.
void* operator new(std::size_t size) {
    ++allocation_count;
    if (void* place = std::malloc(size == 0 ? 1 : size))
        return place;
    throw std::bad_alloc{};
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocation_count;
    auto const step = static_cast<std::size_t>(alignment);
    if (void* place = std::aligned_alloc(step, (size + step - 1) / step * step))
        return place;
    throw std::bad_alloc{};
}

void operator delete(void* place) noexcept { std::free(place); }

void operator delete(void* place, std::align_val_t) noexcept { std::free(place); }

// g++ 12 warns of a replaced operator delete without its sized form.
void operator delete(void* place, std::size_t) noexcept { std::free(place); }

void operator delete(void* place, std::size_t, std::align_val_t) noexcept { std::free(place); }

bench::cost bench::measure(std::function<void()> const& work) {
    rusage before{};
    rusage after{};
    getrusage(RUSAGE_SELF, &before);
    auto const allocations = allocation_count;
    auto const start = wall_clock();
    bench_measured_region(work);
    auto const end = wall_clock();
    auto const allocated = allocation_count - allocations;
    getrusage(RUSAGE_SELF, &after);
    return {.wall_ns = end - start,
            .user_ns = nanoseconds(after.ru_utime) - nanoseconds(before.ru_utime),
            .sys_ns = nanoseconds(after.ru_stime) - nanoseconds(before.ru_stime),
            .allocations = allocated};
}
