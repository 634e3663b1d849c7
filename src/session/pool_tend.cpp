// SPDX-License-Identifier: MIT
#include "session/pool.hpp"
#include <roam/error.hpp>

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

/// The longest idle first, as they were given back.
void pool::close_due(clock::time_point at) {
    std::vector<slot*> old;
    std::vector<slot*> unused;
    std::unique_lock lock{mutex_};
    std::erase_if(idle_, [&](slot* s) {
        bool const is_unused = options_.idle_timeout.count() > 0 &&
                               at - s->idle_since >= options_.idle_timeout &&
                               idle_.size() - old.size() - unused.size() > options_.min_idle;
        if (at >= s->old_from) {
            old.push_back(s);
        } else if (is_unused) {
            unused.push_back(s);
        } else {
            return false;
        }
        return true;
    });
    for (slot* s : old)
        drop(lock, s, &pool_counts::closed_old);
    for (slot* s : unused)
        drop(lock, s, &pool_counts::closed_idle);
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
        for (slot* s : all_) {
            bool const leased = s->owner.load(std::memory_order_relaxed) != 0;
            if (!leased || s->reported || at - s->leased_since < options_.leak_after)
                continue;
            s->reported = true;
            auto const age =
                std::chrono::duration_cast<std::chrono::milliseconds>(at - s->leased_since);
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
                idle_.size() + opening_ >= options_.min_idle || all_.size() + opening_ >= max_;
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
        s->idle_since = now();
        if (waiter* const w = first_in_line()) {
            hand_over(s, w, s->idle_since);
        } else {
            idle_.push_back(s);
        }
    }
}

}  // namespace roam::detail
