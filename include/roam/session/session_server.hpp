// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/source_location.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace roam {

struct session_server_options {
    /// Jobs that may wait. When so many do, submit() waits until there is room.
    std::size_t queue_limit = 1024;

    /// Whether jobs that wait together share one commit. By default they do on SQLite, where a
    /// commit waits for the disk; a PostgreSQL server does that by itself.
    std::optional<bool> group_commit = {};

    /// The most jobs that share one.
    std::size_t group_limit = 256;
};

struct once_tag {};
/// submit(once, job): the job is never repeated; it has a transaction of its own.
inline constexpr once_tag once{};

namespace detail {

/// A job on its way: what the server's thread sees of it.
class server_job {
public:
    virtual ~server_job() = default;
    virtual void run(session& s) = 0;  ///< keeps the result for succeed()
    virtual void succeed() noexcept = 0;
    virtual void fail(std::exception_ptr why) noexcept = 0;

    bool once = false;
    std::stop_token stop;
};

template <class Work>
decltype(auto) run_job(Work& work, session& s) {
    if constexpr (std::invocable<Work&, session&>) {
        return work(s);
    } else {
        return work();
    }
}
template <class Work>
using job_result = std::decay_t<decltype(run_job(std::declval<Work&>(), std::declval<session&>()))>;

template <class Work, class Then>
class typed_job final : public server_job {
public:
    using result = job_result<Work>;
    static_assert(!mapping::detail::is_bound_to_connection<result>,
                  "Roam: what a job of session_server returns leaves the server's thread, so it "
                  "cannot be a session, a scope or a transaction; return records");

    typed_job(Work work, Then then) : work_(std::move(work)), then_(std::move(then)) {}
    std::future<result> future() { return promise_.get_future(); }

    void run(session& s) override {
        if constexpr (std::is_void_v<result>) {
            run_job(work_, s);
        } else {
            kept_.emplace(run_job(work_, s));
        }
    }
    void succeed() noexcept override {
        if constexpr (std::is_void_v<result>) {
            promise_.set_value();
        } else {
            promise_.set_value(std::move(*kept_));
        }
        tell();
    }
    void fail(std::exception_ptr why) noexcept override {
        promise_.set_exception(std::move(why));
        tell();
    }

private:
    void tell() noexcept {
        if constexpr (!std::is_null_pointer_v<Then>) {
            try {
                then_(promise_.get_future());
            } catch (...) {  // what a callback throws has nowhere to go
            }
        }
    }

    struct nothing {};
    Work work_;
    Then then_;
    std::promise<result> promise_;
    std::optional<std::conditional_t<std::is_void_v<result>, nothing, result>> kept_;
};

}  // namespace detail

template <class Work>
concept server_work = std::invocable<Work&, session&> || std::invocable<Work&>;

/// Client and server: the third of the three ways to share. One thread owns a session; the others
/// send it jobs and get futures.
///
///     roam::session_server writer{library};
///     auto key = writer.submit([b]() mutable { roam::insert(b); return b.id; });
///     key.get();                               // when the commit has succeeded, or its exception
///
/// A job is called in the server's thread with the `session&` or with nothing; operations in it
/// without an argument run there. It runs in a transaction and is acknowledged only after the
/// commit. Jobs run in the order in which they came.
///
/// With group commit the jobs that wait share a transaction, each in a savepoint: one that throws
/// undoes its own work and no other's. When the whole transaction fails (the engine undid it, or
/// refused to commit it) nothing was acknowledged, and each of its jobs is run again alone: a job
/// may run twice, and must do the same then; submit(once, job) is for those that cannot. A link or
/// file lost during the commit gives each of its jobs commit_in_doubt_error. A job that begins,
/// commits or rolls back by SQL of its own gets a usage_error; a `transaction` in it is a
/// savepoint. What its after_commit() throws is told to the observer, since the job has succeeded.
/// Ownership: the jobs are owned until they have run. Thread safety: every member may be
/// called from any number of threads at once, and submit() not from a job: it would wait for
/// itself.
class session_server {
public:
    /// Leases its session when the first job comes, and anew after a lost connection.
    explicit session_server(database const& db, session_server_options options = {},
                            source_location where = source_location::current());
    session_server(session_server const&) = delete;
    session_server& operator=(session_server const&) = delete;

    /// close()
    ~session_server();

    /// Waits while the queue is full. `stop` ends that wait, keeps a job that waits from running,
    /// and stops the statement that runs: cancelled_error. Throws usage_error from a job of this
    /// server and pool_closed_error after close(); what the job throws comes through the future.
    template <server_work Work>
    auto submit(Work work, std::stop_token stop = {}) {
        return send(std::move(work), nullptr, false, std::move(stop));
    }
    template <server_work Work>
    auto submit(once_tag, Work work, std::stop_token stop = {}) {
        return send(std::move(work), nullptr, true, std::move(stop));
    }

    /// Calls `then` with the future, which is ready, in the server's thread.
    template <server_work Work, class Then>
        requires std::invocable<Then&, std::future<detail::job_result<Work>>>
    void submit_then(Work work, Then then, std::stop_token stop = {}) {
        send(std::move(work), std::move(then), false, std::move(stop));
    }

    /// Nothing when the queue is full.
    template <server_work Work>
    auto try_submit(Work work, std::stop_token stop = {}) {
        auto job =
            std::make_unique<detail::typed_job<Work, std::nullptr_t>>(std::move(work), nullptr);
        job->stop = std::move(stop);
        auto future = std::optional{job->future()};
        if (!enqueue(std::move(job), false))
            future.reset();
        return future;
    }

    /// Waits until every job that was submitted before has run; false when that takes longer.
    bool drain(std::chrono::milliseconds patience);

    /// Takes no more jobs, runs those that wait, and ends the thread. usage_error in a job.
    void close();

    /// Jobs that wait.
    std::size_t waiting() const;

private:
    struct state;

    template <class Work, class Then>
    auto send(Work work, Then then, bool once, std::stop_token stop) {
        auto job =
            std::make_unique<detail::typed_job<Work, Then>>(std::move(work), std::move(then));
        job->once = once;
        job->stop = std::move(stop);
        if constexpr (std::is_null_pointer_v<Then>) {
            auto future = job->future();
            enqueue(std::move(job), true);
            return future;
        } else {
            enqueue(std::move(job), true);
        }
    }
    bool enqueue(std::unique_ptr<detail::server_job> job, bool wait);

    std::unique_ptr<state> state_;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<session_server> = true;

}  // namespace roam
