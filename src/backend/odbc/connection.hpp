// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/canceller.hpp"
#include "backend/odbc/engine.hpp"
#include "backend/odbc/error.hpp"
#include "backend/odbc/link.hpp"
#include "backend/watchdog.hpp"
#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roam::odbc {

class odbc_statement;

struct statement_closer {
    void operator()(SQLHSTMT handle) const noexcept { SQLFreeHandle(SQL_HANDLE_STMT, handle); }
};
using statement_handle = std::unique_ptr<void, statement_closer>;

/// One connection over the SQLHDBC of a SOCI session.
///
/// Transactions begin and end by SQL, which all drivers pass on; ODBC's own autocommit attribute
/// stays on. Since no driver tells whether one is open, the texts that pass here are looked at.
class odbc_connection final : public backend::connection {
public:
    /// Takes a session that `open` has just made, and puts it in order.
    odbc_connection(session_ptr owned, opener open, std::chrono::milliseconds statement_timeout,
                    bool keeps_memory);
    ~odbc_connection() override;
    odbc_connection(odbc_connection const&) = delete;
    odbc_connection& operator=(odbc_connection const&) = delete;

    sql::dialect const& dialect() const noexcept override { return *engine_.dialect; }
    std::unique_ptr<backend::statement> prepare(std::string_view sql,
                                                backend::row_mode mode) override;
    void execute(std::string_view script) override;
    std::string begin_sql(transaction_options options) const override {
        return engine_.begin_sql(options);
    }
    bool always_serializable() const noexcept override { return engine_.is_sqlite(); }
    backend::transaction_state transaction() const noexcept override;
    bool has_undone_transaction() const noexcept override { return undone_; }
    void commit() override;
    void guard_transaction(bool on) noexcept override { guarded_ = on; }
    bool usable() const noexcept override { return !lost_ && !abandoned_ && same_link(); }
    bool ping() noexcept override;
    void reset_state() override;
    void cancel() noexcept override;
    void set_statement_timeout(std::chrono::milliseconds limit) noexcept override {
        timeout_ = limit;
    }
    std::chrono::milliseconds statement_timeout() const noexcept override { return timeout_; }
    void set_stop(backend::stop_question wanted) noexcept override { stop_ = wanted; }
    backend::stop_question stop() const noexcept override { return stop_; }
    void* native_handle() noexcept override {
        absorb_late_stop();
        exposed_ = true;
        return link_->handle();
    }
    soci::session& soci() override;
    void abandon() noexcept override;

    // What follows is for odbc_statement.

    /// Throws unless a command may be sent: the handle is the one of the beginning, not known to
    /// be broken, in no transaction that the server has undone, and no stream is open.
    void check();

    /// The same for reading on: without the stream.
    void require_link() const;

    statement_handle make_statement() const;
    SQLHDBC link() const noexcept { return link_->handle(); }

    /// Whether the statements' handles are still there to be freed.
    bool has_link() const noexcept { return !abandoned_ && same_link(); }

    /// Counts up when all prepared statements are gone.
    std::uint64_t generation() const noexcept { return generation_; }

    engine const& of() const noexcept { return engine_; }

    /// Runs a call that may wait for the server, within the limits that are set, and open to
    /// cancel().
    template <class Call>
    SQLRETURN watched(SQLHSTMT statement, Call call) {
        canceller_->aim(statement);
        dog_->begin(timeout_, stop_);
        SQLRETURN const result = call();
        outcome_ = dog_->end();
        late_stop_ = late_stop_ || was_broken_off();
        return result;
    }

    /// Whether the last watched call was asked to stop.
    bool was_broken_off() const noexcept { return outcome_ != backend::watchdog::outcome::quiet; }

    /// Throws when it was, for what only reads: MariaDB's SLEEP() answers as if it had ended.
    void refuse_broken_off(std::string_view sql);

    /// Throws cancelled_error when a stop was requested.
    void refuse_if_stopped(std::string_view sql) const;

    /// Throws where a transaction may not be touched, or not be written in.
    void refuse_by_effect(std::string_view sql) const;

    /// What a statement that succeeded did to the transaction.
    void note(std::string_view sql);

    /// SOCI 4.0.3 ends the program when its user closes or reconnects a session of SQLite's driver
    /// while there are prepared statements: once SOCI's session has been handed out, each lives
    /// for one execution.
    void know(odbc_statement* made) { statements_.push_back(made); }
    void forget(odbc_statement* gone) noexcept { std::erase(statements_, gone); }
    void finished(odbc_statement& idle) noexcept;

    void open_stream() noexcept { streaming_ = true; }
    void close_stream() noexcept { streaming_ = false; }

    /// After an error of a cursor: outside of a transaction psqlODBC has begun one for it, and
    /// leaves it failed.
    void undo_cursor() noexcept;

    /// What the server said of the last call on the handle.
    failure failure_on(SQLHSTMT statement) const;

    /// For a failure that is thrown elsewhere: the transaction that is open has failed.
    void fail_transaction(failure const& what) { note_failure(what); }

    /// Throws it.
    [[noreturn]] void fail(failure const& what, std::string_view sql);

    /// The only cell of the only row of a question of Roam's own.
    std::string ask(std::string_view sql);

private:
    /// Whether the handle is still the one of the beginning.
    bool same_link() const noexcept { return !exposed_ || link_->holds(); }

    void begin_life();
    void learn_to_stop();
    void absorb_late_stop() noexcept;
    void keep_time_zone();
    void run(std::string_view sql);
    bool run_silently(std::string_view sql) noexcept;
    bool is_dead() const noexcept;
    void close() noexcept;
    void note_failure(failure const& what);
    [[noreturn]] void throw_broken_off(error_details details);

    session_ptr owned_;
    opener open_;
    std::unique_ptr<link_identity> link_;
    canceller* canceller_;                    ///< the watchdog's
    std::unique_ptr<backend::watchdog> dog_;  ///< null in a forked child
    std::vector<odbc_statement*> statements_;
    engine engine_;
    std::chrono::milliseconds timeout_{0};
    backend::stop_question stop_;
    backend::watchdog::outcome outcome_ = backend::watchdog::outcome::quiet;
    std::uint64_t generation_ = 0;
    bool keeps_memory_;       ///< a database that is gone with its connection
    bool exposed_ = false;    ///< somebody else can close, reconnect or begin a transaction
    bool lost_ = false;       ///< known to be broken
    bool abandoned_ = false;  ///< in a forked child
    bool streaming_ = false;
    bool late_stop_ = false;  ///< the server was asked, and may act on it only now
    bool guarded_ = false;
    bool active_ = false;     ///< a transaction is open
    bool read_only_ = false;  ///< and SQLite may not write in it
    bool failed_ = false;     ///< PostgreSQL refuses all but its rollback
    bool undone_ = false;  ///< the server rolled the transaction back, and its owner does not know
};

}  // namespace roam::odbc
