// SPDX-License-Identifier: MIT
#include "session/pool.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <utility>

// What a pool does by itself, in its own thread or when the program says so.

namespace roam::detail {

void pool::start() {
    bool const due = options_.min_idle > 0 || options_.idle_timeout.count() > 0 ||
                     options_.leak_after.count() > 0;
    if (!due || options_.tend_every.count() == 0)
        return;
    connector_->check_caller();  // an engine for one thread belongs to this one
    tender_process_ = process_generation();
    tender_ = std::make_unique<std::thread>([this] {
        try {
            connector_->check_caller();
        } catch (unsupported_error const&) {  // nothing to be done by this thread
            return;
        }
        std::unique_lock lock{mutex_};
        do {
            lock.unlock();
            tend();
            lock.lock();
        } while (!ending_.wait_for(lock, options_.tend_every, [&] { return closed_; }));
    });
}

void pool::tend() {
    auto const at = now();
    close_due(at);
    report_overdue(at);
    open_idle();
}

/// The longest idle first. All that are idle are taken meanwhile; whoever finds none waits for the
/// lock.
void pool::close_due(clock::time_point at) {
    std::unique_lock lock{mutex_};
    auto left = idle_.count();
    std::vector<slot*> idle;
    std::vector<std::pair<slot*, reason>> due;
    idle.reserve(left);
    due.reserve(left);
    while (idle.size() < left) {
        auto const place = idle_.take_any();
        if (place == idle_set::none)
            break;
        idle.push_back(places_[place]);
    }
    std::sort(idle.begin(), idle.end(),
              [](slot const* a, slot const* b) { return a->idle_since < b->idle_since; });
    left = idle.size();
    for (slot* s : idle) {
        bool const is_unused = options_.idle_timeout.count() > 0 &&
                               at - s->idle_since >= options_.idle_timeout &&
                               left > options_.min_idle;
        if (at >= s->old_from) {
            due.emplace_back(s, &pool_counts::closed_old);
        } else if (is_unused) {
            due.emplace_back(s, &pool_counts::closed_idle);
        } else {
            idle_.put_this(s->place);
            continue;
        }
        --left;
    }
    for (auto const& [s, why] : due)
        drop(lock, s, why);
}

void pool::report_overdue(clock::time_point at) {
    if (options_.leak_after.count() == 0 || !options_.watch)
        return;
    struct report {
        std::uint64_t session;
        std::string detail;
        source_location where;
    };
    std::vector<report> reports;
    {
        std::lock_guard const lock{mutex_};
        for (slot* s : places_) {
            if (!s || s->owner.load(std::memory_order_relaxed) == 0)
                continue;
            auto const since = s->leased_since.load(std::memory_order_relaxed);
            if (s->reported == since || at - since < options_.leak_after)
                continue;
            s->reported = since;
            auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(at - since);
            reports.push_back(
                {s->number, std::to_string(age.count()) + " ms", s->leased_at.load()});
        }
    }
    for (auto const& each : reports) {
        try {
            options_.watch->session(
                {session_event::kind::overdue, each.session, each.detail, each.where});
        } catch (...) {  // an observer never breaks what it observes
        }
    }
}

void pool::open_idle() {
    for (;;) {
        {
            std::lock_guard const lock{mutex_};
            bool const enough =
                idle_.count() + opening_ >= options_.min_idle || size_ + opening_ >= max_;
            if (closed_ || enough)
                return;
            make_place();
            ++opening_;
        }
        slot* s = nullptr;
        try {
            s = connect(clock::now() + options_.acquire_timeout);
        } catch (...) {  // a lease that needs one will say why
            return;
        }
        std::unique_lock lock{mutex_};
        take_in(s);
        if (closed_)
            return drop(lock, s, &pool_counts::closed_at_end);
        offer(s, now());
    }
}

}  // namespace roam::detail
