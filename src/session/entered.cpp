// SPDX-License-Identifier: MIT
#include "session/entered.hpp"

#include <roam/error.hpp>

#include <string>
#include <utility>

namespace roam::detail {
namespace {

std::string savepoint(std::uint32_t level) { return "roam_" + std::to_string(level); }

std::string_view begin_sql(sql::dialect const& d, bool read_only) {
    if (d.family == sql::dialect_family::sqlite) {
        // A deferred transaction takes its snapshot at the first read; query_only refuses writes,
        // which SQLite has no other word for.
        return read_only ? "BEGIN; PRAGMA query_only = 1" : "BEGIN IMMEDIATE";
    }
    return read_only ? "START TRANSACTION READ ONLY" : "BEGIN";
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

void end_read_only(slot& s) {
    if (!std::exchange(s.read_only, false)) return;
    if (s.connection->dialect().family == sql::dialect_family::sqlite) {
        s.connection->execute("PRAGMA query_only = 0");
    }
}

}  // namespace

void run_command(slot& s, std::string_view sql, source_location where) {
    if (s.transaction_invalid && !sql.starts_with("ROLLBACK")) {
        throw transaction_failed_error(
            "the transaction is invalid after an earlier error; roll it back first");
    }
    observed(s, sql, where, [&] { s.connection->execute(sql); });
}

std::uint32_t begin_level(slot& s, bool read_only, source_location where) {
    if (s.level == 0) {
        run_command(s, begin_sql(s.connection->dialect(), read_only), where);
        s.read_only = read_only;
    } else {
        run_command(s, "SAVEPOINT " + savepoint(s.level), where);
    }
    return ++s.level;
}

void commit_level(slot& s, std::uint32_t level, source_location where) {
    if (s.level != level) {
        throw usage_error("commit() of a transaction while one inside it is still open");
    }
    if (s.transaction_invalid) {
        throw transaction_failed_error(
            "the transaction is invalid after an earlier error; nothing was committed");
    }
    if (level > 1) {
        run_command(s, "RELEASE SAVEPOINT " + savepoint(level - 1), where);
    } else {
        observed(s, "COMMIT", where, [&] { s.connection->commit(); });
        end_read_only(s);
    }
    s.level = level - 1;
}

void rollback_level(slot& s, std::uint32_t level, source_location where) {
    s.level = level - 1;
    if (level > 1) {
        run_command(s, "ROLLBACK TO SAVEPOINT " + savepoint(level - 1), where);
        s.transaction_invalid = false;
        run_command(s, "RELEASE SAVEPOINT " + savepoint(level - 1), where);
        return;
    }
    s.transaction_invalid = false;
    run_command(s, "ROLLBACK", where);
    end_read_only(s);
}

void abandon_level(slot& s, std::uint32_t level, source_location where) noexcept {
    try {
        rollback_level(s, level, where);
    } catch (...) {  // whoever leases it next must not get it
        s.broken = true;
    }
}

void tell_statement(slot& s, statement_event const& event) noexcept {
    if (!s.watch) return;
    try {
        s.watch->statement(event);
    } catch (...) {  // an observer never breaks what it observes
    }
}

void rethrow_noting(slot& s, std::string_view sql, source_location where) {
    try {
        throw;
    } catch (error& e) {
        if (!e.connection_usable()) s.broken = true;
        if (!e.transaction_usable() && s.level != 0) s.transaction_invalid = true;
        e.locate(where, sql);
        throw;
    }
}

}  // namespace roam::detail
