// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/error.hpp>
#include <roam/session/context.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace roam::test {

/// A database server inside the test: connections that store nothing, cost nothing, and can be
/// made slow, refused and lost. Every statement answers one row of the integer 1; BEGIN, COMMIT
/// and ROLLBACK are understood. For tests of pools and sessions, where a real engine would only
/// take time.
///
///     fake_server server;
///     roam::database db{server.url(), {.max_sessions = 4}};
///
/// Thread safety: every member may be called from any number of threads at once.
class fake_server {
public:
    fake_server() {
        std::lock_guard const lock{known().mutex};
        number_ = std::to_string(++known().last);
        known().servers[number_] = state_;
        register_once();
    }
    ~fake_server() {
        std::lock_guard const lock{known().mutex};
        known().servers.erase(number_);
    }
    fake_server(fake_server const&) = delete;
    fake_server& operator=(fake_server const&) = delete;

    std::string url() const { return "fake://server/" + number_; }

    /// From now on nobody can connect; lose_all() breaks what is open besides.
    void refuse(bool on) { state_->refusing = on; }
    void lose_all() { ++state_->losses; }

    /// Connects wait from hold_connects() to let_connects().
    void hold_connects() { hold(true); }
    void let_connects() { hold(false); }

    /// Called in every statement, by the thread that runs it. Set before the first connection.
    void on_statement(std::function<void()> work) { state_->work = std::move(work); }
    /// The same for signs of life, and for the end of a connection.
    void on_ping(std::function<void()> work) { state_->ping = std::move(work); }
    void on_close(std::function<void()> work) { state_->close = std::move(work); }

    int attempts() const { return state_->attempts; }  ///< to connect
    int connecting() const { return state_->connecting; }
    int open() const { return state_->open; }
    int most_open() const { return state_->most_open; }
    /// Calls that came into a connection while another was inside: there must be none.
    int collisions() const { return state_->collisions; }
    /// Calls into a connection by another context than its session's owner, as far as the tests
    /// say by claim() who that is.
    int foreign() const { return state_->foreign; }
    int cancels() const { return state_->cancels; }  ///< that reached a connection

    /// `owner` alone may use the connection behind this native handle; 0: nobody says.
    static void claim(void* native_handle, std::uint64_t owner) {
        static_cast<connection*>(native_handle)->owner = owner;
    }

private:
    struct state {
        std::atomic<bool> refusing{false};
        std::atomic<int> losses{0};
        std::atomic<int> attempts{0};
        std::atomic<int> connecting{0};
        std::atomic<int> open{0};
        std::atomic<int> most_open{0};
        std::atomic<int> collisions{0};
        std::atomic<int> foreign{0};
        std::atomic<int> cancels{0};
        std::function<void()> work;
        std::function<void()> ping;
        std::function<void()> close;
        std::mutex mutex;
        std::condition_variable released;
        bool held = false;
    };

    class connection final : public backend::connection {
    public:
        explicit connection(std::shared_ptr<state> of)
            : state_(std::move(of)),
              born_(state_->losses) {
            int const now = ++state_->open;
            int most = state_->most_open;
            while (now > most && !state_->most_open.compare_exchange_weak(most, now)) {
            }
        }
        ~connection() override {
            if (state_->close)
                state_->close();
            --state_->open;
        }

        sql::dialect const& dialect() const noexcept override {
            static auto const& sqlite = sql::intern(sql::sqlite_dialect());
            return sqlite;
        }
        std::unique_ptr<backend::statement> prepare(std::string_view, backend::row_mode) override {
            return std::make_unique<statement>(*this);
        }
        void execute(std::string_view script) override {
            run();
            if (script == "BEGIN" || script == "COMMIT" || script == "ROLLBACK")
                active_ = script == "BEGIN";
        }
        std::string begin_sql(transaction_options) const override { return "BEGIN"; }
        backend::transaction_state transaction() const noexcept override {
            return active_ ? backend::transaction_state::active : backend::transaction_state::none;
        }
        void commit() override { execute("COMMIT"); }
        bool usable() const noexcept override { return state_->losses == born_; }
        bool ping() noexcept override {
            if (state_->ping)
                state_->ping();
            return usable();
        }
        void reset_state() override { run(); }
        void cancel() noexcept override { ++state_->cancels; }
        void set_statement_timeout(std::chrono::milliseconds limit) noexcept override {
            limit_ = limit;
        }
        std::chrono::milliseconds statement_timeout() const noexcept override { return limit_; }
        void set_stop(backend::stop_question wanted) noexcept override { stop_ = wanted; }
        backend::stop_question stop() const noexcept override { return stop_; }
        void* native_handle() noexcept override { return this; }
        soci::session& soci() override { throw unsupported_error("a fake has no SOCI session"); }
        void abandon() noexcept override {}

