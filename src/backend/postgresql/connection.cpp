// SPDX-License-Identifier: MIT
#include "backend/postgresql/connection.hpp"
#include "backend/postgresql/copy.hpp"
#include "backend/postgresql/queue.hpp"
#include "backend/postgresql/session_state.hpp"
#include "backend/postgresql/statement.hpp"
#include "backend/refusals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace roam::postgresql {
namespace {

// Evictions of the statement cache come one by one, each beside a prepare; sixteen names make one
// more round trip out of sixteen.
constexpr std::size_t discard_threshold = 16;

// What DISCARD ALL does, but for DEALLOCATE ALL: prepared statements stay. SOCI sets
// extra_float_digits on connecting, which RESET ALL undoes.
constexpr char reset_script[] =
    "CLOSE ALL;"
    "SET SESSION AUTHORIZATION DEFAULT;"
    "RESET ALL;"
    "UNLISTEN *;"
    "SELECT pg_advisory_unlock_all();"
    "DISCARD TEMP;"
    "DISCARD SEQUENCES;"
    "SET extra_float_digits = 3";

// libpq prints notices on stderr unless told otherwise.
void drop_notice(void*, char const*) {}

bool is_failure(PGresult const* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
            return false;
        default:
            return true;
    }
}

bool is_copy(PGresult const* result) {
    auto const status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

}  // namespace

pg_connection::pg_connection(session_ptr owned, std::chrono::milliseconds statement_timeout,
                             pooler_mode pooler)
    : owned_(std::move(owned)),
      session_(owned_.get()),
      link_(*session_),
      timeout_(statement_timeout),
      pooled_(pooler == pooler_mode::transaction) {
    PQsetNoticeProcessor(link(), drop_notice, nullptr);
    begin_life();
}

pg_connection::pg_connection(soci::session& adopted)
    : session_(&adopted),
      link_(adopted),
      exposed_(true) {
    begin_life();
}

void pg_connection::begin_life() {
    if (PQstatus(link()) != CONNECTION_OK) {
        throw connection_lost_error("the SOCI session has lost its connection");
    }
    char const* const encoding = PQparameterStatus(link(), "client_encoding");
    if (encoding != nullptr && std::string_view{encoding} != "UTF8") {
        throw unsupported_error(std::string{"the session's client_encoding is "} + encoding +
                                "; Roam's text is UTF-8: SET client_encoding = 'UTF8' first");
    }
    dialect_ = &sql::intern(sql::postgresql_dialect(PQserverVersion(link())));
    cancel_.reset(PQgetCancel(link()), [](PGcancel* made) { PQfreeCancel(made); });
}

pg_connection::~pg_connection() {
    if (owned_ == nullptr && usable())
        leave_adopted();
}

bool pg_connection::usable() const noexcept {
    return !lost_ && !abandoned_ && same_link() && PQstatus(link()) == CONNECTION_OK;
}

void pg_connection::require_known_link() const {
    bool const held = same_link();
    if (held && !lost_ && PQstatus(link()) == CONNECTION_OK)
        return;
    backend::throw_link_gone(!held);
}

void pg_connection::throw_streaming() {
    throw session_busy_error(
        "a stream is open on this session: libpq would drop the rest of its rows; end the "
        "stream first, or use another session");
}

std::unique_ptr<backend::statement> pg_connection::prepare(std::string_view sql,
                                                           backend::row_mode mode) {
    auto* const handle = checked_link();
    if (pooled_)
        refuse_session_state(sql);
    bool const idle = PQtransactionStatus(handle) == PQTRANS_IDLE;
    if (idle && discarded_.size() >= discard_threshold)
        flush_discarded();
    if (mode == backend::row_mode::copied)
        return std::make_unique<pg_copy>(*this, sql);
    return std::make_unique<pg_statement>(*this, sql, mode);
}

std::unique_ptr<backend::statement_queue> pg_connection::begin_queue() {
    return std::make_unique<pg_queue>(*this);
}

