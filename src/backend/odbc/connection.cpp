// SPDX-License-Identifier: MIT
#include "backend/odbc/connection.hpp"
#include "backend/odbc/statement.hpp"
#include "backend/refusals.hpp"
#include "backend/sql_text.hpp"
#include "backend/sqlite/command.hpp"

#include <utility>

namespace roam::odbc {
namespace {

using backend::transaction_effect;

// What DISCARD ALL does, but for DEALLOCATE ALL: prepared statements stay.
constexpr std::string_view postgresql_reset =
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; "
    "SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; ";

SQLCHAR* characters(std::string_view text) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}

constexpr std::chrono::seconds time_to_reopen{30};

// MariaDB takes an empty statement for a fault.
std::string joined(std::vector<std::string_view> const& statements) {
    std::string script;
    for (auto const each : statements)
        script.append(script.empty() ? "" : ";").append(each);
    return script;
}

bool succeeded(SQLRETURN result) { return SQL_SUCCEEDED(result) || result == SQL_NO_DATA; }

}  // namespace

odbc_connection::odbc_connection(session_ptr owned, opener open,
                                 std::chrono::milliseconds statement_timeout, bool keeps_memory)
    : owned_(std::move(owned)),
      open_(std::move(open)),
      timeout_(statement_timeout),
      keeps_memory_(keeps_memory) {
    auto breaker = std::make_unique<canceller>(open_);
    canceller_ = breaker.get();
    dog_ = std::make_unique<backend::watchdog>(std::move(breaker));
    try {
        begin_life();
    } catch (...) {
        close();
        throw;
    }
}

void odbc_connection::begin_life() {
    canceller_->forget();
    link_ = std::make_unique<link_identity>(*owned_);
    engine_ = engine_of(link_->handle(), {});
    if (is_sqlite(link_->handle()))
        engine_ = engine_of(link_->handle(), ask("SELECT sqlite_version()"));
    if (engine_.is_postgresql()) {
        if (auto const encoding = ask("SHOW client_encoding"); encoding != "UTF8") {
            throw unsupported_error("the connection's client_encoding is " + encoding +
                                    "; Roam's text is UTF-8: use psqlODBC's Unicode driver");
        }
    }
    auto const settings = engine_.settings();
    for (auto const sql : backend::statements_of(settings, dialect().family))
        run(sql);
    learn_to_stop();
}

// What calls itself PostgreSQL may not know how: then a statement ends by itself only.
void odbc_connection::learn_to_stop() {
    auto const question = engine_.stop_sql();
    if (question.empty())
        return canceller_->use_driver();
    try {
        canceller_->use_server(ask(question));
    } catch (error const& unknown) {
        if (!unknown.connection_usable())
            throw;
    }
}

odbc_connection::~odbc_connection() {
    if (abandoned_) {
        // The parent shares the socket or the file: closing would end its session.
        static_cast<void>(owned_.release());
        return;
    }
    close();
}

void odbc_connection::close() noexcept {
    timeout_ = {};
    stop_ = {};
    if (active_ && usable())
        run_silently("ROLLBACK");
    link_.reset();
    close_session(std::move(owned_));
}

void odbc_connection::require_link() const {
    bool const held = same_link();
    if (held && !lost_) [[likely]]
        return;
    backend::throw_link_gone(!held);
}

void odbc_connection::check() {
    require_link();
    if (streaming_) [[unlikely]] {
        throw session_busy_error(
            "a stream is open on this session; end the stream first, or use another session");
    }
    if (undone_) [[unlikely]] {
        error_details details;
        details.transaction_usable = false;
        throw transaction_failed_error(
            "the server has rolled the transaction back: roll it back here too",
            std::move(details));
    }
    absorb_late_stop();
}

// A request to stop that came when the statement had just ended can meet the next one: this one is
// nobody's. Within a transaction of PostgreSQL's it would fail the transaction; but there a signal
// that was sent before a statement has been dealt with before the server reads that statement.
void odbc_connection::absorb_late_stop() noexcept {
    if (!late_stop_ || streaming_)
        return;
    late_stop_ = false;
    bool const harms = engine_.is_postgresql() && transaction() != backend::transaction_state::none;
    if (usable() && !engine_.is_sqlite() && !harms)
        run_silently("SELECT 1");
}

