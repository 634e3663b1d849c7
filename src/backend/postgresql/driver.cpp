// SPDX-License-Identifier: MIT
#include "backend/postgresql/connect.hpp"
#include "backend/postgresql/connection.hpp"
#include <roam/backend/postgresql.hpp>
#include <roam/error.hpp>

#include <soci/error.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace roam::postgresql {
namespace {

using clock = std::chrono::steady_clock;

// A connection is made in milliseconds; whoever has less time left would never get one.
constexpr std::chrono::milliseconds least_time{100};

void require_thread_safe_client() {
    static bool const safe = PQisthreadsafe() == 1;
    if (!safe) {
        throw unsupported_error(
            "this libpq was built without thread safety (--disable-thread-safety): Roam's sessions "
            "run in any thread");
    }
}

/// The attempts to connect that nobody waits for any more. The end of the program does, because a
/// thread must not be in libpq when its libraries are taken down.
class given_up_attempts {
public:
    void begin() {
        std::lock_guard const lock{mutex_};
        process_ = getpid();
        ++running_;
    }
    void end() noexcept {
        std::lock_guard const lock{mutex_};
        if (--running_ == 0)
            none_.notify_all();
    }
    ~given_up_attempts() {
        std::unique_lock lock{mutex_};
        if (process_ == getpid())  // a forked child has no such threads
            none_.wait(lock, [&] { return running_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable none_;
    unsigned running_ = 0;
    pid_t process_ = 0;
};
given_up_attempts& all_attempts() {
    static given_up_attempts all;
    return all;
}

// SOCI connects by PQconnectdb, whose own limit is whole seconds, and two of them at least. So a
// thread waits for it, and whoever asked waits for the thread; an attempt that is given up ends by
// libpq's limit and closes what it may have opened.
session_ptr open_until(clock::time_point deadline, std::string text, std::string const& where) {
    auto& all = all_attempts();
    std::packaged_task<session_ptr()> attempt{
        [text = std::move(text)] { return open_session(text); }};
    auto made = attempt.get_future();
    all.begin();
    try {
        std::thread{[&all, attempt = std::move(attempt)]() mutable {
            attempt();
            attempt = {};  // closes a session that nobody took
            all.end();
        }}.detach();
    } catch (std::system_error const&) {
        all.end();
        throw connection_error("cannot connect to " + where + ": no thread could be started");
    }
    if (made.wait_until(deadline) != std::future_status::ready)
        throw connection_error("cannot connect to " + where + ": no answer before the deadline");
    return made.get();
}

class pg_connector final : public backend::connector {
public:
    explicit pg_connector(options how) : options_(std::move(how)) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto const now = clock::now();
        if (deadline <= now)
            throw connection_error("no time was left to connect to " + description());
        if (options_.connect_timeout && options_.connect_timeout->count() > 0)
            deadline = std::min(deadline, now + *options_.connect_timeout);
        deadline = std::max(deadline, now + least_time);
        auto const limit = std::chrono::ceil<std::chrono::seconds>(deadline - now);
        try {
            return std::make_unique<pg_connection>(
                open_until(deadline, connection_string(options_, limit), description()),
                options_.statement_timeout);
        } catch (soci::soci_error const& refused) {
            throw connection_error("cannot connect to " + description() + ": " +
                                   without_password(refused.what(), options_));
        }
    }

    std::string description() const override { return description_of(options_); }

private:
    options const options_;
};

class pg_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "postgresql"; }
    std::string_view soci_name() const noexcept override { return "postgresql"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(options_of(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        require_thread_safe_client();
        return std::make_unique<pg_connection>(session);
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
pg_driver const& the_driver() {
    static auto const& driver = *new pg_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    require_thread_safe_client();
    check(how);
    return std::make_shared<pg_connector>(std::move(how));
}

client_facts client() noexcept { return {PQlibVersion(), PQisthreadsafe() == 1}; }

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::postgresql
