// SPDX-License-Identifier: MIT
#include "backend/mysql/connect.hpp"
#include "backend/mysql/connection.hpp"
#include "backend/mysql/threads.hpp"
#include <roam/backend/mysql.hpp>
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

namespace roam::mysql {
namespace {

using clock = std::chrono::steady_clock;

// A connection is made in milliseconds; whoever has less time left would never get one.
constexpr std::chrono::milliseconds least_time{100};

/// The attempts to connect that nobody waits for any more. The end of the program does, because a
/// thread must not be in the client library when it is taken down.
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

/// Its end: a session, or why there is none, as text, since an exception that two threads hold is
/// freed by the standard library where ThreadSanitizer cannot see its count.
struct attempt_result {
    session_ptr session;
    std::string refusal;
};

attempt_result try_to_open(std::string const& text) {
    enter_thread();
    try {
        return {open_session(text), {}};
    } catch (soci::soci_error const& refused) {
        return {nullptr, refused.what()};
    }
}

// The library's own limit is whole seconds. So a thread waits for it, and whoever asked waits for
// the thread; an attempt that is given up ends by that limit and closes what it may have opened.
attempt_result open_until(clock::time_point deadline, std::string text, std::string const& where) {
    auto& all = all_attempts();
    std::packaged_task<attempt_result()> attempt{
        [text = std::move(text)] { return try_to_open(text); }};
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

class my_connector final : public backend::connector {
public:
    explicit my_connector(options how) : options_(std::move(how)) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto const now = clock::now();
        if (deadline <= now)
            throw connection_error("no time was left to connect to " + description());
        if (options_.connect_timeout && options_.connect_timeout->count() > 0)
            deadline = std::min(deadline, now + *options_.connect_timeout);
        deadline = std::max(deadline, now + least_time);
        auto const limit = std::chrono::ceil<std::chrono::seconds>(deadline - now);
        auto made = open_until(deadline, connection_string(options_, limit), description());
        if (made.session == nullptr) {
            throw connection_error("cannot connect to " + description() + ": " +
                                   without_password(made.refusal, options_));
        }
        return std::make_unique<my_connection>(std::move(made.session), options_.statement_timeout);
    }

    std::string description() const override { return description_of(options_); }

private:
    options const options_;
};

class my_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "mysql"; }
    std::string_view soci_name() const noexcept override { return "mysql"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(options_of(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        initialize_library();
        return std::make_unique<my_connection>(session);
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
my_driver const& the_driver() {
    static auto const& driver = *new my_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    check(how);
    initialize_library();
    all_attempts();  // made before the connector's owner, who may be static, and so destroyed after
    return std::make_shared<my_connector>(std::move(how));
}

client_facts client() noexcept {
    return {mysql_get_client_version(), mysql_thread_safe() != 0, threads_begun(), threads_ended()};
}

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::mysql
