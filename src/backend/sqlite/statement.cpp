// SPDX-License-Identifier: MIT
#include "backend/refusals.hpp"
#include "backend/sqlite/format.hpp"
#include "backend/sqlite/statement.hpp"
#include "mapping/utf8.hpp"
#include <roam/error.hpp>

#include <climits>
#include <new>
#include <span>
#include <string>
#include <utility>

// A SQLite that was compiled without threads has neither, and no mutex to call them with.
#pragma weak sqlite3_mutex_enter
#pragma weak sqlite3_mutex_leave

namespace roam::sqlite::detail {

using mapping::cell;
using mapping::cell_kind;

prepared::prepared(engine& owner, sqlite3_stmt* handle, command kind)
    : engine_(owner),
      handle_(handle),
      columns_(sqlite3_column_count(handle)),
      kind_(kind),
      counts_rows_(kind == command::change && sqlite3_stmt_readonly(handle) == 0),
      writes_(sqlite3_stmt_readonly(handle) == 0),
      parameters_(static_cast<std::size_t>(sqlite3_bind_parameter_count(handle))) {}

prepared::~prepared() {
    if (listed_) {
        prepared** at = &engine_.bound;
        while (*at != this)
            at = &(*at)->next_bound_;
        *at = next_bound_;
    }
    if (!engine_.abandoned && !engine_.is_foreign())
        sqlite3_finalize(handle_);
}

[[gnu::always_inline]] inline int prepared::bind_text(cell const& value, int number) {
    if (value.size > INT_MAX)
        refuse(number, "text of more than 2 GiB");
    holds_pointers_ = true;
    // A null pointer, which an empty string_view has, would be bound as NULL.
    return sqlite3_bind_text(handle_, number, value.size == 0 ? "" : value.text,
                             static_cast<int>(value.size), SQLITE_STATIC);
}

[[gnu::always_inline]] inline int prepared::bind_one(cell const& value, int number,
                                                     std::span<cell const> all) {
    // The usual kinds first: cheaper than the table that the switch becomes.
    if (value.kind == cell_kind::text) [[likely]] {
        if (!mapping::is_valid_text(value.as_text())) [[unlikely]]
            refuse_text(value, number);
        return bind_text(value, number);
    }
    if (value.kind == cell_kind::integer || value.kind == cell_kind::boolean)
        return sqlite3_bind_int64(handle_, number, value.integer);
    if (value.kind == cell_kind::real) {
        // SQLite would store NULL in its place.
        if (value.real != value.real) [[unlikely]]
            refuse(number, "a NaN, which SQLite cannot store");
        return sqlite3_bind_double(handle_, number, value.real);
    }
    switch (value.kind) {
        case cell_kind::null:
            return sqlite3_bind_null(handle_, number);
        case cell_kind::json:
        case cell_kind::decimal:
        case cell_kind::array:
            if (!mapping::is_valid_text(value.as_text()))
                refuse_text(value, number);
            [[fallthrough]];
        case cell_kind::unchecked_text:
            return bind_text(value, number);
        case cell_kind::blob:
            if (value.size > INT_MAX)
                refuse(number, "bytes of more than 2 GiB");
            if (value.size == 0)
                return sqlite3_bind_zeroblob(handle_, number, 0);
            holds_pointers_ = true;
            return sqlite3_bind_blob(handle_, number, value.bytes, static_cast<int>(value.size),
                                     SQLITE_STATIC);
        default:
            return bind_formatted(value, number, all);
    }
}

[[gnu::always_inline]] inline void prepared::bind(std::span<cell const> parameters) {
    scratch_used_ = 0;
    int number = 0;
    for (cell const& value : parameters) {
        int const code = bind_one(value, ++number, parameters);
        if (code != SQLITE_OK) [[unlikely]]
            fail(code);
    }
}

void prepared::start(std::span<cell const> parameters) {
    if (state_ != state::idle) [[unlikely]]
        release();
    if (parameters.size() != parameters_)
        wrong_count(parameters.size());
    deadline_ = clock::time_point::max();
    if (engine_.attention != 0) [[unlikely]] {
        if (!engine_.admit(kind_, writes_, sql()))
            return;
        if ((engine_.attention & engine::limited) != 0)
            deadline_ = engine_.deadline;
    }
    engine_.note_begin();
    bind(parameters);
    if (!step())
        return;
    // SQLite compiles anew by itself when the schema has changed, and `SELECT *` may then have
    // other columns than the caller has room for.
    if (int const now = sqlite3_column_count(handle_); now != columns_)
        columns_changed(now);
    state_ = state::first_row;
}

bool prepared::fetch(cell* row) {
    if (state_ == state::running) {
        if (!step())
            return false;
    } else if (state_ == state::first_row) {
        state_ = state::running;
    } else {
        return false;
    }
    decode(row);
    return true;
}

void prepared::finish() noexcept {
    if (state_ != state::idle) {
        release();
    } else if (holds_pointers_) {
        let_go();
    }
}

void prepared::run_blind() {
    start({});
    if (state_ == state::idle)
        return;
    while (step()) {
    }
}

std::int64_t prepared::affected_rows() const {
    if (!counts_rows_)
        return 0;
#if SQLITE_VERSION_NUMBER >= 3037000
    return sqlite3_changes64(engine_.db);
#else
    return sqlite3_changes(engine_.db);
#endif
}

std::string prepared::column_name(std::size_t column) const {
    char const* const name = sqlite3_column_name(handle_, static_cast<int>(column));
    return name == nullptr ? "" : name;
}

// True: there is a row. False: the statement has ended and is reset.
inline bool prepared::step() {
    if ((engine_.attention & engine::limited) != 0) [[unlikely]]
        engine_.deadline = deadline_;
    int const code = sqlite3_step(handle_);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) [[unlikely]]
        fail(code);
    done();
    return false;
}

