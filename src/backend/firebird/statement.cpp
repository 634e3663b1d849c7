// SPDX-License-Identifier: MIT
#include "backend/firebird/statement.hpp"
#include "backend/refusals.hpp"

#include <algorithm>
#include <utility>

namespace roam::firebird {
namespace {

using clock = std::chrono::steady_clock;

// Items of isc_info_... are a byte, two bytes of length, and a little-endian number.
std::int64_t number_at(char const* item) {
    auto const size = static_cast<short>(isc_vax_integer(item + 1, 2));
    return isc_portable_integer(reinterpret_cast<ISC_UCHAR const*>(item + 3), size);
}

}  // namespace

fb_statement::fb_statement(fb_connection& owner, std::string_view sql, backend::row_mode mode)
    : owner_(owner),
      sql_(sql),
      sent_(backend::with_plain_placeholders(sql, owner.dialect().family)),
      mode_(mode) {
    backend::check_sql_text(sql);
    try {
        prepare();
        owner_.statements().add(prepared_);
        owner_.statements().give_back(prepared_);
    } catch (...) {
        drop();
        throw;
    }
}

fb_statement::~fb_statement() {
    finish();
    owner_.statements().remove(prepared_);
    drop();
}

void fb_statement::drop() noexcept {
    ISC_STATUS_ARRAY ignored;
    if (prepared_.handle != 0 && owner_.usable() && generation_ == owner_.generation())
        isc_dsql_free_statement(ignored, &prepared_.handle, DSQL_drop);
    prepared_.handle = 0;
}

place fb_statement::where() noexcept {
    auto* const outer = owner_.transaction_handle();
    return {owner_.database(), alone_ != 0 ? &alone_ : outer};
}

void fb_statement::prepare() {
    generation_ = owner_.generation();
    if (*owner_.transaction_handle() == 0 &&
        !owner_.begin_alone(alone_, alone_kind::reads, owner_.status()))
        fail();
    bool const done = prepare_in(where());
    if (!done)
        fail();
    end_alone();
}

bool fb_statement::prepare_in(place at) {
    auto* const status = owner_.status();
    isc_dsql_allocate_statement(status, at.database, &prepared_.handle);
    if (is_error(status))
        return false;
    bool const prepared = owner_.watched([&] {
        isc_dsql_prepare(status, at.transaction, &prepared_.handle, 0, sent_.sql.c_str(),
                         SQL_DIALECT_V6, nullptr);
    });
    if (!prepared)
        return false;
    read_type();
    return !is_error(status) && parameters_.describe(&prepared_.handle, sent_.order, status) &&
           columns_.describe(&prepared_.handle, status);
}

void fb_statement::read_type() {
    char const item = isc_info_sql_stmt_type;
    char answer[16] = {};
    isc_dsql_sql_info(owner_.status(), &prepared_.handle, 1, &item, sizeof answer, answer);
    type_ = static_cast<int>(number_at(answer));
    reads_only_ = is_query();
}

bool fb_statement::is_control() const noexcept {
    return type_ == isc_info_sql_stmt_start_trans || type_ == isc_info_sql_stmt_commit ||
           type_ == isc_info_sql_stmt_rollback;
}

bool fb_statement::is_query() const noexcept {
    return type_ == isc_info_sql_stmt_select || type_ == isc_info_sql_stmt_select_for_upd;
}

// A block may hold DDL, as those that schema::create_statements() writes.
bool fb_statement::may_change_schema() const noexcept {
    return type_ == isc_info_sql_stmt_ddl || sql_.find("EXECUTE STATEMENT") != std::string::npos;
}

bool fb_statement::changes_rows() const noexcept {
    return type_ == isc_info_sql_stmt_insert || type_ == isc_info_sql_stmt_update ||
           type_ == isc_info_sql_stmt_delete || type_ == isc_info_sql_stmt_exec_procedure;
}

void fb_statement::prepare_again() {
    auto const columns = columns_.size();
    drop();
    prepare();
    if (columns_.size() != columns)
        backend::throw_columns_changed(sql_, columns_.size(), columns);
}

void fb_statement::start(std::span<mapping::cell const> parameters) {
    finish();
    owner_.check_link();
    if (parameters.size() != parameters_.size()) [[unlikely]] {
        backend::throw_wrong_count(sql_, parameters_.size(), parameters.size());
    }
    owner_.refuse_if_stopped(sql_);
    owner_.statements().take(prepared_);
    try {
        if (generation_ != owner_.generation() || prepared_.handle == 0) [[unlikely]]
            prepare_again();
        affected_ = 0;
        if (is_control()) {
            owner_.control(sql_);
        } else {
            auto const since = clock::now();
            while (!run(parameters, since)) {
            }
        }
    } catch (...) {
        finish();
        throw;
    }
    if (!open_)
        owner_.statements().give_back(prepared_);
    if (mode_ == backend::row_mode::streamed && open_)
        owner_.open_stream();
}

bool fb_statement::run(std::span<mapping::cell const> parameters, time_point since) {
    bool const alone = *owner_.transaction_handle() == 0;
    if (may_change_schema())
        owner_.begin_schema_change(sql_);
    auto const kind = !reads_only_           ? alone_kind::writes
                      : columns_.has_blobs() ? alone_kind::reads_blobs
                                             : alone_kind::reads;
    if (alone && !owner_.begin_alone(alone_, kind, owner_.status()))
        fail();
    bool done = false;
    try {
        done = execute(parameters, where());
        if (done)
            accept(where());
    } catch (...) {
        close();
        throw;
    }
    if (done)
        return true;
    auto const what = failure_of(owner_.status());
    close();
    if (alone && reads_only_ && what.has(isc_read_only_trans)) {
        reads_only_ = false;  // a procedure that writes
        return false;
    }
    if (!what.is_conflict())
        owner_.fail(what, sql_);
    if (!owner_.may_repeat(since))
        owner_.fail_conflict(what, sql_, since);
    return false;
}

bool fb_statement::execute(std::span<mapping::cell const> parameters, place at) {
    auto* const status = owner_.status();
    if (!parameters_.encode(parameters, sql_, at, status))
        return false;
    return owner_.watched([&] {
        if (is_query() || columns_.size() == 0)
            isc_dsql_execute(status, at.transaction, &prepared_.handle, SQLDA_VERSION1,
                             parameters_.block());
        else
            isc_dsql_execute2(status, at.transaction, &prepared_.handle, SQLDA_VERSION1,
                              parameters_.block(), columns_.block());
    });
}

void fb_statement::accept(place at) {
    if (is_query()) {
        open_ = true;
        return;
    }
    if (changes_rows())
        affected_ = count_rows();
    if (columns_.size() != 0)
        keep_row(at);
    if (alone_ != 0)
        commit_alone();
}

// RETURNING of a statement that found no row brings one of NULLs. What else has columns here is a
// procedure, which counts no rows.
void fb_statement::keep_row(place at) {
    has_kept_ = affected_ != 0 || !backend::writes_rows(sql_);
    if (!has_kept_)
        return;
    kept_.resize(columns_.size());
    if (!columns_.decode(kept_.data(), at, owner_.status()))
        fail();
}

std::int64_t fb_statement::count_rows() {
    char const item = isc_info_sql_records;
    char answer[64] = {};
    isc_dsql_sql_info(owner_.status(), &prepared_.handle, 1, &item, sizeof answer, answer);
    if (is_error(owner_.status()))
        fail();
    std::int64_t count = 0;
    for (char const* at = answer + 3; *at != isc_info_end; at += 3 + isc_vax_integer(at + 1, 2)) {
        if (*at != isc_info_req_select_count)
            count += number_at(at);
    }
    return count;
}

bool fb_statement::fetch(mapping::cell* row) {
    if (std::exchange(has_kept_, false)) {
        std::copy(kept_.begin(), kept_.end(), row);
        return true;
    }
    if (!open_)
        return false;
    auto* const status = owner_.status();
    ISC_STATUS result = 0;
    try {
        owner_.require_link();
        bool const done = owner_.watched_row([&] {
            result = isc_dsql_fetch(status, &prepared_.handle, SQLDA_VERSION1, columns_.block());
            if (result == 0)
                columns_.decode(row, where(), status);
        });
        constexpr ISC_STATUS no_more_rows = 100;
        if (result != no_more_rows && !done)
            fail();
        if (result != no_more_rows)
            return true;
        if (alone_ != 0 && !reads_only_)
            commit_alone();
    } catch (...) {
        finish();
        throw;
    }
    finish();
    return false;
}

void fb_statement::commit_alone() {
    if (!owner_.commit(alone_))
        fail();
}

void fb_statement::end_alone() noexcept {
    ISC_STATUS_ARRAY ignored;
    if (alone_ != 0 && owner_.usable())
        isc_rollback_transaction(ignored, &alone_);
    alone_ = 0;
    if (may_change_schema() && *owner_.transaction_handle() == 0)
        owner_.end_schema_change();
}

void fb_statement::finish() noexcept {
    close();
    owner_.statements().give_back(prepared_);
}

void fb_statement::close() noexcept {
    has_kept_ = false;
    if (std::exchange(open_, false)) {
        ISC_STATUS_ARRAY ignored;
        if (owner_.usable())
            isc_dsql_free_statement(ignored, &prepared_.handle, DSQL_close);
        if (mode_ == backend::row_mode::streamed)
            owner_.close_stream();
    }
    end_alone();
}

void fb_statement::fail() {
    auto const what = failure_of(owner_.status());
    end_alone();
    bool const unknown_token = what.sqlstate == "42000";
    if (unknown_token && backend::has_several_statements(sql_, owner_.dialect().family)) {
        error_details details;
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        throw usage_error("a prepared text must be one statement; execute() runs several",
                          std::move(details));
    }
    owner_.fail(what, sql_);
}

}  // namespace roam::firebird
