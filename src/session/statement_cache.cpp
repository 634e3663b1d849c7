// SPDX-License-Identifier: MIT
#include "session/statement_cache.hpp"

#include <bit>
#include <functional>

namespace roam::detail {

statement_cache::statement_cache(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {
    // At most half full, so that a probe is short.
    std::size_t const places = std::bit_ceil(capacity_ * 2);
    table_.resize(places);
    mask_ = places - 1;
    shift_ = 64 - std::countr_zero(places);
}

statement_cache::~statement_cache() { clear(); }

std::uint64_t statement_cache::key_of(std::string_view sql, backend::row_mode mode) noexcept {
    auto const how = static_cast<std::uint64_t>(mode);
    return (std::uint64_t{std::hash<std::string_view>{}(sql)} * 4 + how) | (std::uint64_t{1} << 63);
}

cached_statement* statement_cache::find(std::string_view sql, std::uint64_t key) noexcept {
    std::size_t at = place(key);
    while (cached_statement* c = table_[at]) {
        if (c->key == key && c->sql == sql) {
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

cached_statement* statement_cache::add(std::unique_ptr<backend::statement> statement,
                                       std::string_view sql, std::uint64_t key) {
    auto c = std::make_unique<cached_statement>();
    c->has_rows = statement->column_count() != 0;
    c->statement = std::move(statement);
    c->sql = sql;
    c->key = key;
    std::size_t at = place(key);
    while (cached_statement const* other = table_[at]) {
        if (other->key == key && other->sql == sql)
            return c.release();  // running: not kept
        at = (at + 1) & mask_;
    }
    if (size_ == capacity_) {
        make_room();
        if (size_ == capacity_)
            return c.release();  // everything in it is running
        at = place(key);
        while (table_[at])
            at = (at + 1) & mask_;
    }
    table_[at] = c.get();
    c->kept = true;
    c->older = newest_;
    if (newest_)
        newest_->newer = c.get();
    newest_ = c.get();
    if (!oldest_)
        oldest_ = c.get();
    ++size_;
    return c.release();
}

void statement_cache::touch(cached_statement* c) noexcept {
    unlink(c);
    c->older = newest_;
    c->newer = nullptr;
    if (newest_)
        newest_->newer = c;
    newest_ = c;
    if (!oldest_)
        oldest_ = c;
}

void statement_cache::unlink(cached_statement* c) noexcept {
    (c->newer ? c->newer->older : newest_) = c->older;
    (c->older ? c->older->newer : oldest_) = c->newer;
    c->newer = c->older = nullptr;
}

void statement_cache::remove_from_table(cached_statement* c) noexcept {
    std::size_t hole = place(c->key);
    while (table_[hole] != c)
        hole = (hole + 1) & mask_;
    // Linear probing without tombstones: whoever was pushed past the hole moves into it.
    for (std::size_t next = (hole + 1) & mask_; table_[next]; next = (next + 1) & mask_) {
        std::size_t const home = place(table_[next]->key);
        if (((next - home) & mask_) >= ((next - hole) & mask_)) {
            table_[hole] = table_[next];
            hole = next;
        }
    }
    table_[hole] = nullptr;
}

void statement_cache::make_room() noexcept {
    for (cached_statement* c = oldest_; c; c = c->newer) {
        if (!c->running) {
            drop(c);
            return;
        }
    }
}

void statement_cache::drop(cached_statement* c) noexcept {
    if (c->kept) {
        remove_from_table(c);
        unlink(c);
        --size_;
        c->kept = false;
    }
    if (!c->running)
        delete c;
}

void statement_cache::clear() noexcept {
    while (oldest_)
        drop(oldest_);
}

}  // namespace roam::detail