result_ptr pg_connection::run(char const* script) {
    begin_command();
    if (!has_timeout())
        return result_ptr{PQexec(link(), script)};
    if (PQsendQuery(link(), script) == 0)
        return nullptr;
    return collect();
}

void pg_connection::execute(std::string_view script) {
    checked_link();
    backend::check_sql_text(script);
    if (pooled_)
        refuse_session_state(script);
    std::string const text{script};
    bool const undoes = script.starts_with("ROLLBACK");
    if (!undoes)
        refuse_if_stopped(script);
    // A rollback is never broken off.
    auto const stop = std::exchange(stop_, undoes ? backend::stop_question{} : stop_);
    auto const result = run(text.c_str());
    stop_ = stop;
    if (is_copy(result.get())) {
        refuse_copy();
        error_details details;
        details.statement = text;
        throw usage_error("COPY from or to the client is not possible here", std::move(details));
    }
    if (is_failure(result.get()))
        fail(result.get(), text);
}

void pg_connection::refuse_if_stopped(std::string_view sql) const {
    backend::refuse_if_stopped(stop_, sql);
}

std::string pg_connection::begin_sql(transaction_options options) const {
    std::string sql = "BEGIN";
    switch (options.isolation) {
        case isolation_level::by_default:
            break;
        case isolation_level::read_uncommitted:
            sql += " ISOLATION LEVEL READ UNCOMMITTED";
            break;
        case isolation_level::read_committed:
            sql += " ISOLATION LEVEL READ COMMITTED";
            break;
        case isolation_level::repeatable_read:
            sql += " ISOLATION LEVEL REPEATABLE READ";
            break;
        case isolation_level::serializable:
            sql += " ISOLATION LEVEL SERIALIZABLE";
            break;
    }
    if (options.read_only)
        sql += " READ ONLY";
    if (options.deferrable)
        sql += " DEFERRABLE";
    return sql;
}

backend::transaction_state pg_connection::transaction() const noexcept {
    if (!same_link())
        return backend::transaction_state::none;
    switch (PQtransactionStatus(link())) {
        case PQTRANS_INTRANS:
            return backend::transaction_state::active;
        case PQTRANS_INERROR:
            return backend::transaction_state::failed;
        case PQTRANS_ACTIVE:
            return stream_in_transaction_ ? backend::transaction_state::active
                                          : backend::transaction_state::none;
        default:
            return backend::transaction_state::none;
    }
}

void pg_connection::commit() {
    auto* const handle = checked_link();
    // A link that broke before COMMIT was sent has committed nothing, and such a transaction may
    // be repeated: one look that does not block tells the two apart.
    if (is_closed_by_server())
        fail(nullptr, "COMMIT");
    refuse_if_stopped("COMMIT");

    begin_command();
    result_ptr const result{PQexec(handle, "COMMIT")};
    if (!is_failure(result.get())) {
        if (std::string_view{PQcmdStatus(result.get())} == "COMMIT")
            return;
        throw transaction_failed_error(
            "the transaction had failed before: the server answered COMMIT with ROLLBACK, and "
            "nothing was committed");
    }
    auto const what = failure_of(handle, result.get());
    if (!what.link_lost)
        fail(result.get(), "COMMIT");
    lost_ = true;
    backend::throw_commit_in_doubt(what.message, what.sqlstate);
}

bool pg_connection::ping() noexcept {
    if (!usable() || streaming_)
        return usable();
    result_ptr const result{PQexec(link(), "")};
    if (PQresultStatus(result.get()) != PGRES_EMPTY_QUERY)
        lost_ = true;
    return usable();
}

void pg_connection::reset_state() {
    auto* const handle = checked_link();
    if (PQpipelineStatus(handle) != PQ_PIPELINE_OFF) {
        throw usage_error("the connection was left in pipeline mode");
    }
    PQsetnonblocking(handle, 0);
    if (owned_ != nullptr)
        PQsetNoticeProcessor(handle, drop_notice, nullptr);
    // What a pooler does with a session is its own affair.
    std::string script{pooled_ ? "" : reset_script};
    if (PQtransactionStatus(handle) != PQTRANS_IDLE)
        script.insert(0, "ROLLBACK;");
    if (script.empty())
        return;
    auto const result = run(script.c_str());
    if (is_failure(result.get()))
        fail(result.get(), script);
}

