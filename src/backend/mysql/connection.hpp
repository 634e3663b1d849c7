// SPDX-License-Identifier: MIT
#pragma once

#include "backend/mysql/error.hpp"
#include "backend/mysql/link.hpp"
#include "backend/watchdog.hpp"
#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace roam::mysql {

/// One connection over the MYSQL of a SOCI session, its own or an adopted one.
class my_connection final : public backend::connection {
public:
    /// Takes a session that open_session() has just made, and puts it in order.
    my_connection(session_ptr owned, std::chrono::milliseconds statement_timeout);

    /// Uses a session that somebody else opened: no setting of it is changed. A character set other
    /// than utf8mb4 is an unsupported_error.
    explicit my_connection(soci::session& adopted);

    ~my_connection() override;
    my_connection(my_connection const&) = delete;
    my_connection& operator=(my_connection const&) = delete;

    sql::dialect const& dialect() const noexcept override { return *dialect_; }
    std::unique_ptr<backend::statement> prepare(std::string_view sql,
                                                backend::row_mode mode) override;
    void execute(std::string_view script) override;
    std::string begin_sql(transaction_options options) const override;
    backend::transaction_state transaction() const noexcept override;
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
        absorb_late_stop();
        exposed_ = true;
        return link_.handle();
    }
    soci::session& soci() override {
        absorb_late_stop();
        exposed_ = true;
        return *session_;
    }
    void abandon() noexcept override;

    // What follows is for my_statement.

    /// Throws unless a command may be sent: the MYSQL is the one of the beginning, not known to be
    /// broken, in no transaction that the server has undone, and no stream is open.
    MYSQL* checked_link();

    /// The same for reading on: without the stream.
    void require_link() const;

    MYSQL* link() const noexcept { return link_.handle(); }

    /// Counts up when the server has forgotten all prepared statements.
    std::uint64_t generation() const noexcept { return generation_; }

    /// Runs what waits for the server, within the limits that are set, and open to cancel(). Its
    /// result is zero when it succeeded.
    template <class Command>
    int watched(Command command) {
        dog_->begin(timeout_, stop_);
        int const result = command();
        end_watch();
        return result;
    }

    /// The same for a row of the stream that is open, which is open to cancel() as a whole.
    template <class Command>
    int watched_row(Command command) {
        outcome_ = backend::watchdog::outcome::quiet;
        if (timeout_.count() == 0 && stop_.asked == nullptr) [[likely]]
            return command();
        return watched(command);
    }

    /// Throws when the server was asked to stop the command under way. For what only reads: SLEEP()
    /// and their like answer as if they had ended by themselves.
    void refuse_broken_off(std::string_view sql);

    /// Throws cancelled_error when a stop was requested.
    void refuse_if_stopped(std::string_view sql) const;

    void open_stream();
    void close_stream() noexcept;

    /// Throws what the server said.
    [[noreturn]] void fail(failure const& what, std::string_view sql);

private:
    /// Whether the MYSQL is still the one of the beginning.
    bool same_link() const noexcept { return !exposed_ || link_.holds(); }

    [[noreturn]] void throw_broken_off(error_details details);
    void begin_life();
    void set_up();
    void end_watch();
    void note_outcome() noexcept;
    void absorb_late_stop() noexcept;
    int run(std::string_view script) noexcept;
    int read_results() noexcept;
    bool is_closed_by_server() const noexcept;

    session_ptr owned_;
    soci::session* session_;
    link_identity link_;
    std::string database_;  ///< the one that was chosen at the beginning
    sql::dialect const* dialect_ = nullptr;
    std::unique_ptr<backend::watchdog> dog_;  ///< null in a forked child
    std::chrono::milliseconds timeout_{0};
    backend::stop_question stop_;
    backend::watchdog::outcome outcome_ = backend::watchdog::outcome::quiet;
    std::uint64_t generation_ = 0;
    bool exposed_ = false;    ///< somebody else can close or reconnect
    bool lost_ = false;       ///< known to be broken
    bool abandoned_ = false;  ///< in a forked child
    bool streaming_ = false;
    bool late_stop_ = false;  ///< the server was asked, and may act on it only now
    bool undone_ = false;  ///< the server rolled the transaction back, and its owner does not know
};

}  // namespace roam::mysql
