// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/target.hpp>
#include <roam/session/transaction.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

namespace roam {

/// How often and for how long transact() tries.
struct retry_policy {
    /// The most attempts, the first one too. At least 1.
    unsigned attempts = 10;

    /// Over all attempts and the waits between them: none begins later. Zero: no limit. It stops
    /// no attempt that runs; a statement's time limit does that.
    std::chrono::milliseconds deadline{10'000};

    /// Before the next attempt transact() waits for a random time between zero and this, which
    /// doubles with each attempt up to longest_wait, so that those who collided do not meet again.
    std::chrono::milliseconds first_wait{10};
    std::chrono::milliseconds longest_wait{1000};

    /// Ends a wait and lets no further attempt begin: cancelled_error. It stops no attempt that
    /// runs.
    std::stop_token stop = {};

    transaction_options begin = {};
};

template <std::copyable... Records>
class restored_records;

/// Names what a closure changes besides the database, for transact(): copies are taken now, and put
/// back whenever an attempt has failed. Holds references: use it only as an argument.
template <std::copyable... Records>
restored_records<Records...> restoring(Records&... records) {
    return restored_records<Records...>{records...};
}

template <std::copyable... Records>
class restored_records {
public:
    void put_back() {
        std::apply([](auto&... kept) { ((*kept.first = kept.second), ...); }, kept_);
    }

private:
    friend restored_records restoring<Records...>(Records&...);
    explicit restored_records(Records&... records)
        : kept_(std::pair{std::addressof(records), records}...) {}
    std::tuple<std::pair<Records*, Records>...> kept_;
};

namespace detail {

/// What of transact() is compiled once: where, how often, whether again, and the waits.
class attempts {
public:
    attempts(target const& on, retry_policy policy);

    /// In a catch block, when the attempt's transaction is over: returns when it is time for the
    /// next attempt, else throws the error on.
    void again_or_rethrow();

    /// What is thrown then is a hook_error: nothing is to be put back.
    bool is_committed() const noexcept { return committed_; }

private:
    friend class attempt;
    transaction begin();
    bool may_repeat(error const& e) const;
    std::chrono::microseconds next_wait() const;
    void wait(std::chrono::microseconds pause) const;

    retry_policy const policy_;
    source_location const where_;
    std::optional<database> db_;  ///< to lease from; empty: the caller's own session
    session* held_ = nullptr;
    bool nested_ = false;
    bool ended_by_caller_ = false;
    bool committed_ = false;
    unsigned begun_ = 0;
    std::chrono::steady_clock::time_point const deadline_;
};

class attempt {
public:
    explicit attempt(attempts& all) : all_(all), tx_(all.begin()) {}
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;
    ~attempt();

    template <class Work>
    decltype(auto) run(Work& work) {
        if constexpr (std::invocable<Work&, transaction&>) {
            return work(tx_);
        } else {
            return work();
        }
    }

    /// Unless the closure has ended the transaction itself.
    void commit();

private:
    bool is_over() const noexcept;

    attempts& all_;
    bool committing_ = false;
    transaction tx_;
};

template <class Work>
struct result_of {
    using type = std::invoke_result_t<Work&>;
};
template <std::invocable<transaction&> Work>
struct result_of<Work> {
    using type = std::invoke_result_t<Work&, transaction&>;
};

template <class Work, class... Records>
auto transact(target const& on, retry_policy const& policy, restored_records<Records...>& records,
              Work& work) {
    using result = std::decay_t<typename result_of<Work>::type>;
    static_assert(!mapping::detail::is_bound_to_connection<result>,
                  "what transact() returns cannot be a session, a scope or a transaction: they end "
                  "before it does");
    attempts all{on, policy};
    for (;;) {
        try {
            attempt one{all};
            if constexpr (std::is_void_v<result>) {
                one.run(work);
                one.commit();
                return;
            } else {
                result r = one.run(work);
                one.commit();
                return r;
            }
        } catch (...) {
            if (!all.is_committed())
                records.put_back();
            all.again_or_rethrow();
        }
    }
}

}  // namespace detail

template <class Work>
concept transactional = std::invocable<Work&, transaction&> || std::invocable<Work&>;

/// Runs `work` in a transaction, commits, and answers what `work` returned; runs all of it again,
/// in a new transaction, when it failed for a reason that may be gone the next time.
///
///     roam::transact(bank, roam::restoring(from, to), [&] { move(from, to, 30'00); });
///
/// `work` is called with the `transaction&` or with nothing; operations in it without an argument
/// run there anyway. It may be called several times, so what it changes besides the database has to
/// be named in restoring(): those are put back as they were before the next attempt, and when
/// transact() throws, whatever it throws but a hook_error after the commit. Generated keys need no
/// care: an insert never sends one. Ending the transaction is transact()'s; `work` may roll it back
/// to give up, which is no error.
///
/// Repeated: any transient_error (deadlock, serialization, busy, an invalidated statement), a link
/// that was lost before COMMIT was sent, and one that could not be made, where the database has
/// been reached before: the server may be starting. Never repeated: commit_in_doubt_error, an error
/// of the data (a unique_error on a kept key), of the program, a time limit, and exceptions of the
/// program's own. When the attempts or the time are used up the last error is thrown on.
///
/// On a database, each attempt leases anew, unless the caller has a scope on it: then, as on a
/// session, every attempt runs on that session, and a lost link cannot be repeated. Inside a
/// transaction that is open already it is a savepoint and one attempt: such an error is the outer
/// transaction's, which only whoever began it can repeat. Without a first argument it begins where
/// `transaction tx;` would.
/// Thread safety: as a transaction's; `policy.stop` may be stopped from any thread.
template <class... Records, transactional Work>
auto transact(target on, retry_policy const& policy, restored_records<Records...> records,
              Work&& work) {
    return detail::transact(on, policy, records, work);
}
template <class... Records, transactional Work>
auto transact(target on, restored_records<Records...> records, Work&& work) {
    return detail::transact(on, {}, records, work);
}
template <transactional Work>
auto transact(target on, retry_policy const& policy, Work&& work) {
    restored_records<> none = restoring();
    return detail::transact(on, policy, none, work);
}
template <transactional Work>
auto transact(target on, Work&& work) {
    restored_records<> none = restoring();
    return detail::transact(on, {}, none, work);
}
template <class... Records, transactional Work>
auto transact(restored_records<Records...> records, Work&& work,
              source_location where = source_location::current()) {
    return detail::transact(where, {}, records, work);
}
template <transactional Work>
auto transact(Work&& work, source_location where = source_location::current()) {
    restored_records<> none = restoring();
    return detail::transact(where, {}, none, work);
}

}  // namespace roam
