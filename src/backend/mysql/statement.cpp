// SPDX-License-Identifier: MIT
#include "backend/mysql/statement.hpp"
#include "backend/mysql/threads.hpp"
#include "backend/refusals.hpp"

#include <mysqld_error.h>

#include <new>
#include <utility>

namespace roam::mysql {
namespace {

// Rows in one round trip of a cursor.
constexpr unsigned long cursor_rows = 256;

}  // namespace

my_statement::my_statement(my_connection& owner, std::string_view sql, backend::row_mode mode)
    : owner_(owner),
      sql_(sql),
      sent_(backend::with_plain_placeholders(sql, owner.dialect().family)),
      mode_(mode),
      writes_(backend::writes_rows(sql)),
      returned_(writes_ ? backend::returned_columns(sql, owner.dialect().family) : 0) {
    backend::check_sql_text(sql);
    prepare();
}

my_statement::~my_statement() {
    enter_thread();
    finish();
}

void my_statement::prepare() {
    handle_.reset(mysql_stmt_init(owner_.link()));
    if (handle_ == nullptr)
        throw std::bad_alloc{};
    auto* const handle = handle_.get();
    int const failed = owner_.watched(
        [&] { return mysql_stmt_prepare(handle, sent_.sql.data(), sent_.sql.size()); });
    if (failed != 0)
        fail();
    mysql_stmt_attr_set(handle, STMT_ATTR_CB_USER_DATA, &columns_);
    mysql_stmt_attr_set(handle, STMT_ATTR_CB_RESULT,
                        reinterpret_cast<void const*>(&column_list::take));
    if (mode_ == backend::row_mode::interleaved) {
        unsigned long const type = CURSOR_TYPE_READ_ONLY;
        mysql_stmt_attr_set(handle, STMT_ATTR_CURSOR_TYPE, &type);
        mysql_stmt_attr_set(handle, STMT_ATTR_PREFETCH_ROWS, &cursor_rows);
    }
    parameters_.describe(handle, sent_.order);
    columns_.describe(handle);
    // MariaDB tells the columns of RETURNING only when the statement is executed.
    if (columns_.size() == 0)
        columns_.expect(returned_);
    generation_ = owner_.generation();
    stale_ = false;
}

void my_statement::prepare_again() {
    auto const columns = columns_.size();
    prepare();
    if (columns_.size() == columns || returned_ != 0)
        return;
    backend::throw_columns_changed(sql_, columns_.size(), columns);
}

void my_statement::start(std::span<mapping::cell const> parameters) {
    finish();
    owner_.checked_link();
    if (parameters.size() != parameters_.size()) [[unlikely]] {
        backend::throw_wrong_count(sql_, parameters_.size(), parameters.size());
    }
    owner_.refuse_if_stopped(sql_);
    if (stale_ || generation_ != owner_.generation()) [[unlikely]]
        prepare_again();
    if (run(parameters)) [[likely]]
        return;
    if (!is_stale_statement(mysql_stmt_errno(handle_.get())))
        fail();
    recover(parameters);
}

bool my_statement::run(std::span<mapping::cell const> parameters) {
    affected_ = 0;
    rows_ = fetched_ = 0;
    parameters_.encode(parameters, sql_);
    if (parameters_.size() != 0 && !parameters_.bind(handle_.get()))
        return false;
    if (owner_.watched([&] { return execute(); }) != 0)
        return false;
    accept();
    return true;
}

// Everything that is buffered is read here, so that the time limit covers it.
int my_statement::execute() noexcept {
    auto* const handle = handle_.get();
    if (mysql_stmt_execute(handle) != 0)
        return 1;
    if (mysql_stmt_field_count(handle) == 0)
        return 0;
    if (mode_ == backend::row_mode::streamed || has_cursor())
        return 0;
    return mysql_stmt_store_result(handle);
}

bool my_statement::has_cursor() const noexcept {
    return (owner_.link()->server_status & SERVER_STATUS_CURSOR_EXISTS) != 0;
}

void my_statement::accept() {
    auto* const handle = handle_.get();
    if (mysql_stmt_field_count(handle) == 0) {
        if (writes_)
            affected_ = static_cast<std::int64_t>(mysql_stmt_affected_rows(handle));
        return;
    }
    open_ = true;
    if (columns_.size() == 0) {  // a CALL, whose columns nobody knew: nobody has asked for them
        finish();
        return;
    }
    columns_.describe(handle);
    if (mode_ == backend::row_mode::streamed) {
        owner_.open_stream();
    } else if (!has_cursor()) {
        rows_ = mysql_stmt_num_rows(handle);
        if (!writes_)
            refuse_broken_off();
    }
}

void my_statement::refuse_broken_off() {
    try {
        owner_.refuse_broken_off(sql_);
    } catch (...) {
        finish();
        throw;
    }
}

void my_statement::recover(std::span<mapping::cell const> parameters) {
    auto const what = failure_of(handle_.get());
    stale_ = true;
    handle_.reset();  // with what the server has sent for it
    if (owner_.transaction() != backend::transaction_state::none) {
        error_details details;
        details.native_code = static_cast<int>(what.number);
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        details.transaction_usable = false;
        throw statement_invalidated_error(
            "the prepared statement or its plan is gone, because the schema or the session was "
            "changed; repeat the transaction: " +
                what.message,
            std::move(details));
    }
    prepare_again();
    if (!run(parameters))
        fail();
}

std::size_t my_statement::rows_ahead() const noexcept {
    return rows_ > fetched_ ? rows_ - fetched_ : 0;
}

bool my_statement::fetch(mapping::cell* row) {
    if (!open_)
        return false;
    columns_.aim(row);
    int result = 0;
    if (fetched_ < rows_) [[likely]] {
        result = mysql_stmt_fetch(handle_.get());
    } else {
        enter_thread();
        try {
            owner_.require_link();
        } catch (...) {
            finish();
            throw;
        }
        auto const read = [&] { return mysql_stmt_fetch(handle_.get()); };
        bool const streamed = mode_ == backend::row_mode::streamed;
        result = streamed ? owner_.watched_row(read) : owner_.watched(read);
    }
    if (result == 0) [[likely]] {
        ++fetched_;
        return true;
    }
    if (result != MYSQL_NO_DATA) {
        // What goes wrong amid the rows of a stream the library tells of the connection only.
        auto const what = mysql_stmt_errno(handle_.get()) != 0 ? failure_of(handle_.get())
                                                               : failure_of(owner_.link());
        finish();
        owner_.fail(what, sql_);
    }
    finish();
    return false;
}

std::int64_t my_statement::affected_rows() const {
    bool const told_by_rows = writes_ && columns_.size() != 0;
    return told_by_rows ? static_cast<std::int64_t>(fetched_) : affected_;
}

std::int64_t my_statement::inserted_key() const {
    if (handle_ == nullptr)
        return 0;
    return static_cast<std::int64_t>(mysql_stmt_insert_id(handle_.get()));
}

// Whoever has had enough of a stream: the rest is read, since only that leaves the connection in
// order. A CALL has further results.
void my_statement::finish() noexcept {
    if (!open_)
        return;
    auto* const handle = handle_.get();
    open_ = false;
    if (owner_.usable()) {
        mysql_stmt_free_result(handle);
        while (mysql_stmt_more_results(handle) != 0 && mysql_stmt_next_result(handle) == 0)
            mysql_stmt_free_result(handle);
    }
    if (mode_ == backend::row_mode::streamed)
        owner_.close_stream();
}

void my_statement::fail() {
    auto const what = failure_of(handle_.get());
    if (what.number == ER_PARSE_ERROR &&
        backend::has_several_statements(sql_, owner_.dialect().family)) {
        error_details details;
        details.native_code = static_cast<int>(what.number);
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        throw usage_error("a prepared text must be one statement; execute() runs several",
                          std::move(details));
    }
    owner_.fail(what, sql_);
}

}  // namespace roam::mysql
