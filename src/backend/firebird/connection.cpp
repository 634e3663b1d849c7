// SPDX-License-Identifier: MIT
#include "backend/firebird/connect.hpp"
#include "backend/firebird/connection.hpp"
#include "backend/firebird/statement.hpp"
#include "backend/refusals.hpp"
#include "backend/sql_text.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#include <vector>

namespace roam::firebird {
namespace {

using clock = std::chrono::steady_clock;

std::string wait_clause(std::chrono::seconds limit) {
    return limit.count() == 0 ? " NO WAIT" : " WAIT LOCK TIMEOUT " + std::to_string(limit.count());
}

// What the engine calls the database of an attachment, whatever path or alias led to it.
std::string database_of(isc_db_handle* attachment) {
    char const item = isc_info_db_id;
    char answer[1024] = {};
    ISC_STATUS_ARRAY status;
    isc_database_info(status, attachment, 1, &item, sizeof answer, answer);
    if (is_error(status) || answer[0] != item)
        return {};
    return {answer + 3, static_cast<std::size_t>(isc_vax_integer(answer + 1, 2))};
}

class operation_breaker final : public backend::statement_breaker {
public:
    explicit operation_breaker(isc_db_handle* database) : database_(database) {}

    bool ask() noexcept override {
        ISC_STATUS_ARRAY ignored;
        return fb_cancel_operation(ignored, database_, fb_cancel_raise) == 0;
    }

private:
    isc_db_handle* const database_;
};

std::unique_ptr<backend::watchdog> watchdog_of(isc_db_handle* database) {
    return std::make_unique<backend::watchdog>(std::make_unique<operation_breaker>(database));
}

}  // namespace

fb_connection::fb_connection(session_ptr owned, options how)
    : owned_(std::move(owned)),
      session_(owned_.get()),
      link_(*session_),
      how_(std::move(how)),
      dialect_(&sql::intern(sql::firebird_dialect())),
      statements_(database_of(link_.handle())),
      dog_(watchdog_of(link_.handle())),
      timeout_(how_.statement_timeout) {}

fb_connection::fb_connection(soci::session& adopted)
    : session_(&adopted),
      link_(adopted),
      dialect_(&sql::intern(sql::firebird_dialect())),
      statements_(database_of(link_.handle())),
      dog_(watchdog_of(link_.handle())),
      exposed_(true) {}

fb_connection::~fb_connection() {
    ISC_STATUS_ARRAY ignored;
    if (transaction_ != 0 && !abandoned_ && same_link())
        isc_rollback_transaction(ignored, &transaction_);
}

void fb_connection::require_link() const {
    bool const held = same_link();
    if (held && !lost_) [[likely]]
        return;
    backend::throw_link_gone(!held);
}

void fb_connection::check_link() const {
    require_link();
    if (streaming_) [[unlikely]] {
        throw session_busy_error(
            "a stream is open on this session; end the stream first, or use another session");
    }
}

void fb_connection::end_watch() {
    note_outcome();
    if (streaming_)
        dog_->begin({}, {});
}

void fb_connection::open_stream() {
    streaming_ = true;
    dog_->begin({}, {});
}

void fb_connection::close_stream() noexcept {
    streaming_ = false;
    if (dog_ != nullptr)
        note_outcome();
}

void fb_connection::note_outcome() noexcept {
    outcome_ = dog_->end();
    if (outcome_ == backend::watchdog::outcome::quiet)
        return;
    // A request that came when the call was over already would wait for the next one.
    ISC_STATUS_ARRAY ignored;
    fb_cancel_operation(ignored, link_.handle(), fb_cancel_disable);
    fb_cancel_operation(ignored, link_.handle(), fb_cancel_enable);
}

std::unique_ptr<backend::statement> fb_connection::prepare(std::string_view sql,
                                                           backend::row_mode mode) {
    check_link();
    return std::make_unique<fb_statement>(*this, sql, mode);
}

// What only reads costs a fortieth of what may write, for which the engine writes to the file. In
// read committed the engine forgets a row's old version, and its BLOBs, as soon as another one is
// committed, though a reader may have fetched it: "BLOB not found".
bool fb_connection::begin_alone(isc_tr_handle& transaction, alone_kind kind,
                                ISC_STATUS* status) noexcept {
    auto const wait = how_.lock_timeout.count();
    std::array<char, 16> block{
        isc_tpb_version3, kind == alone_kind::writes ? char{isc_tpb_write} : char{isc_tpb_read}};
    std::size_t size = 2;
    if (kind == alone_kind::reads_blobs) {
        block[size++] = isc_tpb_concurrency;
    } else {
        block[size++] = isc_tpb_read_committed;
        block[size++] = isc_tpb_rec_version;
    }
    block[size++] = wait == 0 ? char{isc_tpb_nowait} : char{isc_tpb_wait};
    if (wait != 0) {
        block[size++] = isc_tpb_lock_timeout;
        block[size++] = 4;
        for (int shift = 0; shift < 32; shift += 8)
            block[size++] = static_cast<char>((wait >> shift) & 255);
    }
    isc_start_transaction(status, &transaction, 1, link_.handle(), static_cast<int>(size),
                          block.data());
    return !is_error(status);
}

bool fb_connection::may_repeat(clock::time_point since) const noexcept {
    bool const sees_others = transaction_ == 0 || !is_snapshot_;
    return sees_others && !has_waited_out(since) && !stop_;
}

// The engine counts whole seconds, and those who wait for each other give up together: 4.7 s were
// measured where 5 s were asked for.
bool fb_connection::has_waited_out(clock::time_point since) const noexcept {
    return clock::now() - since >= how_.lock_timeout * 3 / 4;
}

void fb_connection::execute(std::string_view script) {
    bool const undoes = script.starts_with("ROLLBACK");
    check_link();
    backend::check_sql_text(script);
    if (!undoes)
        refuse_if_stopped(script);
    // A rollback is never broken off.
    auto const stop = std::exchange(stop_, undoes ? backend::stop_question{} : stop_);
    auto const timeout = std::exchange(timeout_, undoes ? std::chrono::milliseconds{0} : timeout_);
    try {
        for (auto const statement : backend::statements_of(script, dialect_->family))
            run(statement);
    } catch (...) {
        stop_ = stop;
        timeout_ = timeout;
        throw;
    }
    stop_ = stop;
    timeout_ = timeout;
}

// Rows are thrown away, and so their statement is a prepared one.
void fb_connection::run(std::string_view statement) {
    std::vector<mapping::cell> row;
    fb_statement prepared{*this, statement, backend::row_mode::buffered};
    if (prepared.parameter_count() != 0)
        throw usage_error("a script has no parameters");
    prepared.start({});
    row.resize(prepared.column_count());
    while (prepared.fetch(row.data())) {
    }
}

std::string fb_connection::begin_sql(transaction_options options) const {
    std::string sql =
        options.read_only ? "SET TRANSACTION READ ONLY" : "SET TRANSACTION READ WRITE";
    sql += wait_clause(how_.lock_timeout);
    switch (options.isolation) {
        case isolation_level::by_default:
        case isolation_level::read_uncommitted:
        case isolation_level::read_committed:
            return sql + " ISOLATION LEVEL READ COMMITTED RECORD_VERSION";
        case isolation_level::repeatable_read:
            return sql + " ISOLATION LEVEL SNAPSHOT";
        case isolation_level::serializable:
            // TABLE STABILITY takes its snapshot before it has its locks: what was committed while
            // it waited for them is not seen, and a write skew gets through.
            throw unsupported_error(
                "Firebird has no serializable transactions; take repeatable_read and a version "
                "column");
    }
    return sql;
}

void fb_connection::control(std::string_view sql) {
    std::string const text{sql};
    bool const began = transaction_ == 0;
    if (!began && sql.starts_with("SET TRANSACTION"))
        throw unsupported_error("a savepoint of Firebird cannot be read-only or isolated anew");
    watched([&] {
        isc_dsql_execute_immediate(status_, link_.handle(), &transaction_, 0, text.c_str(),
                                   SQL_DIALECT_V6, nullptr);
    });
    if (is_error(status_))
        fail(failure_of(status_), sql);
    if (transaction_ == 0)
        end_schema_change();
    if (began)
        is_snapshot_ = sql.find("SNAPSHOT") != std::string_view::npos;
}

// Another thread may have prepared a statement again meanwhile, or runs one for a moment.
bool fb_connection::commit(isc_tr_handle& transaction) noexcept {
    auto const since = clock::now();
    while (true) {
        if (changes_schema_)
            statements_.drop_all_around();
        isc_commit_transaction(status_, &transaction);
        bool const in_use =
            changes_schema_ && is_error(status_) && failure_of(status_).has(isc_obj_in_use);
        if (!in_use || clock::now() - since >= how_.lock_timeout)
            break;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    if (!is_error(status_))
        end_schema_change();
    return !is_error(status_);
}

void fb_connection::begin_schema_change(std::string_view sql) {
    if (!statements_.take_schema_turn(std::max(how_.lock_timeout, std::chrono::seconds{1}))) {
        error_details details;
        details.statement = sql;
        throw busy_error("another session has changed tables and not committed yet",
                         std::move(details));
    }
    changes_schema_ = true;
}

void fb_connection::end_schema_change() noexcept {
    if (std::exchange(changes_schema_, false))
        statements_.end_schema_turn();
}

void fb_connection::commit() {
    check_link();
    refuse_if_stopped("COMMIT");
    if (commit(transaction_))
        return;
    auto const what = failure_of(status_);
    if (!what.is_link_lost())
        fail(what, "COMMIT");
    lost_ = true;
    backend::throw_commit_in_doubt(what.message, what.sqlstate);
}

void fb_connection::refuse_if_stopped(std::string_view sql) const {
    backend::refuse_if_stopped(stop_, sql);
}

bool fb_connection::ping() noexcept {
    if (!usable() || streaming_)
        return usable();
    char const item = isc_info_ods_version;
    char answer[32];
    ISC_STATUS_ARRAY status;
    isc_database_info(status, link_.handle(), 1, &item, sizeof answer, answer);
    if (is_error(status))
        lost_ = true;
    return usable();
}

// Firebird 3 has no ALTER SESSION RESET: another attachment takes the place of this one, and their
// owners prepare the statements again.
void fb_connection::reset_state() {
    check_link();
    if (transaction_ != 0)
        control("ROLLBACK");
    roll_back(*session_);
    if (owned_ == nullptr)
        return;
    auto const block = database_parameters(how_);
    isc_db_handle fresh = 0;
    isc_attach_database(status_, 0, attachment_name(how_).c_str(), &fresh,
                        static_cast<short>(block.size()), block.data());
    if (is_error(status_))
        fail(failure_of(status_), "RESET");
    ++generation_;
    statements_.drop_own();  // nobody may take a handle of this attachment for one of the next
    ISC_STATUS_ARRAY ignored;
    isc_detach_database(ignored, link_.handle());
    link_.replace(fresh);
}

// In a forked child the engine's threads are missing.
void fb_connection::cancel() noexcept {
    if (!abandoned_)
        dog_->cancel();
}

void fb_connection::abandon() noexcept {
    abandoned_ = true;
    lost_ = true;
    backend::watchdog::abandon(std::move(dog_));
    static_cast<void>(owned_.release());  // detaching would write to the parent's file
}

void fb_connection::fail(failure const& what, std::string_view sql) {
    if (what.is_link_lost())
        lost_ = true;
    error_details details;
    details.statement = sql;
    details.connection_usable = !lost_;
    details.transaction_usable = !lost_;
    bool const broken_off = what.has(isc_cancelled);
    if (!broken_off || outcome_ == backend::watchdog::outcome::quiet)
        throw_failure(what, std::move(details));
    details.sqlstate = what.sqlstate;
    details.native_code = static_cast<int>(isc_cancelled);
    if (outcome_ == backend::watchdog::outcome::stopped)
        throw cancelled_error("the statement was stopped as requested", std::move(details));
    throw timeout_error(
        "the statement ran longer than its limit of " + std::to_string(timeout_.count()) + " ms",
        std::move(details));
}

// The engine says the same of a row whose change it waited for in vain and of one that was changed
// while it waited.
void fb_connection::fail_conflict(failure const& what, std::string_view sql,
                                  clock::time_point since) {
    error_details details;
    details.statement = sql;
    details.sqlstate = what.sqlstate;
    details.native_code = static_cast<int>(isc_update_conflict);
    if (has_waited_out(since))
        throw busy_error("a lock was not granted in time: " + what.message, std::move(details));
    throw serialization_error(what.message, std::move(details));
}

}  // namespace roam::firebird
