// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roam::detail {

/// A prepared statement and its place in the cache.
struct cached_statement {
    std::unique_ptr<backend::statement> statement;
    std::string sql;
    std::uint64_t key = 0;  ///< a slot's identity, or a hash of the text with the top bit set
    cached_statement* newer = nullptr;
    cached_statement* older = nullptr;
    bool running = false;
    bool has_rows = false;  ///< result columns; the backend may change their number, not this
    bool kept = false;      ///< in the cache; otherwise it ends with its execution
    std::int64_t rows_before = 0;  ///< that the last execution fetched
};

/// The prepared statements of one connection, the least recently used given up first.
///
/// Found by number: an open-addressed table of pointers, no string is looked at for statements
/// whose text is made once. Statements with text of their own are found by hash and compared in
/// full. Thread safety: as its connection.
class statement_cache {
public:
    explicit statement_cache(std::size_t capacity = 256);
    ~statement_cache();
    statement_cache(statement_cache const&) = delete;
    statement_cache& operator=(statement_cache const&) = delete;

    /// nullptr on a miss, and when the statement is running (a second one is then prepared).
    cached_statement* find(std::uint64_t identity) noexcept {
        std::size_t at = place(identity);
        while (cached_statement* c = table_[at]) {
            if (c->key == identity) {
                if (c->running)
                    return nullptr;
                if (c != newest_)
                    touch(c);
                return c;
            }
            at = (at + 1) & mask_;
        }
        return nullptr;
    }
    cached_statement* find(std::string_view sql, std::uint64_t key) noexcept;

    /// Takes a freshly prepared statement. Kept if there is no other of the same key; the caller
    /// gives it back with release().
    cached_statement* add(std::unique_ptr<backend::statement> statement, std::string_view sql,
                          std::uint64_t key);

    void release(cached_statement* c) noexcept {
        c->running = false;
        if (!c->kept)
            delete c;
    }

    /// Forgets a statement that the server does not know any more.
    void drop(cached_statement* c) noexcept;
    void clear() noexcept;
    std::size_t size() const noexcept { return size_; }

    /// The key of a text of its own: buffered and streamed are two statements.
    static std::uint64_t key_of(std::string_view sql, backend::row_mode mode) noexcept;

private:
    std::size_t place(std::uint64_t key) const noexcept {
        return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15u >> shift_);
    }
    void touch(cached_statement* c) noexcept;
    void unlink(cached_statement* c) noexcept;
    void remove_from_table(cached_statement* c) noexcept;
    void make_room() noexcept;

    std::vector<cached_statement*> table_;
    std::size_t capacity_;
    std::size_t mask_ = 0;
    int shift_ = 0;
    std::size_t size_ = 0;
    cached_statement* newest_ = nullptr;
    cached_statement* oldest_ = nullptr;
};

}  // namespace roam::detail
