// SPDX-License-Identifier: MIT
// What all() takes of the heap beside the records that it returns: no more than a careful loop.
#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>
#include <vector>

namespace {

// One thread works here.
std::size_t held = 0;
std::size_t most_held = 0;

}  // namespace

void* operator new(std::size_t size) {
    void* const made = std::malloc(size);
    if (made == nullptr)
        throw std::bad_alloc{};
    held += malloc_usable_size(made);
    most_held = std::max(most_held, held);
    return made;
}
void operator delete(void* gone) noexcept {
    held -= malloc_usable_size(gone);
    std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept { operator delete(gone); }

namespace {

struct line {
    std::int64_t id = 0;
    std::string words;
    bool operator==(line const&) const = default;
};

std::vector<line> made_by_hand(std::size_t count) {
    std::vector<line> lines;
    for (std::size_t i = 1; i <= count; ++i) {
        auto& next = lines.emplace_back();
        next.id = static_cast<std::int64_t>(i);
        next.words.assign("a text that is longer than a string's own memory");
    }
    return lines;
}

/// The most that `work` held at once, beyond what was held before.
template <class Work>
std::size_t most_of(Work work) {
    auto const before = held;
    most_held = held;
    auto const kept = work();
    return most_held - before;
}

}  // namespace

TEST_CASE("all() holds at most 1.02 times what a loop over the driver's rows would") {
    roam::test::place const where;
    auto const db = where.open(1);
    roam::create_tables<line>(db);
    for (std::size_t const count : {1'000U, 40'000U, 70'000U}) {
        roam::remove<line>().every_row().run(db);
        auto const lines = made_by_hand(count);
        auto inserted = lines;
        roam::insert(inserted, db);
        auto const plain = most_of([&] { return made_by_hand(count); });
        auto const query = roam::select<line>();
        auto const first = most_of([&] { return query.all(db); });
        auto const again = most_of([&] { return query.all(db); });
        std::cout << count << " rows: by hand " << plain << " bytes, all() " << first
                  << ", once more " << again << '\n';
        CHECK(first * 100 <= plain * 102);
        CHECK(again * 100 <= plain * 102);
    }
}
