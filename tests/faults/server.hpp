// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/postgresql.hpp>
#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/waiting.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace roam::test {

struct entry {
    std::int64_t id = 0;
    std::string text;
    bool operator==(entry const&) const = default;
};

inline std::string server_url() {
    char const* const url = std::getenv("ROAM_TEST_POSTGRESQL_URL");
    if (!url) {
        throw std::runtime_error("ROAM_TEST_POSTGRESQL_URL is not set");
    }
    return url;
}

/// The same server by another user, password, port or database: `postgresql://WHO@HOST:PORT/NAME`.
inline std::string server_url(std::string_view who, std::string_view name = "postgres",
                              std::optional<int> port = {}) {
    std::string const url = server_url();
    auto const at = url.find('@') + 1;
    auto const slash = url.find('/', at);
    std::string address = url.substr(at, slash - at);
    if (port) {
        address = address.substr(0, address.find(':') + 1) + std::to_string(*port);
    }
    return "postgresql://" + std::string{who} + "@" + address + "/" + std::string{name};
}

/// A pool with a table of its own, made anew, and a connection beside it to do harm with.
struct faulty {
    explicit faulty(database_options options, std::string const& url = server_url())
        : db(url, with_watch(std::move(options))) {
        auto s = outside.lease();
        s.execute("SET client_min_messages = warning; DROP TABLE IF EXISTS entry");
        create_tables<entry>(s);
    }
    explicit faulty(std::size_t sessions) : faulty(options_of(sessions)) {}
    static database_options options_of(std::size_t sessions,
                                       std::chrono::milliseconds validate_after = {}) {
        database_options options;
        options.max_sessions = sessions;
        options.validate_after = validate_after;
        return options;
    }
    database_options with_watch(database_options options) {
        options.watch = seen;
        return options;
    }

    /// Leases every session of the pool once and returns the processes behind them.
    std::vector<int> fill(std::size_t sessions) {
        std::vector<int> processes;
        std::vector<session> held;
        for (std::size_t i = 0; i < sessions; ++i) {
            held.push_back(db.lease());
            processes.push_back(process_of(held.back()));
        }
        return processes;
    }
    static int process_of(session& s) {
        return raw<int>("SELECT pg_backend_pid()").reads_only().one(s);
    }
    /// From now on a COMMIT after an insert lasts until its process is killed.
    void make_commits_slow() {
        outside.lease().execute(
            "CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION slow()");
    }
    /// Waits until a process is in such a COMMIT, and kills it. False: none ever was.
    bool kill_in_commit() {
        std::optional<int> there;
        bool const found = soon_true([&] {
            there = raw<int>(
                        "SELECT pid FROM pg_stat_activity WHERE query = 'COMMIT' AND "
                        "wait_event = 'PgSleep'")
                        .optional(outside);
            return there.has_value();
        });
        if (found)
            kill(*there);
        return found;
    }
    void kill(int process) {
        raw<bool>("SELECT pg_terminate_backend(?, 10000)", process).one(outside);
    }
    std::int64_t stored() { return select<entry>().count(outside); }

    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
    database outside{server_url(), {.max_sessions = 1}};
    database db;
};

using Catch::Matchers::Contains;

}  // namespace roam::test