// PQcancel is documented as safe from any thread: it opens a connection of its own. In a forked
// child it would stop the parent's statement.
void pg_connection::cancel() noexcept {
    char reason[256];
    if (cancel_ != nullptr && !abandoned_)
        PQcancel(cancel_.get(), reason, sizeof reason);
}

void pg_connection::abandon() noexcept {
    abandoned_ = true;
    lost_ = true;
    int const socket = link_.holds() ? PQsocket(link()) : -1;
    if (socket < 0)
        return;
    // The parent shares the socket: a terminate message from here would end the parent's session.
    // With the descriptor led to /dev/null, the destructor's PQfinish writes it there.
    int const nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool const diverted = nothing >= 0 && dup2(nothing, socket) >= 0;
    if (nothing >= 0)
        close(nothing);
    if (diverted)
        return;
    // No descriptor is left. Closing this one and forgetting the session leaks some memory, but
    // PQfinish could otherwise write to whatever opens next under its number.
    close(socket);
    static_cast<void>(owned_.release());
}

void pg_connection::open_stream(bool in_transaction) noexcept {
    streaming_ = true;
    stream_in_transaction_ = in_transaction;
}

void pg_connection::discard(std::string name) noexcept {
    try {
        discarded_.push_back(std::move(name));
    } catch (...) {
        // Out of memory: the server keeps the statement until the connection ends.
    }
}

// A name that is gone (the user ran DEALLOCATE ALL) ends the message, and then so are the others.
void pg_connection::flush_discarded() noexcept {
    try {
        std::string script;
        for (auto const& name : discarded_)
            script.append("DEALLOCATE ").append(name).append(";");
        discarded_.clear();
        if (!script.empty())
            run(script.c_str());
    } catch (...) {
        // Out of memory, as above.
    }
}

// The session goes on without Roam: its statements are taken back, but never at the price of the
// transaction that the user may have open. In a failed one nothing can be sent; they stay.
void pg_connection::leave_adopted() noexcept {
    timeout_ = {};
    if (transaction() == backend::transaction_state::failed || streaming_)
        return;
    if (in_transaction() && !discarded_.empty()) {
        auto const known = run("SELECT name FROM pg_catalog.pg_prepared_statements");
        if (PQresultStatus(known.get()) != PGRES_TUPLES_OK)
            return;
        std::erase_if(discarded_, [&](std::string const& name) {
            for (int row = 0; row < PQntuples(known.get()); ++row) {
                if (name == PQgetvalue(known.get(), row, 0))
                    return false;
            }
            return true;
        });
    }
    flush_discarded();
}

// A pooler makes up the process that it tells the client of.
bool pg_connection::is_behind_pooler() {
    auto const answer = run("SELECT pg_catalog.pg_backend_pid()");
    return PQresultStatus(answer.get()) == PGRES_TUPLES_OK &&
           PQgetvalue(answer.get(), 0, 0) != std::to_string(PQbackendPID(link()));
}

void pg_connection::fail(PGresult const* result, std::string_view sql) {
    auto what = failure_of(link(), result);
    if (what.link_lost)
        lost_ = true;
    if (!pooled_ && is_about_names(what))
        what.message += pooler_hint;
    error_details details;
    details.statement = sql;
    details.connection_usable = !lost_;
    details.transaction_usable = !lost_ && PQtransactionStatus(link()) != PQTRANS_INERROR;
    if (timed_out_ && (lost_ || what.is("57014"))) {
        details.sqlstate = what.sqlstate;
        auto message = "the statement ran longer than its limit of " +
                       std::to_string(timeout_.count()) + " ms";
        if (lost_)
            message += ", and the server did not answer when it was asked to stop";
        throw timeout_error(message, std::move(details));
    }
    throw_failure(what, std::move(details));
}

}  // namespace roam::postgresql
