// SPDX-License-Identifier: MIT
#pragma once

#include "backend/firebird/blob.hpp"
#include "backend/firebird/error.hpp"
#include "backend/firebird/link.hpp"
#include "backend/firebird/neighbours.hpp"
#include "backend/watchdog.hpp"
#include <roam/backend/backend.hpp>
#include <roam/backend/firebird.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace roam::firebird {

/// What a statement outside of any transaction does in its own.
enum class alone_kind : std::uint8_t {
    writes,
    reads,
    reads_blobs,  ///< of rows that must stay what they were while their BLOBs are read
};

/// One connection over the attachment of a SOCI session, its own or an adopted one.
///
/// Firebird knows no autocommit: outside of a transaction each statement has one of its own. SOCI's
/// own statements run in a transaction of SOCI's.
class fb_connection final : public backend::connection {
public:
    /// Takes a session that open_session() has just made.
    fb_connection(session_ptr owned, options how);

    /// Uses a session that somebody else opened.
    explicit fb_connection(soci::session& adopted);

    ~fb_connection() override;
    fb_connection(fb_connection const&) = delete;
    fb_connection& operator=(fb_connection const&) = delete;

    sql::dialect const& dialect() const noexcept override { return *dialect_; }
    std::unique_ptr<backend::statement> prepare(std::string_view sql,
                                                backend::row_mode mode) override;
    void execute(std::string_view script) override;
    std::string begin_sql(transaction_options options) const override;
    backend::transaction_state transaction() const noexcept override {
        return transaction_ != 0 ? backend::transaction_state::active
                                 : backend::transaction_state::none;
    }
    void commit() override;
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
        exposed_ = true;
        return link_.handle();
    }
    soci::session& soci() override {
        exposed_ = true;
        return *session_;
    }
    void abandon() noexcept override;

    // What follows is for fb_statement.

    /// Throws unless a call may be made: the attachment is the one of the beginning, not known to
    /// be broken, and no stream is open.
    void check_link() const;

    /// The same for reading on: without the stream.
    void require_link() const;

    isc_db_handle* database() noexcept { return link_.handle(); }

    /// Of the transaction that the program began; zero: none.
    isc_tr_handle* transaction_handle() noexcept { return &transaction_; }

    /// Begins the transaction of one statement. False with the reason in `status`.
    bool begin_alone(isc_tr_handle& transaction, alone_kind kind, ISC_STATUS* status) noexcept;

    /// Runs SET TRANSACTION, COMMIT or ROLLBACK, which change the handle of the transaction.
    void control(std::string_view sql);

    /// Commits the transaction. False with the reason in status(), and the transaction still open.
    bool commit(isc_tr_handle& transaction) noexcept;

    /// The transaction under way may have changed a table, which the engine does at its COMMIT.
    /// Throws busy_error when another connection does so for too long.
    void begin_schema_change(std::string_view sql);
    void end_schema_change() noexcept;

    idle_statements& statements() noexcept { return statements_; }

    /// Counts up when the engine has forgotten all prepared statements.
    std::uint64_t generation() const noexcept { return generation_; }

    /// Whether a statement that met a conflict may find another state when it is repeated, and
    /// since when it waits.
    bool may_repeat(std::chrono::steady_clock::time_point since) const noexcept;

    /// Runs what the engine works at, within the limits that are set.
    template <class Command>
    bool watched(Command command) {
        dog_->begin(timeout_, stop_);
        command();
        end_watch();
        return !is_error(status_);
    }

    /// The same for a row. A stream that is open is open to cancel() as a whole.
    template <class Command>
    bool watched_row(Command command) {
        if (!streaming_ || timeout_.count() > 0 || stop_.asked != nullptr)
            return watched(command);
        outcome_ = backend::watchdog::outcome::quiet;
        command();
        return !is_error(status_);
    }
    ISC_STATUS* status() noexcept { return status_; }

    /// Throws cancelled_error when a stop was requested.
    void refuse_if_stopped(std::string_view sql) const;

    void open_stream();
    void close_stream() noexcept;

    /// Throws what the engine said.
    [[noreturn]] void fail(failure const& what, std::string_view sql);

    /// The same for a conflict that waited since then.
    [[noreturn]] void fail_conflict(failure const& what, std::string_view sql,
                                    std::chrono::steady_clock::time_point since);

private:
    /// Whether the attachment is still the one of the beginning.
    bool same_link() const noexcept { return !exposed_ || link_.holds(); }

    bool has_waited_out(std::chrono::steady_clock::time_point since) const noexcept;
    void end_watch();
    void note_outcome() noexcept;
    void run(std::string_view statement);

    session_ptr owned_;
    soci::session* session_;
    link_identity link_;
    options how_;
    sql::dialect const* dialect_ = nullptr;
    isc_tr_handle transaction_ = 0;
    bool is_snapshot_ = false;  ///< the transaction_: it sees nothing that others commit
    ISC_STATUS_ARRAY status_ = {};
    idle_statements statements_;
    std::unique_ptr<backend::watchdog> dog_;  ///< null in a forked child
    std::chrono::milliseconds timeout_{0};
    backend::stop_question stop_;
    backend::watchdog::outcome outcome_ = backend::watchdog::outcome::quiet;
    std::uint64_t generation_ = 0;
    bool exposed_ = false;    ///< somebody else can close or reconnect
    bool lost_ = false;       ///< known to be broken
    bool abandoned_ = false;  ///< in a forked child
    bool streaming_ = false;
    bool changes_schema_ = false;
};

}  // namespace roam::firebird
