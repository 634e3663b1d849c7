// SPDX-License-Identifier: MIT
#pragma once

#include <roam/sql/dialect.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roam::detail {

/// The text of a statement in one dialect, with the column that each parameter is for.
struct statement_text {
    sql::dialect const* dialect = nullptr;
    std::string sql;
    statement_text const* next = nullptr;
};

/// One per query type, a static: its identity and its texts, one per dialect value.
///
/// The identity is drawn once from a process-wide counter and never reused, so that a connection's
/// cache can be asked by number; the address of a static would be recycled when plugins come and
/// go (D2). Texts live as long as the process. Thread safety: any thread.
class statement_slot {
public:
    constexpr statement_slot() = default;

    std::uint64_t identity() noexcept {
        std::uint64_t const id = identity_.load(std::memory_order_relaxed);
        return id != 0 ? id : draw();
    }

    statement_text const* find(sql::dialect const& d) const noexcept {
        for (auto t = texts_.load(std::memory_order_acquire); t; t = t->next) {
            if (t->dialect == &d)
                return t;
        }
        return nullptr;
    }

    /// Keeps the text for this dialect; when another thread was first, its text stays.
    statement_text const& add(sql::dialect const& d, std::string sql);

private:
    std::uint64_t draw() noexcept;

    std::atomic<std::uint64_t> identity_{0};
    std::atomic<statement_text const*> texts_{nullptr};
};

}  // namespace roam::detail
