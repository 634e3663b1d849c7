// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/place.hpp"
#include <roam/error.hpp>
#include <roam/session/retry.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>

namespace roam::detail {
namespace {

using clock = std::chrono::steady_clock;

void check(retry_policy const& policy) {
    if (policy.attempts == 0)
        throw usage_error("retry_policy::attempts must be at least 1");
    if (policy.deadline.count() < 0 || policy.first_wait.count() < 0 ||
        policy.longest_wait.count() < 0) {
        throw usage_error("a time of retry_policy is negative");
    }
}

void check_not_stopped(std::stop_token const& stop) {
    if (stop.stop_requested())
        throw cancelled_error("a stop was requested: transact() begins no further attempt");
}

}  // namespace

attempts::attempts(target const& on, retry_policy policy)
    : policy_(std::move(policy)),
      where_(on.where()),
      deadline_(policy_.deadline.count() > 0 ? clock::now() + policy_.deadline
                                             : clock::time_point::max()) {
    check(policy_);
    if (on.is_limited()) {
        throw usage_error(
            "transact() has a limit of its own, retry_policy::deadline; for its statements open a "
            "session_scope with the roam::limit around it");
    }
    auto here = on.find();
    held_ = here.held;
    db_ = std::move(here.from);
    if (db_)
        return;
    entered const in{held_->slot_, held_->generation_};
    nested_ = is_in_transaction(*held_->slot_);
}

transaction attempts::begin() {
    check_not_stopped(policy_.stop);
    ++begun_;
    return db_ ? transaction{*db_, policy_.begin, where_}
               : transaction{*held_, policy_.begin, where_};
}

bool attempts::may_repeat(error const& e) const {
    if (nested_ || ended_by_caller_ || begun_ >= policy_.attempts)
        return false;
    if (dynamic_cast<transient_error const*>(&e) != nullptr)
        return e.sqlstate() != "40003";  // the server does not know whether it has committed
    // One that was never reached has a wrong name or password more likely than a bad moment.
    return db_ && dynamic_cast<connection_error const*>(&e) != nullptr &&
           dynamic_cast<commit_in_doubt_error const*>(&e) == nullptr && db_->counts().opened > 0;
}

void attempts::again_or_rethrow() {
    try {
        throw;
    } catch (error const& e) {
        if (!may_repeat(e))
            throw;
        auto const pause = next_wait();
        if (clock::now() + pause >= deadline_)
            throw;
        wait(pause);
    }
}

/// Random, so that those who collided do not collide again ("full jitter").
std::chrono::microseconds attempts::next_wait() const {
    thread_local std::minstd_rand random{std::random_device{}()};
    std::chrono::microseconds longest = policy_.first_wait;
    for (unsigned i = 1; i < begun_ && longest < policy_.longest_wait; ++i)
        longest *= 2;
    longest = std::min<std::chrono::microseconds>(longest, policy_.longest_wait);
    return std::chrono::microseconds{
        std::uniform_int_distribution<std::chrono::microseconds::rep>{0, longest.count()}(random)};
}

void attempts::wait(std::chrono::microseconds pause) const {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait_for(lock, policy_.stop, pause, [] { return false; });
    check_not_stopped(policy_.stop);
}

attempt::~attempt() {
    if (!committing_ && is_over())
        all_.ended_by_caller_ = true;
}

bool attempt::is_over() const noexcept { return tx_.level_ == 0; }

void attempt::commit() {
    committing_ = !is_over();
    if (!committing_)
        return;
    tx_.commit_without_hooks();
    all_.committed_ = true;
    run_hooks(*tx_.slot_, "committed", all_.where_);
}

}  // namespace roam::detail
