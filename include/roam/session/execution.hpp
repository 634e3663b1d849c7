// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/mapping/cell.hpp>
#include <roam/mapping/table.hpp>
#include <roam/session/statement_slot.hpp>
#include <roam/session/target.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace roam::detail {

struct cached_statement;

/// Where an execution gets its statement: from the session's cache by the slot's identity; on a
/// miss by text, which `make` writes once per dialect. Without a slot the text depends on values
/// and is made each time.
struct statement_source {
    statement_slot* slot = nullptr;
    std::string (*make)(void const* context, sql::dialect const& d) = nullptr;
    void const* context = nullptr;
    mapping::table const* table = nullptr;  ///< for messages and the check of descriptions
    bool touches = false;                   ///< may change session state (raw SQL, never a slot)
    backend::row_mode mode = backend::row_mode::buffered;
};

/// Several statements that happen all or not at all: chooses and enters a session, begins a
/// transaction or a savepoint in it, rolls back unless committed. Thread safety: one thread.
class batch {
public:
    explicit batch(target const& on);
    /// Several statements of one session; nothing is begun yet.
    enum class transaction_use : bool { none };
    static constexpr auto without_transaction = transaction_use::none;
    batch(target const& on, transaction_use);
    batch(batch const&) = delete;
    batch& operator=(batch const&) = delete;
    ~batch();
    bool is_in_transaction() const;
    /// Begins the transaction, or a savepoint; once.
    void begin();
    /// Commits what was begun.
    void commit();
    void execute(std::string_view sql);
    /// See backend::connection.
    bool log_keys(backend::key_log* to) noexcept;
    /// What is prepared on idle sessions is prepared anew once this is committed (D36).
    void changes_schema() noexcept;
    sql::dialect const& dialect() const;

private:
    friend class execution;
    friend class pipeline;
    target::choice choice_;
    source_location where_;
    std::uint32_t level_ = 0;
    std::uint64_t serial_ = 0;
};

/// One statement on its way: chooses the session, finds the statement, binds, steps, finishes.
///
/// The session is entered from construction to destruction. The parameters' memory must live as
/// long as the execution. Thread safety: one thread.
class execution {
public:
    execution(target const& on, statement_source const& source,
              std::span<mapping::cell const> parameters);
    /// One of several on the session that a batch holds.
    execution(batch& inside, statement_source const& source,
              std::span<mapping::cell const> parameters);
    /// The next answer of a queue, to a statement that it was given.
    execution(batch& inside, backend::statement_queue& queue, cached_statement& statement,
              std::size_t parameters);
    execution(execution const&) = delete;
    execution& operator=(execution const&) = delete;
    ~execution();

    /// The next row: cells that live until the next call; false after the last, and after an error.
    bool fetch(mapping::cell* row);

    /// How many rows to make room for: those that are here already, or else as many as the same
    /// statement brought the last time, but then 65,536 at most. 0: not known.
    std::size_t rows_expected() const noexcept;

    /// Reads what is left: only then has a statement that writes succeeded.
    void drain();

    /// The same, and answers how many rows an INSERT, UPDATE or DELETE matched.
    std::int64_t affected();

    /// The generated key of the row just inserted, where the engine tells it without RETURNING.
    std::optional<std::int64_t> inserted_key() const;

    /// Throws wrong_context_error in another context than the session's owner: for whoever keeps an
    /// execution between calls.
    void check_owner() const;

    /// Adds the user's line and the statement to an error about this execution's rows.
    void explain(error& e) const noexcept;

    std::size_t column_count() const;
    std::string column_name(std::size_t column) const;
    sql::dialect const& dialect() const;

private:
    friend class interleaved_execution;
    friend class local_execution;

    /// What an observer is told of one.
    struct course {
        std::size_t parameters = 0;
        std::int64_t rows = 0;
        std::chrono::steady_clock::time_point started{};
    };
    execution(target::choice const& entered, source_location const& where,
              cached_statement* statement, course const& so_far);

    // For an execution that had no object: in a catch block, and at its end.
    [[noreturn]] static void fail(target::choice entered, source_location const& where,
                                  cached_statement* statement, course const& so_far);
    static void finish(target::choice entered, source_location const& where,
                       cached_statement* statement, course const& so_far) noexcept;
    static std::size_t rows_expected(cached_statement const& of) noexcept;

    void start(statement_source const& source, std::span<mapping::cell const> parameters);
    [[noreturn]] void rethrow_with_context();
    void done() noexcept;
    void finish_watched() noexcept;

    target::choice choice_;
    bool borrowed_ = false;  ///< the session is a batch's: not left at the end
    cached_statement* statement_ = nullptr;
    source_location where_;
    course course_;
    bool failed_ = false;
    backend::row_mode mode_ = backend::row_mode::buffered;
};

}  // namespace roam::detail