        void run() {
            state_->collisions += inside_.exchange(true);
            auto const me = current_context().identity();
            auto const expected = owner.load();
            state_->foreign += expected != 0 && expected != me;
            if (state_->work)
                state_->work();
            inside_ = false;
            if (!usable())
                throw connection_lost_error(
                    "the fake server has gone",
                    {.connection_usable = false, .transaction_usable = false});
        }
        std::atomic<std::uint64_t> owner{0};

    private:
        std::shared_ptr<state> const state_;
        int const born_;
        std::atomic<bool> inside_{false};
        bool active_ = false;
        std::chrono::milliseconds limit_{0};
        backend::stop_question stop_;
    };

    class statement final : public backend::statement {
    public:
        explicit statement(connection& on) : on_(on) {}
        void start(std::span<mapping::cell const>) override {
            on_.run();
            rows_ = 1;
        }
        bool fetch(mapping::cell* row) override {
            if (rows_ == 0)
                return false;
            --rows_;
            *row = mapping::cell::of(mapping::cell_kind::integer, 1);
            return true;
        }
        std::int64_t affected_rows() const override { return 1; }
        void finish() noexcept override { rows_ = 0; }
        std::size_t column_count() const override { return 1; }
        std::string column_name(std::size_t) const override { return "one"; }
        std::size_t parameter_count() const override { return 0; }

    private:
        connection& on_;
        int rows_ = 0;
    };

    class connector final : public backend::connector {
    public:
        connector(std::shared_ptr<state> of, std::string name)
            : state_(std::move(of)),
              name_(std::move(name)) {}
        std::unique_ptr<backend::connection> open(
            std::chrono::steady_clock::time_point deadline) override {
            ++state_->attempts;
            ++state_->connecting;
            bool in_time = true;
            {
                std::unique_lock lock{state_->mutex};
                in_time =
                    state_->released.wait_until(lock, deadline, [&] { return !state_->held; });
            }
            --state_->connecting;
            if (!in_time || state_->refusing)
                throw connection_error("the fake server " + name_ + " does not answer");
            return std::make_unique<connection>(state_);
        }
        std::string description() const override { return "fake://server/" + name_; }

    private:
        std::shared_ptr<state> const state_;
        std::string const name_;
    };

    class driver final : public backend::driver {
    public:
        std::string_view scheme() const noexcept override { return "fake"; }
        std::string_view soci_name() const noexcept override { return "fake"; }
        std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
            std::lock_guard const lock{known().mutex};
            return std::make_shared<connector>(known().servers.at(where.path), where.path);
        }
        std::unique_ptr<backend::connection> adopt(soci::session&) const override {
            throw unsupported_error("a fake has no SOCI session");
        }
    };

    struct registry {
        std::mutex mutex;
        int last = 0;
        std::map<std::string, std::shared_ptr<state>> servers;
    };
    static registry& known() {
        static auto& all = *new registry;
        return all;
    }
    static void register_once() {
        static bool const done = [] {
            static driver const one;
            backend::register_driver(one);
            return true;
        }();
        static_cast<void>(done);
    }
    void hold(bool on) {
        std::lock_guard const lock{state_->mutex};
        state_->held = on;
        state_->released.notify_all();
    }

    std::string number_;
    std::shared_ptr<state> const state_ = std::make_shared<state>();
};

}  // namespace roam::test
