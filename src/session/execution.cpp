// SPDX-License-Identifier: MIT
#include "session/local_execution.hpp"
#include <roam/error.hpp>

#include <algorithm>

namespace roam::detail {
namespace {

cached_statement* prepare(slot& s, std::string_view text, std::uint64_t key,
                          backend::row_mode mode) {
    return s.statements->add(s.connection->prepare(text, mode), text, key);
}

/// What an execution is left with after an error: nothing to read any more.
class ended_statement final : public backend::statement {
public:
    void start(std::span<mapping::cell const>) override {
        throw usage_error("the statement has ended with an error");
    }
    bool fetch(mapping::cell*) override { return false; }
    std::int64_t affected_rows() const override { return 0; }
    void finish() noexcept override {}
    std::size_t column_count() const override { return 0; }
    std::string column_name(std::size_t) const override { return {}; }
    std::size_t parameter_count() const override { return 0; }
};

cached_statement* ended() {
    static auto* const one = [] {
        auto* const c = new cached_statement;
        c->statement = std::make_unique<ended_statement>();
        return c;
    }();
    return one;
}

}  // namespace

cached_statement* prepare_statement(slot& s, statement_source const& source) {
    sql::dialect const& d = s.connection->dialect();
    if (source.table)
        mapping::register_description(*source.table);
    if (!source.slot) {
        if (source.touches)
            s.touched = true;
        std::string const text = source.make(source.context, d);
        std::uint64_t const key = statement_cache::key_of(text, source.mode);
        if (auto* const c = s.statements->find(text, key))
            return c;
        return prepare(s, text, key, source.mode);
    }
    statement_text const* text = source.slot->find(d);
    if (!text)
        text = &source.slot->add(d, source.make(source.context, d));
    return prepare(s, text->sql, source.slot->identity(), source.mode);
}

// A SELECT * of a table that grew; the backend has it prepared anew already (D36).
void start_again(slot& s, backend::statement& statement, statement_invalidated_error const& e,
                 std::span<mapping::cell const> parameters) {
    bool const alone = s.connection->transaction() == backend::transaction_state::none;
    if (!e.transaction_usable() || !alone)
        throw;
    statement.start(parameters);
}

std::int64_t drain_rows(backend::statement& of) {
    constexpr std::size_t usual = 16;
    mapping::cell few[usual];
    std::vector<mapping::cell> many;
    std::size_t const columns = of.column_count();
    if (columns > usual)
        many.resize(columns);
    std::int64_t rows = 0;
    while (of.fetch(columns > usual ? many.data() : few))
        ++rows;
    return rows;
}

batch::batch(target const& on) : batch(on, without_transaction) { begin(); }

batch::batch(target const& on, transaction_use) : choice_(on.enter()), where_(on.where()) {}

batch::~batch() {
    if (level_ != 0)
        abandon_level(*choice_.slot, {level_, serial_}, where_);
    target::leave(choice_);
}

bool batch::is_in_transaction() const { return detail::is_in_transaction(*choice_.slot); }

void batch::begin() {
    if (level_ != 0)
        return;
    auto const mark = begin_level(*choice_.slot, {}, where_);
    level_ = mark.level;
    serial_ = mark.serial;
}

void batch::commit() {
    if (level_ == 0)
        return;
    check_innermost(*choice_.slot, {level_, serial_});
    commit_level(*choice_.slot, {level_, serial_}, where_);
    level_ = 0;
}

void batch::execute(std::string_view sql) { run_command(*choice_.slot, sql, where_); }

void batch::changes_schema() noexcept { choice_.slot->schema_changed = true; }

bool batch::log_keys(backend::key_log* to) noexcept {
    return choice_.slot->connection->log_keys(to);
}

sql::dialect const& batch::dialect() const { return choice_.slot->connection->dialect(); }

execution::execution(target const& on, statement_source const& source,
                     std::span<mapping::cell const> parameters)
    : choice_(on.enter_here()),
      where_(on.where()),
      mode_(source.mode) {
    start(source, parameters);
    if (mode_ == backend::row_mode::streamed)
        choice_.slot->streaming.store(true);
}

execution::execution(batch& inside, statement_source const& source,
                     std::span<mapping::cell const> parameters)
    : choice_(inside.choice_),
      borrowed_(true),
      where_(inside.where_) {
    start(source, parameters);
}

execution::execution(batch& inside, backend::statement_queue& queue, cached_statement& statement,
                     std::size_t parameters)
    : choice_(inside.choice_),
      borrowed_(true),
      statement_(&statement),
      where_(inside.where_),
      course_{.parameters = parameters} {
    statement_->running = true;
    if (choice_.slot->watch)
        course_.started = std::chrono::steady_clock::now();
    try {
        queue.receive(*statement_->statement);
    } catch (...) {
        rethrow_with_context();
    }
}

execution::execution(target::choice const& entered, source_location const& where,
                     cached_statement* statement, course const& so_far)
    : choice_(entered),
      statement_(statement),
      where_(where),
      course_(so_far) {}

[[gnu::always_inline]] inline void execution::start(statement_source const& source,
                                                    std::span<mapping::cell const> parameters) {
    slot& s = *choice_.slot;
    course_.parameters = parameters.size();
    if (s.watch) [[unlikely]]
        course_.started = std::chrono::steady_clock::now();
    try {
        statement_ = find_statement(s, source);
        start_statement(s, *statement_->statement, parameters, where_);
    } catch (...) {
        rethrow_with_context();
    }
}

bool execution::fetch(mapping::cell* row) {
    try {
        bool const found = statement_->statement->fetch(row);
        course_.rows += found;
        return found;
    } catch (...) {
        rethrow_with_context();
    }
}

std::size_t execution::rows_expected() const noexcept { return rows_expected(*statement_); }

std::size_t execution::rows_expected(cached_statement const& of) noexcept {
    constexpr std::int64_t most_guessed = 65'536;
    if (std::size_t const ahead = of.statement->rows_ahead(); ahead != 0)
        return ahead;
    return static_cast<std::size_t>(std::min(of.rows_before, most_guessed));
}

void execution::drain() {
    if (!statement_->has_rows)
        return;
    try {
        course_.rows += drain_rows(*statement_->statement);
    } catch (...) {
        rethrow_with_context();
    }
}

std::int64_t execution::affected() {
    drain();
    course_.rows = statement_->statement->affected_rows();
    return course_.rows;
}

std::optional<std::int64_t> execution::inserted_key() const {
    // The text of an insert has RETURNING exactly where the engine needs it.
    if (statement_->has_rows)
        return std::nullopt;
    return statement_->statement->inserted_key();
}

void execution::explain(error& e) const noexcept {
    e.locate(where_, statement_ ? std::string_view{statement_->sql} : std::string_view{});
}

std::size_t execution::column_count() const { return statement_->statement->column_count(); }

std::string execution::column_name(std::size_t column) const {
    return statement_->statement->column_name(column);
}

void execution::check_owner() const {
    slot const* const s = choice_.slot;
    if (!s || s->owner.load(std::memory_order_relaxed) == current_context().identity())
        return;
    s->throw_not_owner(s->generation.load(std::memory_order_relaxed));
}

sql::dialect const& execution::dialect() const { return choice_.slot->connection->dialect(); }

execution::~execution() {
    if (choice_.slot)
        done();
}

void execution::done() noexcept {
    slot& s = *choice_.slot;
    bool const streamed = mode_ == backend::row_mode::streamed;
    if (streamed && s.process.load() != process_generation())
        s.connection->abandon();
    if (statement_) {
        if (s.watch) [[unlikely]] {
            finish_watched();
        } else {
            statement_->statement->finish();
        }
        release_statement(s, statement_, course_.rows);
    }
    choice_.slot = nullptr;
    if (borrowed_)
        return;
    if (streamed && s.end_stream())
        return s.hand_back();
    if (choice_.leased || choice_.limit != 0)
        return target::leave({&s, choice_.leased, choice_.limit});
    s.leave();
    if (streamed)
        run_hooks(s);  // of a transaction that waited for the stream's end
}

void execution::finish_watched() noexcept {
    if (!statement_->has_rows && !failed_)
        course_.rows = statement_->statement->affected_rows();
    statement_->statement->finish();
    tell_statement(*choice_.slot, {statement_->sql, course_.parameters,
                                   std::chrono::steady_clock::now() - course_.started, course_.rows,
                                   failed_, choice_.slot->number});
}

void execution::fail(target::choice entered, source_location const& where,
                     cached_statement* statement, course const& so_far) {
    execution{entered, where, statement, so_far}.rethrow_with_context();
}

void execution::finish(target::choice entered, source_location const& where,
                       cached_statement* statement, course const& so_far) noexcept {
    execution{entered, where, statement, so_far};
}

/// In a catch block: the error goes on with the statement and the user's line, and the execution is
/// over. A destructor does not run after a constructor that throws, so this lets go of everything.
void execution::rethrow_with_context() {
    if (!choice_.slot)
        throw;  // it was over before
    slot& s = *choice_.slot;
    failed_ = true;
    std::string const sql = statement_ ? statement_->sql : std::string{};
    try {
        rethrow_noting(s, sql, where_);
    } catch (...) {
        done();
        statement_ = ended();
        throw;
    }
}

}  // namespace roam::detail
