// SPDX-License-Identifier: MIT
#include "backend/postgresql/statement.hpp"
#include "backend/refusals.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <random>
#include <utility>

namespace roam::postgresql {
namespace {

// PQcmdTuples counts the rows of a SELECT too, which matched nothing.
std::int64_t matched_rows(PGresult* result) {
    std::string_view const tag = PQcmdStatus(result);
    if (!tag.starts_with("INSERT") && !tag.starts_with("UPDATE") && !tag.starts_with("DELETE") &&
        !tag.starts_with("MERGE")) {
        return 0;
    }
    std::string_view const digits = PQcmdTuples(result);
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count;
}

// To stop an INSERT or a WITH that writes would undo it.
bool is_plain_select(std::string_view sql) {
    constexpr std::string_view word = "select";
    auto const begin = sql.find_first_not_of(" \t\r\n(");
    if (begin == std::string_view::npos || sql.size() - begin < word.size())
        return false;
    return std::equal(word.begin(), word.end(), sql.begin() + static_cast<std::ptrdiff_t>(begin),
                      [](char a, char b) { return a == (b | 0x20); });
}

[[noreturn]] void fail(pg_connection& on, PGresult const* result, std::string const& sql) {
    if (is_multiple_statements(result)) {
        error_details details;
        details.sqlstate = "42601";
        details.statement = sql;
        details.transaction_usable = PQtransactionStatus(on.link()) != PQTRANS_INERROR;
        throw usage_error("a prepared text must be one statement; execute() runs several",
                          std::move(details));
    }
    on.fail(result, sql);
}

}  // namespace

std::string next_name() {
    static std::atomic<std::uint64_t> last{0};
    static std::string const program = "roam_" + std::to_string(std::random_device{}()) + '_';
    // A forked child goes on with its parent's count.
    return program + std::to_string(getpid()) + '_' +
           std::to_string(last.fetch_add(1, std::memory_order_relaxed) + 1);
}

pg_statement::pg_statement(pg_connection& owner, std::string_view sql, backend::row_mode mode)
    : owner_(owner),
      sql_(sql),
      streamed_(mode == backend::row_mode::streamed),
      interleaved_(mode == backend::row_mode::interleaved) {
    backend::check_sql_text(sql);
    prepare();
}

pg_statement::~pg_statement() {
    finish();
    if (!name_.empty())
        owner_.discard(std::move(name_));
}

// Parse and describe in one round trip, by a pipeline of two.
result_ptr describe(pg_connection& on, std::string const& name, std::string const& sql) {
    auto* const link = on.link();
    on.begin_command();
    bool const sent = PQenterPipelineMode(link) == 1 &&
                      PQsendPrepare(link, name.c_str(), sql.c_str(), 0, nullptr) == 1 &&
                      PQsendDescribePrepared(link, name.c_str()) == 1 && PQpipelineSync(link) == 1;
    result_ptr prepared;
    result_ptr described;
    if (sent) {
        prepared = on.collect();
        described = on.collect();
        // The end of the pipeline is a result of its own, without a null after it.
        for (auto rest = on.next_result(); rest != nullptr; rest = on.next_result()) {
            if (PQresultStatus(rest.get()) == PGRES_PIPELINE_SYNC)
                break;
        }
    }
    PQexitPipelineMode(link);
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
        fail(on, prepared.get(), sql);
    if (PQresultStatus(described.get()) != PGRES_COMMAND_OK)
        fail(on, described.get(), sql);
    return described;
}

void pg_statement::prepare() {
    auto name = owner_.is_pooled() ? std::string{} : next_name();
    auto const described = describe(owner_, name, sql_);
    parameters_.describe(described.get(), sql_);
    columns_.describe(described.get());
    name_ = std::move(name);
    stale_ = false;
}

void pg_statement::prepare_again() {
    auto const columns = columns_.size();
    prepare();
    if (columns_.size() == columns)
        return;
    backend::throw_columns_changed(sql_, columns_.size(), columns);
}

[[gnu::always_inline]] inline void pg_statement::encode(std::span<mapping::cell const> parameters) {
    if (parameters.size() != parameters_.size()) [[unlikely]] {
        backend::throw_wrong_count(sql_, parameters_.size(), parameters.size());
    }
    if (stale_) [[unlikely]]
        prepare_again();
    affected_ = 0;
    parameters_.encode(parameters);
}

bool pg_statement::send(std::span<mapping::cell const> parameters) {
    if (stale_ || streamed_ || interleaved_)
        return false;
    encode(parameters);
    if (!send_text_or_name())
        fail(nullptr);
    return true;
}

void pg_statement::receive(result_ptr answer) {
    switch (PQresultStatus(answer.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            return take(std::move(answer));
        default:
            recover(std::move(answer), {});  // throws: a queue is inside a transaction
    }
}

void pg_statement::start(std::span<mapping::cell const> parameters) {
    if (result_ != nullptr || stream_open_ || !cursor_.empty()) [[unlikely]]
        finish();
    owner_.checked_link();
    encode(parameters);
    if (interleaved_) [[unlikely]]
        return open_cursor();
    auto result = execute();
    switch (PQresultStatus(result.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_SINGLE_TUPLE:
        case PGRES_EMPTY_QUERY:
            take(std::move(result));
            break;
        default:
            recover(std::move(result), parameters);
    }
}

bool pg_statement::send_text_or_name() {
    auto* const link = owner_.link();
    if (owner_.is_pooled()) {
        return PQsendQueryParams(link, sql_.c_str(), parameters_.count(), parameters_.oids(),
                                 parameters_.values(), parameters_.lengths(), parameters_.formats(),
                                 columns_.format()) == 1;
    }
    return PQsendQueryPrepared(link, name_.c_str(), parameters_.count(), parameters_.values(),
                               parameters_.lengths(), parameters_.formats(),
                               columns_.format()) == 1;
}

[[gnu::always_inline]] inline result_ptr pg_statement::execute() {
    owner_.begin_command();
    if (streamed_ || owner_.has_timeout()) [[unlikely]]
        return execute_in_parts();
    auto* const link = owner_.link();
    if (owner_.is_pooled()) [[unlikely]] {
        return result_ptr{PQexecParams(link, sql_.c_str(), parameters_.count(), parameters_.oids(),
                                       parameters_.values(), parameters_.lengths(),
                                       parameters_.formats(), columns_.format())};
    }
    return result_ptr{PQexecPrepared(link, name_.c_str(), parameters_.count(), parameters_.values(),
                                     parameters_.lengths(), parameters_.formats(),
                                     columns_.format())};
}

// Sent, and its answer awaited: where the wait may be broken off, or the rows come one by one.
result_ptr pg_statement::execute_in_parts() {
    auto* const link = owner_.link();
    bool const in_transaction = owner_.in_transaction();
    owner_.refuse_if_stopped(sql_);
    if (!send_text_or_name())
        return nullptr;
    if (!streamed_)
        return owner_.collect();
    PQsetSingleRowMode(link);
    auto first = owner_.next_result();
    if (PQresultStatus(first.get()) == PGRES_SINGLE_TUPLE) {
        stream_open_ = true;
        owner_.open_stream(in_transaction);
    } else if (PQresultStatus(first.get()) != PGRES_COPY_IN &&
               PQresultStatus(first.get()) != PGRES_COPY_OUT) {
        owner_.drain();
    }
    return first;
}

[[gnu::always_inline]] inline void pg_statement::take(result_ptr result) {
    if (owner_.is_pooled() && PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        check_columns(result.get());
    accept(std::move(result));
}

// What runs by its text may have other columns than when it was described. A SELECT can be run
// again, and so can a transaction; what else writes has been run, and would be twice.
void pg_statement::check_columns(PGresult const* result) {
    if (columns_.fit(result) || columns_.fit_to(result)) [[likely]]
        return;
    finish();
    bool const in_transaction = owner_.in_transaction();
    error_details details;
    details.statement = sql_;
    details.transaction_usable = !in_transaction;
    if (is_plain_select(sql_) || in_transaction) {
        throw statement_invalidated_error("the table changed: the result has other columns now",
                                          std::move(details));
    }
    throw statement_error(
        "the table changed: the statement was run, but its result has other columns now, and they "
        "were not read",
        std::move(details));
}

// The result knows of a column that has another name than when it was described.
std::string pg_statement::column_name(std::size_t column) const {
    auto const* const told = PQfname(result_.get(), static_cast<int>(column));
    return told == nullptr ? columns_.name(column) : told;
}

std::int64_t pg_statement::affected_rows() const {
    return result_ == nullptr ? affected_ : matched_rows(result_.get());
}

// A text that was sent with its parameters' types asks for them again before it is sent next.
void pg_statement::note_other_types(PGresult const* failed) {
    if (!is_about_types(failed))
        return;
    stale_ = true;
    if (!name_.empty())
        owner_.discard(std::exchange(name_, {}));
}

void pg_statement::recover(result_ptr failed, std::span<mapping::cell const> parameters) {
    auto const status = PQresultStatus(failed.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
        owner_.refuse_copy();
        error_details details;
        details.statement = sql_;
        throw usage_error("COPY from or to the client is not possible here", std::move(details));
    }
    if (owner_.is_pooled()) {
        note_other_types(failed.get());
        fail(failed.get());
    }
    if (!is_stale_plan(failed.get()))
        fail(failed.get());

    auto const what = failure_of(owner_.link(), failed.get());
    bool const is_gone = what.is("26000");
    if (!is_gone)
        owner_.discard(std::move(name_));
    name_.clear();
    stale_ = true;
    if (PQtransactionStatus(owner_.link()) != PQTRANS_IDLE) {
        error_details details;
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        details.transaction_usable = false;
        throw statement_invalidated_error(
            "the prepared statement or its plan is gone, because the schema or the session was "
            "changed; repeat the transaction: " +
                what.message + std::string{is_gone ? pooler_hint : ""},
            std::move(details));
    }
    if (is_gone && owner_.is_behind_pooler()) {
        error_details details;
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        throw usage_error(
            "the prepared statement is gone, because a pooler between has changed "
            "the server's session" +
                std::string{pooler_hint},
            std::move(details));
    }
    prepare_again();
    parameters_.encode(parameters);
    auto result = execute();
    switch (PQresultStatus(result.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_SINGLE_TUPLE:
            take(std::move(result));
            break;
        default:
            fail(result.get());
    }
}

std::size_t pg_statement::rows_ahead() const noexcept {
    return static_cast<std::size_t>(rows_ - row_);
}

bool pg_statement::fetch(mapping::cell* row) {
    if (row_ < rows_) [[likely]] {
        try {
            columns_.decode(result_.get(), row_, row);
        } catch (...) {
            finish();
            throw;
        }
        ++row_;
        return true;
    }
    if (stream_open_)
        return next_of_stream() && fetch(row);
    if (!cursor_.empty()) [[unlikely]] {
        fetch_from_cursor();
        return fetch(row);
    }
    return false;
}

bool pg_statement::next_of_stream() {
    result_.reset();
    try {
        owner_.require_link();
    } catch (...) {
        finish();
        throw;
    }
    auto next = owner_.next_result();
    if (PQresultStatus(next.get()) == PGRES_SINGLE_TUPLE) {
        accept(std::move(next));
        return true;
    }
    owner_.drain();
    end_stream();
    if (PQresultStatus(next.get()) != PGRES_TUPLES_OK)
        fail(next.get());
    affected_ = matched_rows(next.get());
    return false;
}

void pg_statement::end_stream() noexcept {
    stream_open_ = false;
    row_ = rows_ = 0;
    owner_.close_stream();
}

void pg_statement::finish() noexcept {
    if (stream_open_ || !cursor_.empty()) [[unlikely]]
        give_up_rows();
    result_.reset();
    row_ = rows_ = 0;
}

// Whoever has had enough of a stream: outside of a transaction the server is asked to stop, which
// inside one would fail it; there, and where stopping would undo a write, the rest is read.
void pg_statement::give_up_rows() noexcept {
    if (stream_open_) {
        bool const stop =
            owner_.transaction() == backend::transaction_state::none && is_plain_select(sql_);
        if (stop) {
            owner_.stop_command();
        } else {
            owner_.drain();
        }
        end_stream();
    }
    if (!cursor_.empty())
        close_cursor();
}

void pg_statement::fail(PGresult const* result) { postgresql::fail(owner_, result, sql_); }

}  // namespace roam::postgresql
