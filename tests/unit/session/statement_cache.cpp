// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "session/statement_cache.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using roam::backend::row_mode;
using roam::detail::cached_statement;
using roam::detail::statement_cache;

namespace {

int alive = 0;

class counted final : public roam::backend::statement {
public:
    counted() { ++alive; }
    ~counted() override { --alive; }
    void start(std::span<roam::mapping::cell const>) override {}
    bool fetch(roam::mapping::cell*) override { return false; }
    std::int64_t affected_rows() const override { return 0; }
    void finish() noexcept override {}
    std::size_t column_count() const override { return 0; }
    std::string column_name(std::size_t) const override { return {}; }
    std::size_t parameter_count() const override { return 0; }
};

cached_statement* put(statement_cache& cache, std::uint64_t key) {
    return cache.add(std::make_unique<counted>(), "statement " + std::to_string(key), key);
}

cached_statement* put(statement_cache& cache, std::string const& sql,
                      row_mode mode = row_mode::buffered) {
    return cache.add(std::make_unique<counted>(), sql, statement_cache::key_of(sql, mode));
}

cached_statement* look(statement_cache& cache, std::string const& sql,
                       row_mode mode = row_mode::buffered) {
    return cache.find(sql, statement_cache::key_of(sql, mode));
}

/// Keys that begin their search at the same place of a table of `places`, a power of two.
std::vector<std::uint64_t> colliding(std::size_t places, std::size_t count) {
    std::vector<std::uint64_t> keys;
    int const shift = 64 - std::countr_zero(places);
    for (std::uint64_t key = 1; keys.size() < count; ++key) {
        if ((key * 0x9E3779B97F4A7C15u) >> shift == places - 1) {
            keys.push_back(key);
        }
    }
    return keys;
}

}  // namespace

TEST_CASE("the cache gives up the statement that was used least recently") {
    statement_cache cache{3};
    for (std::uint64_t key : {1, 2, 3}) {
        put(cache, key);
    }
    CHECK(cache.find(1) != nullptr);  // now 2 is the oldest
    put(cache, 4);
    CHECK(cache.size() == 3);
    CHECK(cache.find(2) == nullptr);
    CHECK(cache.find(3) != nullptr);
    put(cache, 5);
    CHECK(cache.find(1) == nullptr);
    for (std::uint64_t key : {3, 4, 5}) {
        CHECK(cache.find(key) != nullptr);
    }
    CHECK(alive == 3);
    cache.clear();
    CHECK(alive == 0);
}

TEST_CASE("keys that collide are found after any of them is gone") {
    for (std::size_t gone = 0; gone < 4; ++gone) {
        statement_cache cache{8};  // 16 places; the search wraps around from the last
        auto const keys = colliding(16, 4);
        std::vector<cached_statement*> kept;
        for (auto const key : keys) {
            kept.push_back(put(cache, key));
        }
        cache.drop(kept[gone]);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(cache.find(keys[i]) == (i == gone ? nullptr : kept[i]));
        }
    }
    CHECK(alive == 0);
}

TEST_CASE("any order of use leaves the cache with what a list in that order has") {
    std::mt19937 random{7};
    statement_cache cache{6};
    std::vector<std::uint64_t> model;  // the newest last
    auto const pool = colliding(16, 12);
    for (int step = 0; step < 5'000; ++step) {
        auto const key = pool[random() % pool.size()];
        auto const at = std::find(model.begin(), model.end(), key);
        auto* const found = cache.find(key);
        REQUIRE((found != nullptr) == (at != model.end()));
        if (found) {
            REQUIRE(found->key == key);
            model.erase(at);
        } else {
            if (model.size() == 6) {
                model.erase(model.begin());
            }
            put(cache, key);
        }
        model.push_back(key);
        REQUIRE(cache.size() == model.size());
        REQUIRE(static_cast<std::size_t>(alive) == model.size());
    }
}

TEST_CASE("D2: a running statement is not found, not given up, and its double is not kept") {
    statement_cache cache{2};
    auto* const first = put(cache, 1);
    first->running = true;
    CHECK(cache.find(1) == nullptr);
    auto* const second = put(cache, 1);
    CHECK_FALSE(second->kept);
    CHECK(alive == 2);
    cache.release(second);
    CHECK(alive == 1);

    put(cache, 2);
    put(cache, 3);  // 1 is the oldest, but runs
    CHECK(cache.find(2) == nullptr);
    cache.release(first);
    CHECK(cache.find(1) == first);
    cache.clear();
    CHECK(alive == 0);
}

TEST_CASE("a cache that is full of running statements keeps no further one") {
    statement_cache cache{1};
    auto* const first = put(cache, 1);
    first->running = true;
    auto* const second = put(cache, 2);
    CHECK_FALSE(second->kept);
    cache.release(second);
    cache.release(first);
    CHECK(cache.find(1) == first);
    cache.clear();
    CHECK(alive == 0);
}

TEST_CASE("a cache of one, and one of none, hold the last statement") {
    for (std::size_t const capacity : {1, 0}) {
        statement_cache cache{capacity};
        put(cache, 1);
        put(cache, 2);
        CHECK(cache.size() == 1);
        CHECK(cache.find(1) == nullptr);
        CHECK(cache.find(2) != nullptr);
    }
    CHECK(alive == 0);
}

TEST_CASE("a statement that is dropped while it runs ends with its execution") {
    statement_cache cache{2};
    auto* const running = put(cache, 1);
    running->running = true;
    cache.drop(running);
    CHECK(cache.size() == 0);
    CHECK(alive == 1);
    cache.release(running);
    CHECK(alive == 0);
}

TEST_CASE("D2: texts are told apart in full, and a streamed one from a buffered one") {
    statement_cache cache{4};
    auto* const select = put(cache, "SELECT 1");
    CHECK(look(cache, "SELECT 1") == select);
    CHECK(look(cache, "SELECT 2") == nullptr);
    CHECK(look(cache, "SELECT 1", row_mode::streamed) == nullptr);
    auto* const streamed = put(cache, "SELECT 1", row_mode::streamed);
    CHECK(look(cache, "SELECT 1", row_mode::streamed) == streamed);
    CHECK(look(cache, "SELECT 1") == select);
    // As if two texts had one hash.
    auto const key = statement_cache::key_of("SELECT 1", row_mode::buffered);
    auto* const other = cache.add(std::make_unique<counted>(), "SELECT 3", key);
    CHECK(cache.find("SELECT 3", key) == other);
    CHECK(cache.find("SELECT 1", key) == select);
}

TEST_CASE("the key of a text is never an identity") {
    for (auto const* sql : {"", "SELECT 1", "DELETE FROM t"}) {
        CHECK(statement_cache::key_of(sql, row_mode::buffered) >> 63 == 1);
        CHECK(statement_cache::key_of(sql, row_mode::streamed) >> 63 == 1);
    }
}
