// SPDX-License-Identifier: MIT
#include "session/hand_over.hpp"
#include <roam/error.hpp>
#include <roam/session/crew.hpp>
#include <roam/session/session_scope.hpp>

#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace roam {

struct crew::state {
    database db;
    source_location where;
    std::vector<std::optional<detached_session>> parked;  ///< one for each child, between runs

    /// A connection that was lost in the last run is replaced.
    session take(std::size_t child) {
        if (auto mine = std::exchange(parked[child], std::nullopt))
            return mine->attach(where);
        return db.lease(where);
    }
};

crew::crew(database const& db, std::size_t size, source_location where)
    : state_(new state{db, where, {}}) {
    if (size == 0 || size > db.max_sessions()) {
        throw usage_error("a crew of " + std::to_string(size) +
                          " children: at least 1, at most the " +
                          std::to_string(db.max_sessions()) + " sessions of the database");
    }
    state_->parked.reserve(size);
    while (state_->parked.size() < size)
        state_->parked.push_back(detail::park(db.lease(where)));
}

crew::~crew() = default;

std::size_t crew::size() const noexcept { return state_->parked.size(); }

void crew::run_each(std::function<void(crew_member const&)> const& work) {
    std::stop_source stop;
    std::mutex mutex;
    std::exception_ptr first;
    auto const note_failure = [&] {
        std::lock_guard const lock{mutex};
        if (!first)
            first = std::current_exception();
        stop.request_stop();
    };
    auto const live = [&](std::size_t number) {
        try {
            session own = state_->take(number);
            try {
                session_scope const here{own};
                work({number, stop.get_token(), own});
            } catch (...) {
                note_failure();
            }
            state_->parked[number] = detail::park(std::move(own));
        } catch (...) {
            note_failure();
        }
    };
    {
        std::vector<std::jthread> children;
        children.reserve(size());
        try {
            for (std::size_t i = 0; i < size(); ++i)
                children.emplace_back(live, i);
        } catch (...) {  // no more threads to be had
            note_failure();
        }
    }
    if (first)
        std::rethrow_exception(first);
}

}  // namespace roam
