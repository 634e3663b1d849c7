// SPDX-License-Identifier: MIT
#include "backend/odbc/statement.hpp"
#include "backend/refusals.hpp"

#include <utility>

namespace roam::odbc {
namespace {

SQLCHAR* characters(std::string const& text) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}

// Rows that psqlODBC asks for at once where it reads by a cursor; as many as Roam itself does.
constexpr std::int64_t portion = 256;

// psqlODBC's own attributes of a connection: "UseDeclareFetch" and "Fetch".
constexpr SQLINTEGER use_cursor_attribute = 65539;
constexpr SQLINTEGER portion_attribute = 65541;

/// While it lives psqlODBC opens what is prepared or executed on the connection by a cursor, which
/// it then goes on reading. All else it reads at once, and sends to the server prepared.
class cursor_use {
public:
    cursor_use(odbc_connection const& on, bool wanted) : link_(wanted ? on.link() : nullptr) {
        set(portion_attribute, portion);
        set(use_cursor_attribute, 1);
    }
    cursor_use(cursor_use const&) = delete;
    cursor_use& operator=(cursor_use const&) = delete;
    ~cursor_use() { set(use_cursor_attribute, 0); }

private:
    void set(SQLINTEGER attribute, std::int64_t value) noexcept {
        if (link_ != nullptr) {
            SQLSetConnectAttr(link_, attribute,
                              reinterpret_cast<SQLPOINTER>(static_cast<SQLLEN>(value)), 0);
        }
    }
    SQLHDBC link_;
};

}  // namespace

odbc_statement::odbc_statement(odbc_connection& owner, std::string_view sql, backend::row_mode mode)
    : owner_(owner),
      sql_(sql),
      sent_(backend::with_plain_placeholders(sql, owner.dialect().family)),
      mode_(mode),
      writes_(backend::writes_rows(sql)),
      // The driver writes the values of a cursor's query into its text, and knows no "$k".
      by_cursor_(mode != backend::row_mode::buffered && owner.of().is_postgresql() && !writes_ &&
                 !sent_.repeats),
      returned_(writes_ ? backend::returned_columns(sql, owner.dialect().family) : 0) {
    check_text();
    prepare();
    owner_.know(this);
}

odbc_statement::~odbc_statement() {
    owner_.forget(this);
    finish();
    // Closing a connection frees the statements it still has; the handle is then nobody's, or
    // another's.
    if (generation_ != owner_.generation() || !owner_.has_link())
        static_cast<void>(handle_.release());
}

void odbc_statement::check_text() const {
    backend::check_sql_text(sql_);
    auto const statements = backend::statements_of(sql_, owner_.dialect().family);
    error_details details;
    details.statement = sql_;
    if (statements.empty())
        throw usage_error("the SQL text is empty", std::move(details));
    if (statements.size() > 1)
        throw usage_error("a prepared text must be one statement; execute() runs several",
                          std::move(details));
    if (returned_ != 0 && !owner_.dialect().can(sql::capability::returning)) {
        throw unsupported_error(
            "the database or its ODBC driver does not return the rows of RETURNING",
            std::move(details));
    }
}

void odbc_statement::prepare() {
    handle_ = owner_.make_statement();
    auto* const handle = handle_.get();
    cursor_use const by_cursor{owner_, by_cursor_};
    SQLSMALLINT columns = 0;
    auto const result = owner_.watched(handle, [&] {
        auto const prepared =
            SQLPrepare(handle, characters(sent_.sql), static_cast<SQLINTEGER>(sent_.sql.size()));
        // psqlODBC asks the server only now.
        return SQL_SUCCEEDED(prepared) ? SQLNumResultCols(handle, &columns) : prepared;
    });
    if (!SQL_SUCCEEDED(result))
        fail_to_prepare();
    parameters_.describe(sent_.placeholders, sent_.order);
    // MariaDB tells the columns of RETURNING only when the statement is executed.
    columns_.expect(columns == 0 ? returned_ : static_cast<std::size_t>(columns));
    if (columns != 0 && !columns_.describe(handle, owner_.of()))
        fail_to_prepare();
    described_ = columns != 0;
    generation_ = owner_.generation();
    executed_ = false;
}

// The next start() prepares anew.
void odbc_statement::fail_to_prepare() {
    auto const what = owner_.failure_on(handle_.get());
    handle_.reset();
    owner_.fail(what, sql_);
}

void odbc_statement::prepare_again() {
    if (generation_ != owner_.generation())
        static_cast<void>(handle_.release());  // freed with its connection
    auto const columns = columns_.size();
    prepare();
    if (returned_ == 0)
        require_columns(columns);
}

void odbc_statement::require_columns(std::size_t expected) const {
    if (columns_.size() == expected)
        return;
    backend::throw_columns_changed(sql_, columns_.size(), expected);
}

void odbc_statement::start(std::span<mapping::cell const> parameters) {
    finish();
    owner_.check();
    if (parameters.size() != parameters_.size()) [[unlikely]] {
        backend::throw_wrong_count(sql_, parameters_.size(), parameters.size());
    }
    owner_.refuse_if_stopped(sql_);
    owner_.refuse_by_effect(sql_);
    if (handle_ == nullptr || generation_ != owner_.generation()) [[unlikely]]
        prepare_again();
    if (execute(parameters)) [[likely]]
        return;
    auto const what = owner_.failure_on(handle_.get());
    // After an error amid its rows, or a cancel, MariaDB's driver waits for the rest at the
    // statement's next execution, without end.
    if (owner_.of().is_mysql())
        handle_.reset();
    else
        SQLFreeStmt(handle_.get(), SQL_CLOSE);
    owner_.finished(*this);
    if (by_cursor_)
        owner_.undo_cursor();
    if (!executed_ || !is_stale_statement(what, owner_.of()))
        owner_.fail(what, sql_);
    recover(what, parameters);
}

