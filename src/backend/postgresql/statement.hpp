// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/columns.hpp"
#include "backend/postgresql/connection.hpp"
#include "backend/postgresql/parameters.hpp"
#include "backend/postgresql/types.hpp"
#include <roam/backend/backend.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace roam::postgresql {

/// A name for something of a session's that no other program gives: behind a pooler a session of
/// the server's may hold another program's statements, and to run one of those in place of ours
/// would be a wrong answer without an error. Counted through the whole process, since an adopted
/// session may have been adopted before. SOCI's own names are st_1, st_2, ...
std::string next_name();

/// Prepares the text under a name, or as the unnamed statement, and answers what its parameters and
/// columns are. Throws what the server said.
result_ptr describe(pg_connection& on, std::string const& name, std::string const& sql);

/// One prepared statement: a named one of the server's, or with a pooler of transactions between,
/// where names do not last, its text and the types that the server told once.
class pg_statement final : public backend::statement {
public:
    pg_statement(pg_connection& owner, std::string_view sql, backend::row_mode mode);
    ~pg_statement() override;
    pg_statement(pg_statement const&) = delete;
    pg_statement& operator=(pg_statement const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;

    /// For pg_queue: start() in two parts. send() is false for a statement to be prepared anew.
    bool send(std::span<mapping::cell const> parameters);
    void receive(result_ptr answer);

    bool fetch(mapping::cell* row) override;
    std::int64_t affected_rows() const override;
    std::size_t rows_ahead() const noexcept override;
    void finish() noexcept override;
    std::size_t column_count() const override { return columns_.size(); }
    std::string column_name(std::size_t column) const override;
    std::size_t parameter_count() const override { return parameters_.size(); }

private:
    void prepare();
    void prepare_again();
    void encode(std::span<mapping::cell const> parameters);
    bool send_text_or_name();
    result_ptr execute();
    result_ptr execute_in_parts();
    void take(result_ptr result);
    void accept(result_ptr result) noexcept {
        row_ = 0;
        rows_ = PQntuples(result.get());
        result_ = std::move(result);
    }
    void check_columns(PGresult const* result);
    void note_other_types(PGresult const* failed);
    void recover(result_ptr failed, std::span<mapping::cell const> parameters);
    bool next_of_stream();
    void end_stream() noexcept;
    void give_up_rows() noexcept;
    result_ptr run_for_cursor(std::string const& sql, bool with_parameters);
    void open_cursor();
    void fetch_from_cursor();
    void close_cursor() noexcept;
    [[noreturn]] void fail(PGresult const* result);

    pg_connection& owner_;
    std::string sql_;
    std::string name_;
    parameter_list parameters_;
    column_list columns_;
    result_ptr result_;
    int row_ = 0;
    int rows_ = 0;
    std::int64_t affected_ = 0;
    bool const streamed_;
    bool const interleaved_;
    std::string cursor_;  ///< the name of the one that has more rows
    bool stream_open_ = false;
    bool stale_ = false;  ///< the server has lost the statement or its plan, or has other types
};

}  // namespace roam::postgresql