std::unique_ptr<backend::statement> odbc_connection::prepare(std::string_view sql,
                                                             backend::row_mode mode) {
    check();
    return std::make_unique<odbc_statement>(*this, sql, mode);
}

statement_handle odbc_connection::make_statement() const {
    SQLHSTMT made = nullptr;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, link_->handle(), &made)))
        throw error("the ODBC driver makes no statement: " +
                    diagnose(SQL_HANDLE_DBC, link_->handle()).message);
    return statement_handle{made};
}

// A script's statements after the first one report their errors one by one.
void odbc_connection::run(std::string_view sql) {
    auto const handle = make_statement();
    auto result = watched(handle.get(), [&] {
        return SQLExecDirect(handle.get(), characters(sql), static_cast<SQLINTEGER>(sql.size()));
    });
    while (succeeded(result)) {
        result = SQLMoreResults(handle.get());
        if (result == SQL_NO_DATA)
            return;
    }
    auto what = failure_on(handle.get());
    // MariaDB's driver forgets the number of such an error.
    if (engine_.is_mysql() && what.native == 0 && !what.link_lost) {
        auto const again = make_statement();
        std::string_view const question = "SHOW ERRORS";
        SQLINTEGER number = 0;
        SQLLEN size = 0;
        bool const told =
            SQL_SUCCEEDED(SQLExecDirect(again.get(), characters(question),
                                        static_cast<SQLINTEGER>(question.size()))) &&
            SQL_SUCCEEDED(SQLFetch(again.get())) &&
            SQL_SUCCEEDED(SQLGetData(again.get(), 2, SQL_C_SLONG, &number, sizeof number, &size));
        if (told)
            what = failure_of({what.sqlstate, static_cast<int>(number), what.message}, engine_);
    }
    fail(what, sql);
}

bool odbc_connection::run_silently(std::string_view sql) noexcept {
    try {
        auto const handle = make_statement();
        return succeeded(
            SQLExecDirect(handle.get(), characters(sql), static_cast<SQLINTEGER>(sql.size())));
    } catch (...) {
        return false;
    }
}

void odbc_connection::undo_cursor() noexcept {
    if (!usable() || transaction() != backend::transaction_state::none)
        return;
    absorb_late_stop();
    run_silently("ROLLBACK");
}

std::string odbc_connection::ask(std::string_view sql) {
    absorb_late_stop();
    auto const handle = make_statement();
    char text[256] = "";
    SQLLEN size = 0;
    bool const answered =
        SQL_SUCCEEDED(
            SQLExecDirect(handle.get(), characters(sql), static_cast<SQLINTEGER>(sql.size()))) &&
        SQL_SUCCEEDED(SQLFetch(handle.get())) &&
        SQL_SUCCEEDED(SQLGetData(handle.get(), 1, SQL_C_CHAR, text, sizeof text, &size));
    if (!answered)
        fail(failure_on(handle.get()), sql);
    return text;
}

void odbc_connection::execute(std::string_view script) {
    auto const family = dialect().family;
    auto const effect = backend::effect_of(script, family);
    if (effect == transaction_effect::rolls_back && std::exchange(undone_, false)) {
        // The server has nothing left to roll back, which SQLite calls an error.
        if (engine_.is_sqlite()) {
            note(script);
            return;
        }
    }
    check();
    backend::check_sql_text(script);
    bool const undoes =
        effect == transaction_effect::rolls_back || effect == transaction_effect::rolls_back_to;
    if (!undoes)
        refuse_if_stopped(script);
    // A rollback is never broken off.
    auto const stop = std::exchange(stop_, undoes ? backend::stop_question{} : stop_);
    try {
        auto const statements = backend::statements_of(script, family);
        for (auto const sql : statements)
            refuse_by_effect(sql);
        // The servers take a script as it is; SQLite's driver takes one statement at a time.
        if (engine_.is_postgresql() || engine_.is_mysql()) {
            if (!statements.empty())
                run(joined(statements));
            for (auto const sql : statements)
                note(sql);
        } else {
            for (auto const sql : statements) {
                run(sql);
                note(sql);
            }
        }
    } catch (...) {
        stop_ = stop;
        throw;
    }
    stop_ = stop;
}

