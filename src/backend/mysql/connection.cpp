// SPDX-License-Identifier: MIT
#include "backend/mysql/connection.hpp"
#include "backend/mysql/query_killer.hpp"
#include "backend/mysql/statement.hpp"
#include "backend/mysql/threads.hpp"
#include "backend/mysql_settings.hpp"
#include "backend/refusals.hpp"
#include "backend/sql_text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace roam::mysql {
my_connection::my_connection(session_ptr owned, std::chrono::milliseconds statement_timeout)
    : owned_(std::move(owned)),
      session_(owned_.get()),
      link_(*session_),
      timeout_(statement_timeout) {
    begin_life();
    set_up();
}

my_connection::my_connection(soci::session& adopted)
    : session_(&adopted),
      link_(adopted),
      exposed_(true) {
    begin_life();
    if (std::string_view const set = mysql_character_set_name(link()); set != "utf8mb4") {
        throw unsupported_error("the session's character set is " + std::string{set} +
                                "; Roam's text is UTF-8: connect with charset=utf8mb4");
    }
}

void my_connection::begin_life() {
    enter_thread();
    auto const version = static_cast<int>(mysql_get_server_version(link()));
    dialect_ = &sql::intern(mariadb_connection(link()) != 0 ? sql::mariadb_dialect(version)
                                                            : sql::mysql_dialect(version));
    dog_ = std::make_unique<backend::watchdog>(std::make_unique<query_killer>(link()));
    if (link()->db != nullptr)
        database_ = link()->db;
}

void my_connection::set_up() {
    auto const script = session_settings(dialect_->family);
    if (run(script) != 0)
        fail(failure_of(link()), script);
}

my_connection::~my_connection() {
    enter_thread();
    dog_.reset();
    owned_.reset();
}

void my_connection::require_link() const {
    bool const held = same_link();
    if (held && !lost_) [[likely]]
        return;
    backend::throw_link_gone(!held);
}

MYSQL* my_connection::checked_link() {
    enter_thread();
    require_link();
    if (streaming_) [[unlikely]] {
        throw session_busy_error(
            "a stream is open on this session, and MySQL sends nothing else before its end; end "
            "the stream first, or use another session");
    }
    if (undone_) [[unlikely]] {
        error_details details;
        details.transaction_usable = false;
        throw transaction_failed_error(
            "the server has rolled the transaction back after a deadlock: roll it back here too",
            std::move(details));
    }
    absorb_late_stop();
    return link();
}

std::unique_ptr<backend::statement> my_connection::prepare(std::string_view sql,
                                                           backend::row_mode mode) {
    checked_link();
    return std::make_unique<my_statement>(*this, sql, mode);
}

void my_connection::end_watch() {
    note_outcome();
    if (streaming_)
        dog_->begin({}, {});
}

void my_connection::note_outcome() noexcept {
    outcome_ = dog_->end();
    if (outcome_ != backend::watchdog::outcome::quiet)
        late_stop_ = true;
}

void my_connection::open_stream() {
    streaming_ = true;
    dog_->begin({}, {});
}

void my_connection::close_stream() noexcept {
    streaming_ = false;
    if (dog_ != nullptr)
        note_outcome();
}

// A request to stop that came when the statement had just ended can meet the next one: this one is
// nobody's.
void my_connection::absorb_late_stop() noexcept {
    if (!late_stop_ || streaming_)
        return;
    late_stop_ = false;
    if (usable())
        run("DO 0");
}

int my_connection::run(std::string_view script) noexcept {
    if (mysql_real_query(link(), script.data(), script.size()) != 0)
        return 1;
    return read_results();
}

int my_connection::read_results() noexcept {
    for (;;) {
        if (auto* const rows = mysql_use_result(link()); rows != nullptr)
            mysql_free_result(rows);
        if (mysql_errno(link()) != 0)
            return 1;
        int const more = mysql_next_result(link());
        if (more != 0)
            return more > 0;
    }
}

void my_connection::execute(std::string_view script) {
    enter_thread();
    bool const undoes = script.starts_with("ROLLBACK");
    bool const ends = undoes && !script.starts_with("ROLLBACK TO");
    if (ends)
        undone_ = false;
    auto* const handle = checked_link();
    backend::check_sql_text(script);
    if (!undoes)
        refuse_if_stopped(script);
    // A rollback is never broken off.
    auto const stop = std::exchange(stop_, undoes ? backend::stop_question{} : stop_);
    bool const several = backend::has_several_statements(script, dialect_->family);
    if (several)
        mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_ON);
    int const failed = watched([&] { return run(script); });
    failure const what = failed != 0 ? failure_of(handle) : failure{};
    if (several && !what.link_lost)
        mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    stop_ = stop;
    if (failed != 0)
        fail(what, script);
}