inline void prepared::done() {
    // At once: a SELECT that has ended but is not reset can still hold its read transaction. The
    // parameters stay bound until finish(), so that a loop of start() alone does not pay for it.
    sqlite3_reset(handle_);
    state_ = state::idle;
    if (controls_transaction(kind_))
        engine_.note_control(kind_);
}

inline void prepared::release() noexcept {
    sqlite3_reset(handle_);
    state_ = state::idle;
    if (holds_pointers_)
        let_go();
}

// Every start() binds all parameters again, so what a finished statement still names is read by
// nobody but a stranger with the handle who asks for its expanded text. Until somebody has the
// handle, forgetting can wait for the end of the lease: an insert in a loop then never pays the 190
// instructions that sqlite3_clear_bindings() takes for 8 parameters.
inline void prepared::let_go() noexcept {
    if (engine_.exposed) {
        unbind();
    } else if (!listed_) {
        listed_ = true;
        next_bound_ = std::exchange(engine_.bound, this);
    }
}

void prepared::unbind_all(engine& of) noexcept {
    while (prepared* const p = of.bound) {
        of.bound = std::exchange(p->next_bound_, nullptr);
        p->listed_ = false;
        if (p->state_ == state::idle)
            p->unbind();
    }
}

void prepared::unbind() noexcept {
    sqlite3_clear_bindings(handle_);
    holds_pointers_ = false;
}

int prepared::bind_formatted(cell const& value, int number, std::span<cell const> all) {
    if (scratch_used_ == 0)
        reserve_scratch(all);
    char* const text = scratch_.get() + scratch_used_;
    auto const size = format(value, text);
    if (size == 0) {
        refuse(number, value.kind == cell_kind::uuid ? "a uuid that has not 16 bytes"
                                                     : "a time outside of the years 0 to 9999");
    }
    scratch_used_ += size;
    holds_pointers_ = true;
    return sqlite3_bind_text(handle_, number, text, static_cast<int>(size), SQLITE_STATIC);
}

// Bound memory must not move, so there is room for all before the first is written.
void prepared::reserve_scratch(std::span<cell const> all) {
    std::size_t count = 0;
    for (cell const& value : all) {
        count += value.kind == cell_kind::date || value.kind == cell_kind::timestamp ||
                 value.kind == cell_kind::local_timestamp || value.kind == cell_kind::uuid;
    }
    if (count * format_limit <= scratch_size_)
        return;
    scratch_ = std::make_unique<char[]>(count * format_limit);
    scratch_size_ = count * format_limit;
}

void prepared::decode(cell* row) {
    // The lock of a shared handle: values are read outside of SQLite's own calls. No-op for none.
    if (engine_.mutex != nullptr)
        sqlite3_mutex_enter(engine_.mutex);
    bool complete = true;
    for (int i = 0; i < columns_; ++i) {
        sqlite3_value* const value = sqlite3_column_value(handle_, i);
        switch (sqlite3_value_type(value)) {
            case SQLITE_INTEGER:
                row[i] = cell::of(cell_kind::integer, sqlite3_value_int64(value));
                break;
            case SQLITE_FLOAT:
                row[i] = cell::of_real(sqlite3_value_double(value));
                break;
            case SQLITE_TEXT: {
                // In this order: the text may have to be converted from UTF-16 first.
                auto const* const text = reinterpret_cast<char const*>(sqlite3_value_text(value));
                auto const size = static_cast<std::size_t>(sqlite3_value_bytes(value));
                complete &= text != nullptr;
                row[i] = cell::of_text({text, size});
                break;
            }
            case SQLITE_BLOB: {
                auto const* const bytes = static_cast<std::byte const*>(sqlite3_value_blob(value));
                auto const size = static_cast<std::size_t>(sqlite3_value_bytes(value));
                complete &= bytes != nullptr || size == 0;
                row[i] = cell::of_bytes({bytes, size});
                break;
            }
            default:
                row[i] = cell{};
        }
    }
    if (engine_.mutex != nullptr)
        sqlite3_mutex_leave(engine_.mutex);
    if (!complete) [[unlikely]] {
        release();
        throw std::bad_alloc{};
    }
}

std::string_view prepared::sql() const noexcept {
    char const* const text = sqlite3_sql(handle_);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

void prepared::fail(int code) {
    failure what;
    try {
        what = engine_.describe(code, sql(), holds_pointers_);
    } catch (...) {
        release();
        throw;
    }
    release();
    engine_.fail(std::move(what));
}

void prepared::refuse(int number, std::string_view why) {
    std::string const text{sql()};
    release();
    backend::throw_bad_parameter(text, static_cast<std::size_t>(number), why);
}

void prepared::refuse_text(cell const& value, int number) {
    refuse(number, backend::why_not_text(value.as_text()));
}

void prepared::wrong_count(std::size_t given) {
    error_details details;
    details.statement = sql();
    throw usage_error{"the statement has " + std::to_string(parameters_) + " parameters, but " +
                          std::to_string(given) + " were given",
                      std::move(details)};
}

void prepared::columns_changed(int now) {
    error_details details;
    details.statement = sql();
    auto const before = std::exchange(columns_, now);
    release();
    auto message = "the statement had " + std::to_string(before) + " columns and has " +
                   std::to_string(now) + " now, because the schema has changed";
    // A repetition would write twice.
    if (writes_)
        throw statement_error{message + "; it was executed", std::move(details)};
    throw statement_invalidated_error{message, std::move(details)};
}

}  // namespace roam::sqlite::detail