void odbc_connection::refuse_if_stopped(std::string_view sql) const {
    backend::refuse_if_stopped(stop_, sql);
}

void odbc_connection::refuse_by_effect(std::string_view sql) const {
    if (!guarded_)
        return;
    auto const effect = backend::effect_of(sql, dialect().family);
    if (effect == transaction_effect::none || effect == transaction_effect::rolls_back_to)
        return;
    error_details details;
    details.statement = sql;
    throw usage_error("the transaction belongs to somebody else, who ends it", std::move(details));
}

void odbc_connection::note(std::string_view sql) {
    switch (backend::effect_of(sql, dialect().family)) {
        case transaction_effect::begins:
            active_ = true;
            if (engine_.is_sqlite() && sql == sqlite::detail::begin_read_only_sql) {
                read_only_ = true;
                run("PRAGMA query_only = 1");
            }
            break;
        case transaction_effect::commits:
        case transaction_effect::rolls_back:
            active_ = failed_ = undone_ = false;
            if (std::exchange(read_only_, false))
                run("PRAGMA query_only = 0");
            break;
        case transaction_effect::rolls_back_to:
            failed_ = false;
            break;
        case transaction_effect::none:
            break;
    }
    if (engine_.is_postgresql() && backend::names_time_zone(sql))
        keep_time_zone();
}

// psqlODBC drops the zone of an instant that it reads: another one than UTC would shift it.
void odbc_connection::keep_time_zone() {
    if (failed_ || ask("SHOW TimeZone") == "UTC")
        return;
    run("SET TimeZone = 'UTC'");
    throw unsupported_error(
        "over ODBC the time zone of a PostgreSQL session stays UTC, and was set back to it");
}

backend::transaction_state odbc_connection::transaction() const noexcept {
    if (!same_link())
        return backend::transaction_state::none;
    if (undone_ || failed_)
        return backend::transaction_state::failed;
    if (active_)
        return backend::transaction_state::active;
    SQLUINTEGER automatic = SQL_AUTOCOMMIT_ON;
    if (exposed_)  // SOCI's begin() turns it off
        SQLGetConnectAttr(link_->handle(), SQL_ATTR_AUTOCOMMIT, &automatic, 0, nullptr);
    return automatic == SQL_AUTOCOMMIT_OFF ? backend::transaction_state::active
                                           : backend::transaction_state::none;
}

void odbc_connection::commit() {
    check();
    refuse_if_stopped("COMMIT");
    // The drivers answer a COMMIT with success whatever became of it.
    bool failed = failed_;
    if (!failed && exposed_ && engine_.is_postgresql() && active_) {
        auto const handle = make_statement();
        constexpr std::string_view question = "SELECT 1";
        auto const result = SQLExecDirect(handle.get(), characters(question),
                                          static_cast<SQLINTEGER>(question.size()));
        failed = !succeeded(result) && failure_on(handle.get()).sqlstate == "25P02";
    }
    if (failed) {
        run("ROLLBACK");
        note("ROLLBACK");
        throw transaction_failed_error("the transaction had failed before: nothing was committed");
    }
    try {
        run("COMMIT");
    } catch (commit_in_doubt_error const&) {
        throw;
    } catch (connection_lost_error const& lost) {
        error_details details = lost.details();
        throw commit_in_doubt_error(
            std::string{"the connection was lost during COMMIT: "} + lost.what(),
            std::move(details));
    }
    note("COMMIT");
}

bool odbc_connection::ping() noexcept {
    if (!usable() || streaming_)
        return usable();
    absorb_late_stop();
    if (!run_silently("SELECT 1"))
        lost_ = true;
    return usable();
}