void my_connection::refuse_if_stopped(std::string_view sql) const {
    backend::refuse_if_stopped(stop_, sql);
}

std::string my_connection::begin_sql(transaction_options options) const {
    return begin_text(options);
}

backend::transaction_state my_connection::transaction() const noexcept {
    if (!same_link())
        return backend::transaction_state::none;
    if (undone_)
        return backend::transaction_state::failed;
    return (link()->server_status & SERVER_STATUS_IN_TRANS) != 0
               ? backend::transaction_state::active
               : backend::transaction_state::none;
}

void my_connection::commit() {
    auto* const handle = checked_link();
    // A link that broke before COMMIT was sent has committed nothing, and such a transaction may
    // be repeated: one look that does not block tells the two apart.
    if (is_closed_by_server()) {
        failure closed;
        closed.message = "the server has closed it";
        closed.link_lost = true;
        fail(closed, "COMMIT");
    }
    refuse_if_stopped("COMMIT");
    if (run("COMMIT") == 0)
        return;
    auto const what = failure_of(handle);
    if (!what.link_lost)
        fail(what, "COMMIT");
    lost_ = true;
    backend::throw_commit_in_doubt(what.message, what.sqlstate, static_cast<int>(what.number));
}

// The server speaks without being asked only when it says why it closes. What an encrypted link
// brings may be the encryption's own.
bool my_connection::is_closed_by_server() const noexcept {
    pollfd waiting{static_cast<int>(mysql_get_socket(link())), POLLIN, 0};
    if (poll(&waiting, 1, 0) <= 0)
        return false;
    char byte = 0;
    auto const size = recv(waiting.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size > 0 && mysql_get_ssl_cipher(link()) == nullptr);
}

bool my_connection::ping() noexcept {
    enter_thread();
    if (!usable() || streaming_)
        return usable();
    absorb_late_stop();
    if (mysql_ping(link()) != 0)
        lost_ = true;
    return usable();
}

// COM_RESET_CONNECTION undoes everything but the chosen database, and prepared statements go too:
// their owners prepare them again. Undoing by hand would not find user variables and locks.
void my_connection::reset_state() {
    auto* const handle = checked_link();
    ++generation_;
    bool const done = mysql_reset_connection(handle) == 0 &&
                      (database_.empty() || mysql_select_db(handle, database_.c_str()) == 0);
    if (!done)
        fail(failure_of(handle), "RESET CONNECTION");
    if (owned_ != nullptr)
        set_up();
}

// In a forked child it would stop the parent's statement.
void my_connection::cancel() noexcept {
    if (!abandoned_)
        dog_->cancel();
}

void my_connection::abandon() noexcept {
    abandoned_ = true;
    lost_ = true;
    backend::watchdog::abandon(std::move(dog_));
    int const socket = link_.holds() ? static_cast<int>(mysql_get_socket(link())) : -1;
    if (socket < 0)
        return;
    // The parent shares the socket: a quit message from here would end the parent's session. With
    // the descriptor led to /dev/null, the destructor's mysql_close writes it there.
    int const nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool const diverted = nothing >= 0 && dup2(nothing, socket) >= 0;
    if (nothing >= 0)
        close(nothing);
    if (diverted)
        return;
    // No descriptor is left. Closing this one and forgetting the session leaks some memory, but
    // mysql_close could otherwise write to whatever opens next under its number.
    close(socket);
    static_cast<void>(owned_.release());
}

void my_connection::fail(failure const& what, std::string_view sql) {
    if (what.link_lost)
        lost_ = true;
    if (what.undid_transaction && (link()->server_status & SERVER_STATUS_IN_TRANS) != 0)
        undone_ = true;
    error_details details;
    details.statement = sql;
    details.connection_usable = !lost_;
    details.transaction_usable = !lost_;
    constexpr unsigned interrupted = 1317;
    bool const broken_off = what.number == interrupted || lost_;
    if (!broken_off || outcome_ == backend::watchdog::outcome::quiet)
        throw_failure(what, std::move(details));
    details.sqlstate = what.sqlstate;
    details.native_code = static_cast<int>(what.number);
    throw_broken_off(std::move(details));
}

void my_connection::refuse_broken_off(std::string_view sql) {
    if (outcome_ == backend::watchdog::outcome::quiet)
        return;
    error_details details;
    details.statement = sql;
    throw_broken_off(std::move(details));
}

void my_connection::throw_broken_off(error_details details) {
    if (outcome_ == backend::watchdog::outcome::stopped)
        throw cancelled_error("the statement was stopped as requested", std::move(details));
    auto message =
        "the statement ran longer than its limit of " + std::to_string(timeout_.count()) + " ms";
    if (lost_)
        message += ", and the server did not stop it when it was asked to";
    throw timeout_error(message, std::move(details));
}

}  // namespace roam::mysql
