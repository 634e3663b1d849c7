// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include <roam/session/statement_slot.hpp>

#include <new>
#include <set>
#include <thread>
#include <vector>

using roam::detail::statement_slot;

TEST_CASE("D2: a slot's identity is drawn once, and at the same address another slot has another") {
    alignas(statement_slot) std::byte memory[sizeof(statement_slot)];
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 100; ++i) {
        // What an unloaded plugin and the next one at its place do.
        auto* const slot = new (memory) statement_slot;
        auto const identity = slot->identity();
        CHECK(identity != 0);
        CHECK(slot->identity() == identity);
        seen.insert(identity);
        slot->~statement_slot();
    }
    CHECK(seen.size() == 100);
}

TEST_CASE("a slot keeps one text per dialect value") {
    statement_slot slot;
    auto const& old = roam::sql::intern(roam::sql::sqlite_dialect(3'035'000, 999));
    auto const& fresh = roam::sql::intern(roam::sql::sqlite_dialect(3'040'001, 32'766));
    REQUIRE(&old != &fresh);
    CHECK(slot.find(old) == nullptr);
    slot.add(old, "old");
    slot.add(fresh, "fresh");
    CHECK(slot.find(old)->sql == "old");
    CHECK(slot.find(fresh)->sql == "fresh");
    CHECK(slot.add(old, "later").sql == "old");
}

TEST_CASE("threads that make the text of a slot at once agree on one, and on one identity") {
    auto const& d = roam::sql::intern(roam::sql::sqlite_dialect(3'040'001, 32'766));
    for (int round = 0; round < 50; ++round) {
        statement_slot slot;
        std::vector<roam::detail::statement_text const*> texts(4);
        std::vector<std::uint64_t> identities(4);
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < 4; ++i) {
                threads.emplace_back([&, i] {
                    identities[i] = slot.identity();
                    texts[i] = &slot.add(d, std::to_string(i));
                });
            }
        }
        CHECK(std::set(texts.begin(), texts.end()).size() == 1);
        CHECK(std::set(identities.begin(), identities.end()).size() == 1);
    }
}