// Only PostgreSQL has statements that undo all that a user may have changed; elsewhere a new
// connection is the one sure way.
void odbc_connection::reset_state() {
    require_link();
    absorb_late_stop();
    stop_ = {};
    if (engine_.is_postgresql()) {
        if (transaction() != backend::transaction_state::none)
            execute("ROLLBACK");
        for (auto const sql : backend::statements_of(postgresql_reset, dialect().family))
            run(sql);
        auto const settings = engine_.settings();
        run(settings);
        return;
    }
    if (keeps_memory_) {
        if (active_)
            execute("ROLLBACK");
        run(engine_.settings());
        return;
    }
    for (auto* const each : statements_) {
        each->finish();
        each->let_go();
    }
    ++generation_;
    close();
    lost_ = true;  // until there is another
    active_ = failed_ = undone_ = read_only_ = exposed_ = false;
    owned_ = open_(time_to_reopen);
    begin_life();
    lost_ = false;
}

soci::session& odbc_connection::soci() {
    absorb_late_stop();
    exposed_ = true;
    for (auto* const each : statements_)
        finished(*each);
    return *owned_;
}

void odbc_connection::finished(odbc_statement& idle) noexcept {
    if (exposed_ && engine_.is_sqlite() && has_link())
        idle.let_go();
}

// In a forked child it would stop the parent's statement.
void odbc_connection::cancel() noexcept {
    if (!abandoned_)
        dog_->cancel();
}

void odbc_connection::abandon() noexcept {
    abandoned_ = true;
    lost_ = true;
    backend::watchdog::abandon(std::move(dog_));
}

bool odbc_connection::is_dead() const noexcept {
    SQLUINTEGER dead = SQL_CD_FALSE;
    return SQL_SUCCEEDED(
               SQLGetConnectAttr(link_->handle(), SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr)) &&
           dead == SQL_CD_TRUE;
}

failure odbc_connection::failure_on(SQLHSTMT statement) const {
    auto what = failure_of(diagnose(SQL_HANDLE_STMT, statement), engine_);
    if (!what.link_lost && what.sqlstate.starts_with("HY"))
        what.link_lost = is_dead();
    return what;
}

void odbc_connection::note_failure(failure const& what) {
    if (what.link_lost)
        lost_ = true;
    if (!active_ || lost_ || undone_)
        return;
    if (engine_.is_postgresql()) {
        failed_ = failed_ || what.from_server;
    } else if (engine_.is_sqlite() && what.undid_transaction) {
        // It takes a second BEGIN only when the first is gone.
        undone_ = run_silently("BEGIN");
        if (undone_)
            run_silently("ROLLBACK");
    } else {
        undone_ = what.undid_transaction;
    }
}

void odbc_connection::fail(failure const& what, std::string_view sql) {
    auto const outcome = std::exchange(outcome_, backend::watchdog::outcome::quiet);
    note_failure(what);
    error_details details;
    details.statement = sql;
    details.connection_usable = !lost_;
    details.transaction_usable = !lost_ && !failed_ && !undone_;
    // After SQLCancel() at an odd moment a driver forgets what to say, or where it was.
    bool const confused = engine_.stop_sql().empty() &&
                          (what.sqlstate == "HY010" || what.native == 0 || what.sqlstate.empty());
    bool const broken_off = what.broken_off || lost_ || confused;
    if (outcome == backend::watchdog::outcome::quiet || !broken_off)
        throw_failure(what, engine_, std::move(details));
    outcome_ = outcome;
    details.sqlstate = what.sqlstate;
    details.native_code = what.native;
    throw_broken_off(std::move(details));
}

void odbc_connection::refuse_broken_off(std::string_view sql) {
    if (outcome_ == backend::watchdog::outcome::quiet)
        return;
    error_details details;
    details.statement = sql;
    throw_broken_off(std::move(details));
}

void odbc_connection::throw_broken_off(error_details details) {
    if (std::exchange(outcome_, backend::watchdog::outcome::quiet) ==
        backend::watchdog::outcome::stopped)
        throw cancelled_error("the statement was stopped as requested", std::move(details));
    throw timeout_error(
        "the statement ran longer than its limit of " + std::to_string(timeout_.count()) + " ms",
        std::move(details));
}

}  // namespace roam::odbc
