// SPDX-License-Identifier: MIT
#pragma once

#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/waiting.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace roam::test {

struct note {
    std::int64_t id = 0;
    std::string text;
    int count = 0;
    bool operator==(note const&) const = default;
};

/// A database of its own with the table of notes, and what was sent to it.
struct notes {
    explicit notes(std::size_t sessions = 4) : notes(options_of(sessions)) {}
    explicit notes(database_options options) : db(watched(std::move(options))) {
        create_tables<note>(db);
        seen->take();
        seen->take_events();
    }

    static database_options options_of(std::size_t sessions) {
        database_options options;
        options.max_sessions = sessions;
        options.acquire_timeout = std::chrono::milliseconds{100};
        return options;
    }
    database watched(database_options options) {
        options.watch = seen;
        return where.open(std::move(options));
    }

    /// How many notes another connection sees.
    std::int64_t stored() const { return select<note>().count(where.open(1)); }

    place where;
    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
    database db;
};

using Catch::Matchers::Contains;

}  // namespace roam::test