bool odbc_statement::execute(std::span<mapping::cell const> parameters) {
    affected_ = fetched_ = 0;
    auto* const handle = handle_.get();
    if (!parameters_.bind(handle, parameters, owner_.of(), sql_))
        return false;
    auto const result = owner_.watched(handle, [&] {
        cursor_use const by_cursor{owner_, by_cursor_};
        return SQLExecute(handle);
    });
    if (!SQL_SUCCEEDED(result) && result != SQL_NO_DATA)
        return false;
    executed_ = true;
    owner_.note(sql_);
    // Whether the rows are all there the driver does not tell.
    if (owner_.was_broken_off() && !writes_ && columns_.size() != 0) {
        if (owner_.of().is_mysql())
            handle_.reset();
        else
            SQLFreeStmt(handle, SQL_CLOSE);
        owner_.refuse_broken_off(sql_);
    }
    if (result == SQL_NO_DATA) {  // no row matched, so that RETURNING opened no cursor
        SQLFreeStmt(handle, SQL_CLOSE);
        owner_.finished(*this);
        return true;
    }
    accept();
    return true;
}

void odbc_statement::accept() {
    auto* const handle = handle_.get();
    SQLLEN rows = 0;
    if (SQL_SUCCEEDED(SQLRowCount(handle, &rows)) && rows > 0)
        affected_ = static_cast<std::int64_t>(rows);
    SQLSMALLINT columns = 0;
    SQLNumResultCols(handle, &columns);
    if (columns == 0) {
        SQLFreeStmt(handle, SQL_CLOSE);
        owner_.finished(*this);
        return;
    }
    open_ = true;
    try {
        if (columns_.size() != static_cast<std::size_t>(columns)) {
            auto const expected = columns_.size();
            columns_.expect(static_cast<std::size_t>(columns));
            described_ = false;
            if (returned_ == 0)
                require_columns(expected);
        }
        // psqlODBC's plan is refused by the server when a type has changed; elsewhere it shows
        // here.
        bool const known = described_ && owner_.of().is_postgresql() && !by_cursor_;
        if (!known && !columns_.describe(handle, owner_.of()))
            owner_.fail(owner_.failure_on(handle), sql_);
        described_ = true;
    } catch (...) {
        finish();
        throw;
    }
    if (mode_ == backend::row_mode::streamed)
        owner_.open_stream();
}

void odbc_statement::recover(failure const& what, std::span<mapping::cell const> parameters) {
    if (owner_.transaction() != backend::transaction_state::none) {
        error_details details;
        details.native_code = what.native;
        details.sqlstate = what.sqlstate;
        details.statement = sql_;
        details.transaction_usable = false;
        owner_.fail_transaction(what);
        handle_.reset();  // to be prepared again
        throw statement_invalidated_error(
            "the prepared statement or its plan is gone, because the schema or the session was "
            "changed; repeat the transaction: " +
                what.message,
            std::move(details));
    }
    prepare_again();
    if (!execute(parameters))
        owner_.fail(owner_.failure_on(handle_.get()), sql_);
}

bool odbc_statement::fetch(mapping::cell* row) {
    if (!open_)
        return false;
    auto* const handle = handle_.get();
    try {
        owner_.require_link();
        // Elsewhere the drivers hold the rows.
        bool const asks_server = by_cursor_ && fetched_ % portion == 0;
        auto const read = [&] { return SQLFetch(handle); };
        auto const result = asks_server ? owner_.watched(handle, read) : read();
        if (SQL_SUCCEEDED(result)) [[likely]] {
            if (!columns_.decode(handle, row))
                owner_.fail(owner_.failure_on(handle), sql_);
            ++fetched_;
            return true;
        }
        if (result != SQL_NO_DATA)
            owner_.fail(owner_.failure_on(handle), sql_);
    } catch (...) {
        finish();
        if (by_cursor_)
            owner_.undo_cursor();
        throw;
    }
    finish();
    return false;
}

std::int64_t odbc_statement::affected_rows() const {
    bool const told_by_rows = writes_ && columns_.size() != 0;
    return told_by_rows ? fetched_ : affected_;
}

std::int64_t odbc_statement::inserted_key() const {
    // A trigger may have dropped the row; the key told would be another's.
    if (affected_ == 0)
        throw statement_error("the insert made no row; a trigger may have refused it");
    return std::stoll(owner_.ask(owner_.of().inserted_key_sql()));
}

void odbc_statement::finish() noexcept {
    if (!open_)
        return;
    open_ = false;
    if (generation_ == owner_.generation() && owner_.usable()) {
        while (SQL_SUCCEEDED(SQLMoreResults(handle_.get()))) {  // of a CALL
        }
        SQLFreeStmt(handle_.get(), SQL_CLOSE);
    }
    if (mode_ == backend::row_mode::streamed)
        owner_.close_stream();
    owner_.finished(*this);
}

void odbc_statement::let_go() noexcept {
    if (!open_ && generation_ == owner_.generation())
        handle_.reset();
}

}  // namespace roam::odbc
