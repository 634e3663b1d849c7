// SPDX-License-Identifier: MIT
#include "backend/sqlite/engine.hpp"
#include "backend/sqlite/soci_bridge.hpp"
#include "backend/sqlite/writer_line.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace roam::sqlite::detail {
namespace {

// A call per this many steps of SQLite's machine, 10 to 50 us of work, costs under 1 %.
constexpr int steps_per_look = 1000;

int on_progress(void* context) {
    auto& self = *static_cast<engine*>(context);
    if (self.stop) {
        self.cancelled.store(true, std::memory_order_relaxed);
        return 1;
    }
    if (clock::now() < self.deadline)
        return 0;
    self.timed_out = true;
    return 1;
}

int on_busy(void* context, int attempt) {
    auto& self = *static_cast<engine*>(context);
    if (attempt == 0)
        self.busy_until = self.began() + self.busy_timeout;
    if (self.stop)
        self.cancelled.store(true, std::memory_order_relaxed);
    bool const limited = (self.attention & engine::limited) != 0;
    auto const until = limited ? std::min(self.busy_until, self.deadline) : self.busy_until;
    if (wait_for_lock(attempt, until, &self.cancelled))
        return 1;
    self.timed_out = limited && clock::now() >= self.deadline;
    return 0;
}

}  // namespace

bool wait_for_lock(int attempt, clock::time_point until, std::atomic<bool> const* cancelled) {
    using namespace std::chrono_literals;
    constexpr std::array<std::chrono::microseconds, 10> delays{100us, 200us, 500us, 1ms,  2ms,
                                                               5ms,   10ms,  15ms,  20ms, 25ms};
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
        return false;
    auto const now = clock::now();
    if (now >= until)
        return false;
    auto const place = std::min(static_cast<std::size_t>(attempt), delays.size() - 1);
    std::this_thread::sleep_for(std::min<clock::duration>(delays[place], until - now));
    return true;
}

bool engine::admit(command kind, bool writes, std::string_view sql) {
    if ((attention & confined) != 0)
        check_caller();
    if ((attention & watched) != 0)
        check_handle();
    error_details details;
    details.statement = sql;
    if ((attention & failed) != 0) {
        if (kind == command::rollback) {
            attention &= static_cast<std::uint8_t>(~(failed | read_only));
            begun_here = false;
            failure_cause.clear();
            // Unless somebody beside us has begun another transaction meanwhile.
            return !autocommit();
        }
        details.transaction_usable = false;
        throw transaction_failed_error{
            "SQLite has rolled back this transaction (" + failure_cause + "): roll back first",
            std::move(details)};
    }
    if ((attention & guarded) != 0 && (kind == command::begin || kind == command::begin_read_only ||
                                       kind == command::commit || kind == command::rollback)) {
        throw usage_error{
            "a job of a session_server cannot begin, commit or roll back its transaction by SQL",
            std::move(details)};
    }
    // BEGIN IMMEDIATE counts as a write for SQLite; inside a transaction it is an error anyway.
    if ((attention & read_only) != 0 && writes && !controls_transaction(kind)) {
        throw permission_error{"attempt to write in a read-only transaction", std::move(details)};
    }
    if ((attention & limited) != 0) {
        bool const undoes = kind == command::rollback || kind == command::rollback_to;
        if (stop && !undoes)
            throw cancelled_error{"a stop was requested before the statement began",
                                  std::move(details)};
        start_clock();
    }
    return true;
}

void engine::note_control(command kind) noexcept {
    if (autocommit()) {
        begun_here = false;
        attention &= static_cast<std::uint8_t>(~read_only);
    } else if (!in_transaction) {
        begun_here = true;
        if (kind == command::begin_read_only)
            attention |= read_only;
    }
}

void engine::check_handle() {
    void* const now = native_handle(*soci);
    // While a statement of ours lives, SOCI cannot free the handle, so an equal address is the
    // same handle; without one the next handle is often made at the old address.
    if (now == db)
        return;
    broken = true;
    error_details details;
    details.connection_usable = false;
    details.transaction_usable = false;
    if (now == nullptr) {
        throw session_closed_error{"the soci::session was closed while Roam was using it",
                                   std::move(details)};
    }
    throw connection_lost_error{"the soci::session was reconnected while Roam was using it",
                                std::move(details)};
}

void engine::start_clock() noexcept {
    timed_out = false;
    deadline = limit.count() > 0 ? began() + limit : clock::time_point::max();
}

failure engine::describe(int code, std::string_view sql, bool hide_values) const {
    failure what;
    // An adopted handle may answer with plain codes; the extended one is kept beside it.
    int const extended = sqlite3_extended_errcode(db);
    what.code = (extended & 0xff) == (code & 0xff) ? extended : code;
    char const* const text = sqlite3_errmsg(db);
    what.message = text == nullptr ? "" : text;
    if (hide_values && (what.code & 0xff) == SQLITE_ERROR) {
        what.message = without_values(what.message);
    }
    what.statement = sql;
    what.cancelled = cancelled.load(std::memory_order_relaxed);
    what.timed_out = (attention & limited) != 0 && timed_out;
    return what;
}

void engine::fail(failure what) {
    // FULL, IOERR, NOMEM, an interrupted write and ON CONFLICT ROLLBACK end the whole transaction.
    // What follows would then be committed statement by statement, so it is refused.
    if (in_transaction && autocommit()) {
        attention |= failed;
        begun_here = false;
        failure_cause = what.message;
    }
    what.transaction_usable = (attention & failed) == 0;
    if (what.code == SQLITE_READONLY_DBMOVED)
        broken = true;
    raise(what);
}

void engine::install_busy_handler() noexcept { sqlite3_busy_handler(db, on_busy, this); }

void engine::set_limit(std::chrono::milliseconds wanted) noexcept {
    limit = wanted;
    watch_clock();
}

void engine::watch_clock() noexcept {
    if (is_foreign())  // it will run no statement
        return;
    if (limit.count() > 0 || stop.asked != nullptr) {
        attention |= limited;
        sqlite3_progress_handler(db, steps_per_look, on_progress, this);
    } else if ((attention & limited) != 0) {
        attention &= static_cast<std::uint8_t>(~limited);
        sqlite3_progress_handler(db, 0, nullptr, nullptr);
    }
}

void engine::cancel() noexcept {
    cancelled.store(true, std::memory_order_relaxed);
    if (!is_foreign())
        sqlite3_interrupt(db);
    if (line != nullptr)
        line->wake();
}

}  // namespace roam::sqlite::detail
