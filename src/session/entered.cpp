// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/pool.hpp"
#include <roam/error.hpp>

#include <string>
#include <utility>

namespace roam::detail {
namespace {

std::string savepoint(std::size_t level) { return "roam_" + std::to_string(level - 1); }

bool is_sqlite(slot const& s) {
    return s.connection->dialect().family == sql::dialect_family::sqlite;
}

/// Does the work, tells the observer, and sends errors on with the statement and the place.
template <class Work>
void observed(slot& s, std::string_view sql, source_location where, Work work) {
    auto const start = std::chrono::steady_clock::now();
    auto const tell = [&](bool failed) {
        tell_statement(s, {sql, 0, std::chrono::steady_clock::now() - start, 0, failed, s.number});
    };
    try {
        work();
    } catch (...) {
        tell(true);
        rethrow_noting(s, sql, where);
    }
    tell(false);
}

/// A savepoint that may not write. PostgreSQL takes the rule back at its end; SQLite has no rule
/// for a part of a transaction, so writing is switched off and on.
void forbid_writing(slot& s, source_location where) {
    open_level& inner = s.levels.back();
    if (!is_sqlite(s)) {
        run_command(s, "SET TRANSACTION READ ONLY", where);
        return;
    }
    for (open_level const& outer : s.levels) {
        if (outer.query_only)
            return;
    }
    run_command(s, "PRAGMA query_only = 1", where);
    inner.query_only = true;
}

/// A savepoint cannot be kept further from others than the transaction around it.
void check_isolation(slot const& s, isolation_level wanted) {
    isolation_level const around =
        s.levels.empty() ? isolation_level::by_default : s.levels.front().isolation;
    if (wanted > around && !s.connection->always_serializable()) {
        throw usage_error(
            "a transaction inside another is a savepoint, and cannot have a stronger isolation "
            "level than the outer one began with; ask for the level there");
    }
}

/// Takes the levels from `first` on off the list, and what waited for their end.
void drop_levels(slot& s, std::size_t first) {
    s.levels.resize(first);
    s.hooks.undone(first + 1);
}

/// The same, and what they had forbidden is allowed again.
void end_levels(slot& s, std::size_t first, source_location where) {
    bool allow = false;
    for (std::size_t i = first; i < s.levels.size(); ++i)
        allow |= s.levels[i].query_only;
    drop_levels(s, first);
    if (allow)
        run_command(s, "PRAGMA query_only = 0", where);
}

/// The engine has undone the transaction with all its savepoints: the outermost level alone is left
/// to be ended, and it will switch writing on again.
void forget_savepoints(slot& s, std::size_t first) noexcept {
    for (std::size_t i = first; i < s.levels.size(); ++i)
        s.levels.front().query_only |= s.levels[i].query_only;
    drop_levels(s, first);
    s.transaction_invalid = true;
}

}  // namespace

void run_command(slot& s, std::string_view sql, source_location where) {
    if (s.transaction_invalid && !sql.starts_with("ROLLBACK")) {
        throw transaction_failed_error(
            "the transaction is invalid after an earlier error; roll it back first");
    }
    observed(s, sql, where, [&] { s.connection->execute(sql); });
}

bool is_in_transaction(slot const& s) {
    return !s.levels.empty() || s.connection->transaction() != backend::transaction_state::none;
}

void check_allowed(slot& s, source_location const& where) {
    if (s.aged)
        check_age(s, where);
    if (s.transaction_invalid) {
        throw transaction_failed_error(
            "the transaction is invalid after an earlier error; roll it back first");
    }
}

transaction_mark begin_level(slot& s, transaction_options options, source_location where) {
    if (s.aged)
        check_age(s, where);
    bool const inside = is_in_transaction(s);
    if (inside)
        check_isolation(s, options.isolation);
    s.levels.reserve(s.levels.size() + 1);
    std::size_t const level = s.levels.size() + 1;
    run_command(s, inside ? "SAVEPOINT " + savepoint(level) : s.connection->begin_sql(options),
                where);
    s.levels.push_back(
        {s.next_serial++, inside ? isolation_level::by_default : options.isolation, inside});
    transaction_mark const mark{static_cast<std::uint32_t>(level), s.levels.back().serial};
    if (inside && options.read_only) {
        try {
            forbid_writing(s, where);
        } catch (...) {
            abandon_level(s, mark, where);
            throw;
        }
    }
    return mark;
}

bool is_open(slot const& s, transaction_mark mark) noexcept {
    return mark.level != 0 && mark.level <= s.levels.size() &&
           s.levels[mark.level - 1].serial == mark.serial;
}

void check_innermost(slot const& s, transaction_mark mark) {
    if (!is_open(s, mark)) {
        throw usage_error("commit() of a transaction that was rolled back with the one around it");
    }
    if (mark.level != s.levels.size()) {
        throw usage_error("commit() of a transaction while one inside it is still open");
    }
}

namespace {

void commit(slot& s, source_location where) {
    try {
        observed(s, "COMMIT", where, [&] { s.connection->commit(); });
    } catch (commit_in_doubt_error const&) {
        s.hooks.forget();
        throw;
    }
}

}  // namespace

void commit_level(slot& s, transaction_mark mark, source_location where) {
    if (s.transaction_invalid) {
        throw transaction_failed_error(
            "the transaction is invalid after an earlier error; nothing was committed");
    }
    end_reads(s, mark.level);
    if (s.levels[mark.level - 1].savepoint) {
        run_command(s, "RELEASE SAVEPOINT " + savepoint(mark.level), where);
    } else {
        commit(s, where);
        if (s.home && std::exchange(s.schema_changed, false))
            s.home->note_schema_change();
    }
    s.hooks.committed(mark.level);
    end_levels(s, mark.level - 1, where);
}

void rollback_level(slot& s, transaction_mark mark, source_location where) {
    if (!is_open(s, mark))
        return;
    end_reads(s, mark.level);
    if (mark.level > 1 && s.connection->has_undone_transaction())
        return forget_savepoints(s, mark.level - 1);
    try {
        s.transaction_invalid = false;
        if (s.levels[mark.level - 1].savepoint) {
            run_command(s, "ROLLBACK TO SAVEPOINT " + savepoint(mark.level), where);
            run_command(s, "RELEASE SAVEPOINT " + savepoint(mark.level), where);
        } else {
            run_command(s, "ROLLBACK", where);
        }
        end_levels(s, mark.level - 1, where);
    } catch (...) {
        // Whatever came next would join a transaction that nobody is going to commit.
        drop_levels(s, mark.level - 1);
        s.transaction_invalid = s.connection->transaction() != backend::transaction_state::none;
        s.broken.store(true);
        throw;
    }
}

void abandon_level(slot& s, transaction_mark mark, source_location where) noexcept {
    if (!is_open(s, mark))
        return;
    if (!s.connection->usable()) {  // nothing can be sent, and nothing has to be
        end_reads(s, mark.level);
        drop_levels(s, mark.level - 1);
        s.broken.store(true);
        return;
    }
    try {
        rollback_level(s, mark, where);
    } catch (...) {  // whoever leases it next must not get it
    }
}

void run_hooks(slot& s, std::string_view ended, source_location where) {
    if (!s.hooks.is_due())
        return;
    auto const said = hook_list::run(s.hooks.take_due());
    if (said.empty())
        return;
    throw hook_error("the transaction is " + std::string{ended} +
                         ", but what was to run after it failed: " + said,
                     {.location = where});
}

void run_hooks(slot& s) noexcept {
    if (!s.hooks.is_due())
        return;
    auto const said = hook_list::run(s.hooks.take_due());
    if (!said.empty())
        s.tell(session_event::kind::hook_failed, said);
}

void late_hooks::take_along(slot& s) {
    due_ = s.hooks.take_due();
    watch_ = s.watch;
    number_ = s.number;
}

void late_hooks::run() noexcept {
    auto const said = hook_list::run(std::move(due_));
    if (said.empty() || !watch_)
        return;
    try {
        watch_->session(
            {.what = session_event::kind::hook_failed, .session = number_, .detail = said});
    } catch (...) {  // an observer never breaks what it observes
    }
}

bool settle(slot& s) noexcept {
    if (s.process != process_generation())
        return false;
    source_location const where = s.leased_at.load();
    if (s.aged)
        end_age(s);
    if (!s.levels.empty())
        abandon_level(s, {1, s.levels.front().serial}, where);
    if (s.broken.load() || !s.connection->usable())
        return false;
    s.connection->forget_parameters();
    bool open = s.connection->transaction() != backend::transaction_state::none;
    try {
        s.transaction_invalid = false;
        if (open) {
            run_command(s, "ROLLBACK", where);
            open = s.connection->transaction() != backend::transaction_state::none;
        }
    } catch (...) {
        return false;
    }
    // Somebody else's statement would go on reading on the next owner's connection.
    return !open && !(s.touched && s.connection->has_running_statement());
}

void tell_statement(slot& s, statement_event const& event) noexcept {
    if (!s.watch)
        return;
    try {
        s.watch->statement(event);
    } catch (...) {  // an observer never breaks what it observes
    }
}

void rethrow_noting(slot& s, std::string_view sql, source_location where) {
    try {
        throw;
    } catch (error& e) {
        if (!e.connection_usable())
            s.broken.store(true);
        if (!e.transaction_usable() && !s.levels.empty())
            s.transaction_invalid = true;
        e.locate(where, sql);
        throw;
    }
}

}  // namespace roam::detail
