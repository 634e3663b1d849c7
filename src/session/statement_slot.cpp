// SPDX-License-Identifier: MIT
#include <roam/session/statement_slot.hpp>

#include <deque>
#include <mutex>

namespace roam::detail {
namespace {

std::atomic<std::uint64_t> next_identity{1};

/// Owns every text; never destroyed, because slots in other statics may be asked until the end.
struct text_store {
    std::mutex mutex;
    std::deque<statement_text> texts;
};
text_store& all_texts() {
    static auto* const store = new text_store;
    return *store;
}

}  // namespace

std::uint64_t statement_slot::draw() noexcept {
    std::uint64_t expected = 0;
    std::uint64_t const mine = next_identity.fetch_add(1, std::memory_order_relaxed);
    return identity_.compare_exchange_strong(expected, mine) ? mine : expected;
}

statement_text const& statement_slot::add(sql::dialect const& d, std::string sql) {
    auto& store = all_texts();
    std::lock_guard const lock{store.mutex};
    if (auto const* t = find(d))
        return *t;
    auto const& t = store.texts.emplace_back(
        statement_text{&d, std::move(sql), texts_.load(std::memory_order_relaxed)});
    texts_.store(&t, std::memory_order_release);
    return t;
}

}  // namespace roam::detail
