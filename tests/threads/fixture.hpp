// SPDX-License-Identifier: MIT
#pragma once

#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/dialect.hpp>
#include <support/scale.hpp>
#include <support/waiting.hpp>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace roam::test {

struct employee {
    std::int64_t id = 0;
    std::string email;
    int visits = 0;
    bool operator==(employee const&) const = default;
};

inline bool on_sqlite() { return engine() == "sqlite"; }
inline bool on_postgresql() { return engine() == "postgresql"; }
inline bool on_mysql() { return engine() == "mysql"; }
inline bool on_firebird() { return engine() == "firebird"; }

/// A query of Firebird that takes as long as counting to `last` does.
inline std::string firebird_count(std::int64_t last) {
    return "EXECUTE BLOCK RETURNS (n bigint) AS BEGIN n = 0; WHILE (n < " + std::to_string(last) +
           ") DO n = n + 1; SUSPEND; END";
}

/// At this level a transaction that writes what it has read undoes nobody's change.
inline isolation_level strict_level() {
    return on_firebird() ? isolation_level::repeatable_read : isolation_level::serializable;
}

/// Watches that a connection is used by no other thread than the one that leased it.
class owner_watch : public recorder {
public:
    void statement(statement_event const& e) override {
        recorder::statement(e);
        std::lock_guard const lock{mutex_};
        auto const at = owners_.find(e.session);
        foreign_ += at == owners_.end() || at->second != std::this_thread::get_id();
    }
    void session(session_event const& e) override {
        recorder::session(e);
        std::lock_guard const lock{mutex_};
        if (e.what == session_event::kind::leased) {
            foreign_ += !owners_.emplace(e.session, std::this_thread::get_id()).second;
        } else if (e.what == session_event::kind::attached) {
            owners_[e.session] = std::this_thread::get_id();
        } else if (e.what == session_event::kind::returned) {
            owners_.erase(e.session);
        }
    }
    /// Statements on a connection that the thread had not leased, and double leases.
    int foreign() const {
        std::lock_guard const lock{mutex_};
        return foreign_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::thread::id> owners_;
    int foreign_ = 0;
};

/// A database of its own with the table of employees.
struct company {
    explicit company(std::size_t sessions,
                     std::chrono::milliseconds patience = std::chrono::seconds{60})
        : db(opened(sessions, patience)) {
        if (on_firebird())
            outside.lease();  // who opens the file first takes longer than some tests wait
        create_tables<employee>(db);
        seen->take();
    }
    database opened(std::size_t sessions, std::chrono::milliseconds patience) {
        database_options options;
        options.max_sessions = sessions;
        options.acquire_timeout = patience;
        options.watch = seen;
        return where.open(std::move(options));
    }

    /// What another connection, outside of the pool, reads.
    std::vector<employee> rows() const {
        return select<employee>().order_by(col<&employee::id>).all(outside);
    }
    std::optional<employee> row(std::int64_t id) const { return find<employee>(id, outside); }

    place where;
    std::shared_ptr<owner_watch> seen = std::make_shared<owner_watch>();
    database db;
    database outside = where.open(1);
};

/// Stages of a schedule that two threads walk together.
class stage {
public:
    void reach(int number) {
        std::lock_guard const lock{mutex_};
        reached_ = std::max(reached_, number);
        changed_.notify_all();
    }
    /// False when it did not come within 20 s: the schedule is stuck.
    bool wait(int number) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20},
                                 [&] { return reached_ >= number; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int reached_ = 0;
};

/// Runs `work(number)` on `count` threads that start together. Catch2's assertions are not for
/// threads: what goes wrong is thrown, and the messages come back.
template <class Work>
std::vector<std::string> on_threads(int count, Work work) {
    std::vector<std::string> errors;
    std::mutex mutex;
    std::barrier start{count};
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                work(i);
            } catch (std::exception const& e) {
                std::lock_guard const lock{mutex};
                errors.emplace_back(e.what());
            }
        });
    }
    threads.clear();
    return errors;
}

/// Whether `work` throws an E.
template <class E, class Work>
bool throws(Work work) {
    try {
        work();
    } catch (E const&) {
        return true;
    }
    return false;
}

inline std::vector<std::string> const no_errors;

}  // namespace roam::test
