// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/target.hpp>

#include <chrono>
#include <stop_token>
#include <utility>

namespace roam {

/// A time limit, a stop token or both for one operation, written where its session is named; or for
/// all operations of a scope.
///
///     roam::update(b, roam::limit(library, 100ms));
///     auto all = roam::select<book>().all(roam::limit(stop));       // on the caller's session
///     roam::session_scope here{roam::limit(library, 100ms, stop)};
///
/// A statement of the operation that runs longer throws timeout_error; the time takes the place of
/// the session's and the database's limit, and does not count the wait for a session. Zero: their
/// limit stays. Once a stop is requested the wait for a session or the running statement throws
/// cancelled_error, and no other begins but a rollback; stopped before, nothing runs and nothing is
/// leased. On PostgreSQL
/// a stop is looked for every 10 ms. The limit is gone when the operation, the stream or the scope
/// is over. A negative time is a usage_error.
/// Ownership: refers to what it was made of; use it only as an argument. Thread safety: the token's
/// source may be stopped from any thread.
class limit {
public:
    limit(target on, std::chrono::milliseconds time, std::stop_token stop = {})
        : on_(on),
          time_(time),
          stop_(std::move(stop)) {}
    limit(target on, std::stop_token stop) : on_(on), stop_(std::move(stop)) {}
    explicit limit(std::chrono::milliseconds time, std::stop_token stop = {},
                   source_location where = source_location::current())
        : limit(target{where}, time, std::move(stop)) {}
    explicit limit(std::stop_token stop, source_location where = source_location::current())
        : limit(target{where}, std::move(stop)) {}

private:
    friend class target;
    friend class session_scope;
    target on_;
    std::chrono::milliseconds time_{0};
    std::stop_token stop_;
};

}  // namespace roam
