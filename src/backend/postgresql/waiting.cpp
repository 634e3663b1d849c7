// SPDX-License-Identifier: MIT
#include "backend/postgresql/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <thread>

// Reading results with a time limit.

namespace roam::postgresql {
namespace {

// How often a wait looks whether it is to be broken off: a wake-up of the processor each.
constexpr std::chrono::milliseconds time_between_looks{10};

// How long a server that was asked to stop may take before it is taken for dead.
constexpr std::chrono::seconds stop_patience{2};

}  // namespace

bool pg_connection::wait_readable(std::optional<clock::time_point> deadline) noexcept {
    pollfd waiting{PQsocket(link()), POLLIN, 0};
    while (true) {
        int patience = -1;
        if (deadline) {
            auto const left =
                std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock::now()).count();
            if (left <= 0)
                return false;
            patience = static_cast<int>(std::min<std::int64_t>(left, 1'000'000));
        }
        int const ready = poll(&waiting, 1, patience);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return true;  // the read that follows will tell
    }
}

result_ptr pg_connection::next_result() {
    if (!has_timeout() || broken_off_)
        return result_ptr{PQgetResult(link())};
    std::optional<clock::time_point> deadline;
    if (timeout_.count() > 0)
        deadline = clock::now() + timeout_;
    while (PQisBusy(link()) != 0) {
        auto look = deadline;
        if (stop_.asked != nullptr)
            look = std::min(deadline.value_or(clock::time_point::max()),
                            clock::now() + time_between_looks);
        if (!wait_readable(look)) {
            if (!is_time_to_stop(deadline))
                continue;
            interrupt();
            return lost_ ? nullptr : result_ptr{PQgetResult(link())};
        }
        if (PQconsumeInput(link()) == 0)
            break;  // broken: PQgetResult makes a result of it
    }
    return result_ptr{PQgetResult(link())};
}

bool pg_connection::is_time_to_stop(std::optional<clock::time_point> deadline) noexcept {
    timed_out_ = deadline && clock::now() >= *deadline;
    broken_off_ = timed_out_ || stop_;
    return broken_off_;
}

// PQcancel opens a connection and waits for the server to close it, without a limit: to a server
// that hangs it would take for ever. So it runs in a thread of its own, which owns what it needs.
// It has to be over before the next command is sent, which it might cancel otherwise.
void pg_connection::interrupt() noexcept try {
    if (abandoned_) {  // the statement is the parent's
        lost_ = true;
        return;
    }
    auto const deadline = clock::now() + stop_patience;
    std::promise<void> asked;
    auto const done = asked.get_future();
    std::thread{[handle = cancel_, asked = std::move(asked)]() mutable {
        char reason[256];
        if (handle != nullptr)
            PQcancel(handle.get(), reason, sizeof reason);
        asked.set_value();
    }}.detach();
    while (PQisBusy(link()) != 0) {
        if (!wait_readable(deadline)) {
            lost_ = true;
            return;
        }
        if (PQconsumeInput(link()) == 0)
            break;
    }
    if (done.wait_until(deadline) != std::future_status::ready)
        lost_ = true;
} catch (...) {
    lost_ = true;  // no thread to be had: the connection is given up with the statement
}

result_ptr pg_connection::collect() {
    result_ptr last;
    while (!lost_) {
        auto next = next_result();
        if (next == nullptr)
            break;
        auto const status = PQresultStatus(next.get());
        bool const failed_before =
            PQresultStatus(last.get()) == PGRES_FATAL_ERROR && last != nullptr;
        if (!failed_before)
            last = std::move(next);
        // PQgetResult repeats a COPY result until data flows; the caller drains.
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            break;
        if (PQstatus(link()) != CONNECTION_OK)
            break;
    }
    return last;
}

void pg_connection::drain() noexcept {
    while (!lost_ && link_.holds()) {
        result_ptr const rest{PQgetResult(link())};
        if (rest == nullptr)
            return;
    }
}

// The next exchange first ends a COPY and reads what is left; this one is nothing but that.
void pg_connection::refuse_copy() noexcept { result_ptr{PQexec(link(), "")}; }

void pg_connection::stop_command() noexcept {
    if (lost_ || !link_.holds())
        return;
    broken_off_ = true;  // no second limit on the way out
    interrupt();
    drain();
}

// Whether the server has closed the link, as far as that has arrived here.
bool pg_connection::is_closed_by_server() noexcept {
    pollfd waiting{PQsocket(link()), POLLIN, 0};
    while (poll(&waiting, 1, 0) > 0) {
        if (PQconsumeInput(link()) == 0)
            return true;
    }
    return PQstatus(link()) != CONNECTION_OK;
}

}  // namespace roam::postgresql
