// SPDX-License-Identifier: MIT
#include "session/hand_over.hpp"
#include <roam/error.hpp>
#include <roam/session/limit.hpp>
#include <roam/session/session_server.hpp>
#include <roam/session/transaction.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace roam {
namespace {

using job_ptr = std::unique_ptr<detail::server_job>;

/// A job of a group: run, and waiting for the commit; or failed by itself.
struct outcome {
    job_ptr job;
    std::exception_ptr failure;
};

bool is_stopped(detail::server_job& job) {
    if (!job.stop.stop_requested())
        return false;
    job.fail(std::make_exception_ptr(
        cancelled_error("a stop was requested before the job of a session_server began")));
    return true;
}

/// In a transaction of its own, in the one that is open a savepoint.
void run_within(detail::server_job& job, session& s) {
    transaction own{s};
    {
        detail::hand_over::guarded const no_end{s};
        if (job.stop.stop_possible()) {
            session_scope const limited{limit{s, job.stop}};
            job.run(s);
        } else {
            job.run(s);
        }
    }
    detail::hand_over::commit(own);
}

}  // namespace

struct session_server::state {
    state(database const& on, session_server_options how, source_location from)
        : db(on),
          options(how),
          where(from) {}

    database const db;
    session_server_options const options;
    source_location const where;

    mutable std::mutex mutex;
    std::condition_variable_any room;
    std::condition_variable arrived;
    std::condition_variable done;
    std::deque<job_ptr> queue;
    std::uint64_t submitted = 0;
    std::uint64_t finished = 0;
    bool closing = false;

    // The rest is the server's thread's.
    std::optional<session> own;
    std::thread thread;

    void serve();
    std::vector<job_ptr> next_jobs(bool grouped);
    bool grouping();
    session& connected();
    void disconnect_if_lost() noexcept;
    void run_alone(detail::server_job& job) noexcept;
    void run_group(std::vector<job_ptr> jobs) noexcept;
    bool run_members(session& s, std::vector<outcome>& group);
};

void session_server::state::serve() {
    for (;;) {
        auto jobs = next_jobs(grouping());
        if (jobs.empty())
            break;
        std::size_t const count = jobs.size();
        if (count == 1) {
            if (!is_stopped(*jobs.front()))
                run_alone(*jobs.front());
        } else {
            run_group(std::move(jobs));
        }
        disconnect_if_lost();
        std::lock_guard const lock{mutex};
        finished += count;
        done.notify_all();
    }
    own.reset();
}

/// Waits for some; none when the server is closed and all have run.
std::vector<job_ptr> session_server::state::next_jobs(bool grouped) {
    std::vector<job_ptr> jobs;
    std::unique_lock lock{mutex};
    arrived.wait(lock, [&] { return !queue.empty() || closing; });
    while (!queue.empty()) {
        bool const alone = !grouped || queue.front()->once;
        if (!jobs.empty() && (alone || jobs.size() == options.group_limit))
            break;
        jobs.push_back(std::move(queue.front()));
        queue.pop_front();
        if (alone)
            break;
    }
    room.notify_all();
    return jobs;
}

bool session_server::state::grouping() {
    if (options.group_commit)
        return *options.group_commit;
    return own && own->dialect().family == sql::dialect_family::sqlite;
}

session& session_server::state::connected() {
    if (!own)
        own.emplace(db.lease(where));
    return *own;
}

void session_server::state::disconnect_if_lost() noexcept {
    if (own && !detail::hand_over::is_usable(*own))
        own.reset();
}

void session_server::state::run_alone(detail::server_job& job) noexcept {
    try {
        run_within(job, connected());
    } catch (...) {
        job.fail(std::current_exception());
        return;
    }
    job.succeed();
}

void session_server::state::run_group(std::vector<job_ptr> jobs) noexcept {
    std::vector<outcome> group;
    std::exception_ptr in_doubt;
    bool committed = false;
    for (auto& job : jobs) {
        if (!is_stopped(*job))
            group.push_back({std::move(job), nullptr});
    }
    try {
        session& s = connected();
        transaction all{s};
        if (run_members(s, group)) {
            detail::hand_over::commit(all);
            committed = true;
        }
    } catch (commit_in_doubt_error const&) {
        in_doubt = std::current_exception();
    } catch (...) {  // nothing was committed: whose fault it was shows when each runs alone
    }
    for (auto& [job, failure] : group) {
        if (committed && !failure) {
            job->succeed();
        } else if (committed || (in_doubt && failure)) {
            job->fail(failure);
        } else if (in_doubt) {
            job->fail(in_doubt);
        } else {
            disconnect_if_lost();
            run_alone(*job);
        }
    }
}

/// False when the transaction around them is over or cannot be committed any more.
bool session_server::state::run_members(session& s, std::vector<outcome>& group) {
    for (auto& [job, failure] : group) {
        try {
            run_within(*job, s);
        } catch (...) {
            failure = std::current_exception();
            if (!detail::hand_over::is_in_good_transaction(s))
                return false;
        }
    }
    return true;
}

session_server::session_server(database const& db, session_server_options options,
                               source_location where)
    : state_(new state{db, options, where}) {
    if (options.queue_limit == 0 || options.group_limit == 0)
        throw usage_error("the limits of a session_server must be at least 1");
    state_->thread = std::thread{[s = state_.get()] { s->serve(); }};
}

session_server::~session_server() { close(); }

bool session_server::enqueue(job_ptr job, bool wait) {
    state& s = *state_;
    std::stop_token const stop = job->stop;
    std::unique_lock lock{s.mutex};
    if (s.thread.get_id() == std::this_thread::get_id()) {
        throw usage_error(
            "submit() in a job of the same session_server would wait for itself; run it there");
    }
    auto const has_room = [&] { return s.queue.size() < s.options.queue_limit || s.closing; };
    if (!has_room()) {
        if (!wait)
            return false;
        if (!s.room.wait(lock, stop, has_room))
            throw cancelled_error(
                "a stop was requested while the queue of a session_server was full");
    }
    if (s.closing)
        throw pool_closed_error("the session_server was closed");
    s.queue.push_back(std::move(job));
    ++s.submitted;
    s.arrived.notify_one();
    return true;
}

bool session_server::drain(std::chrono::milliseconds patience) {
    state& s = *state_;
    std::unique_lock lock{s.mutex};
    return s.done.wait_for(lock, patience,
                           [&, until = s.submitted] { return s.finished >= until; });
}

void session_server::close() {
    state& s = *state_;
    std::unique_lock lock{s.mutex};
    if (s.thread.get_id() == std::this_thread::get_id())
        throw usage_error("close() in a job of the same session_server would wait for itself");
    s.closing = true;
    s.arrived.notify_all();
    s.room.notify_all();
    std::thread ending = std::exchange(s.thread, {});
    lock.unlock();
    if (ending.joinable())
        ending.join();
}

std::size_t session_server::waiting() const {
    std::lock_guard const lock{state_->mutex};
    return state_->queue.size();
}

}  // namespace roam
