// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/error.hpp"
#include "backend/postgresql/link.hpp"
#include "backend/postgresql/types.hpp"
#include <roam/backend/backend.hpp>
#include <roam/backend/postgresql.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roam::postgresql {

/// One connection over the PGconn of a SOCI session, its own or an adopted one.
class pg_connection final : public backend::connection {
public:
    /// Takes a session that open_session() has just made.
    pg_connection(session_ptr owned, std::chrono::milliseconds statement_timeout,
                  pooler_mode pooler);

    /// Uses a session that somebody else opened: no setting of it is changed. A client_encoding
    /// other than UTF8 is an unsupported_error.
    explicit pg_connection(soci::session& adopted);

    ~pg_connection() override;
    pg_connection(pg_connection const&) = delete;
    pg_connection& operator=(pg_connection const&) = delete;

    sql::dialect const& dialect() const noexcept override { return *dialect_; }
    std::unique_ptr<backend::statement> prepare(std::string_view sql,
                                                backend::row_mode mode) override;
    std::unique_ptr<backend::statement_queue> begin_queue() override;
    void execute(std::string_view script) override;
    std::string begin_sql(transaction_options options) const override;
    backend::transaction_state transaction() const noexcept override;
    void commit() override;
    bool usable() const noexcept override;
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
        exposed_ = true;
        return link_.handle();
    }
    soci::session& soci() override {
        exposed_ = true;
        return *session_;
    }
    void abandon() noexcept override;

    // What follows is for pg_statement.

    /// Throws unless the PGconn is the one that Roam prepared its statements on and is not known
    /// to be broken.
    void require_link() const {
        bool const unsure = exposed_ || lost_;
        if (unsure || PQstatus(link()) != CONNECTION_OK) [[unlikely]]
            require_known_link();
    }

    /// The PGconn, when a command may be sent on it: also no stream is open.
    PGconn* checked_link() const {
        require_link();
        if (streaming_) [[unlikely]]
            throw_streaming();
        return link();
    }

    /// The PGconn for reading on, without checks.
    PGconn* link() const noexcept { return link_.handle(); }

    /// Whether the server's session may be another one after each transaction.
    bool is_pooled() const noexcept { return pooled_; }

    /// Whether the server's session is another one than the client was told of. A round trip.
    bool is_behind_pooler();

    /// Whether the wait for a result may have to be broken off.
    bool has_timeout() const noexcept { return timeout_.count() > 0 || stop_.asked != nullptr; }

    /// Whether a transaction is open in which the last statement did not fail.
    bool in_transaction() const noexcept {
        return PQtransactionStatus(link_.handle()) == PQTRANS_INTRANS;
    }

    /// Forgets that the time limit has passed; before each command.
    void begin_command() noexcept { timed_out_ = broken_off_ = false; }

    /// Throws cancelled_error when a stop was requested.
    void refuse_if_stopped(std::string_view sql) const;

    /// The next result of the command under way, null at its end. When the statement timeout
    /// passes while waiting, the server is asked to stop, and its answer is the result.
    result_ptr next_result();

    /// Reads the command under way to its end: the last result, or the first that is an error.
    result_ptr collect();

    /// Asks the server to stop the command under way and reads it to its end.
    void stop_command() noexcept;

    /// Reads and drops what is left of the command under way.
    void drain() noexcept;

    /// The same after a COPY from or to the client, which nobody here can serve.
    void refuse_copy() noexcept;

    void open_stream(bool in_transaction) noexcept;
    void close_stream() noexcept { streaming_ = false; }

    /// A statement's name that the server may forget. Sent with others before a later prepare:
    /// DEALLOCATE is a round trip, and inside a transaction one for a name that is gone already
    /// (DISCARD ALL) would fail the transaction.
    void discard(std::string name) noexcept;

    /// Throws what the server said. `result` may be null.
    [[noreturn]] void fail(PGresult const* result, std::string_view sql);

private:
    using clock = std::chrono::steady_clock;

    /// Whether the PGconn is still the one of the beginning.
    bool same_link() const noexcept { return !exposed_ || link_.holds(); }

    void require_known_link() const;
    [[noreturn]] static void throw_streaming();
    void begin_life();
    bool wait_readable(std::optional<clock::time_point> deadline) noexcept;
    void interrupt() noexcept;
    bool is_closed_by_server() noexcept;
    result_ptr run(char const* script);
    bool is_time_to_stop(std::optional<clock::time_point> deadline) noexcept;
    void flush_discarded() noexcept;
    void leave_adopted() noexcept;

    session_ptr owned_;
    soci::session* session_;
    link_identity link_;
    std::shared_ptr<PGcancel> cancel_;  ///< shared with the thread of interrupt()
    sql::dialect const* dialect_ = nullptr;
    std::chrono::milliseconds timeout_{0};
    backend::stop_question stop_;
    std::vector<std::string> discarded_;
    bool const pooled_ = false;
    bool exposed_ = false;     ///< somebody else can close or reconnect
    bool lost_ = false;        ///< known to be broken, whatever libpq has noticed
    bool abandoned_ = false;   ///< in a forked child
    bool timed_out_ = false;   ///< in the command under way
    bool broken_off_ = false;  ///< the server was asked to stop it, for whatever reason
    bool streaming_ = false;
    bool stream_in_transaction_ = false;
};

}  // namespace roam::postgresql
