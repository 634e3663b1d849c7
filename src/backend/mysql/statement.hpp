// SPDX-License-Identifier: MIT
#pragma once

#include "backend/mysql/columns.hpp"
#include "backend/mysql/connection.hpp"
#include "backend/mysql/parameters.hpp"
#include "backend/sql_text.hpp"
#include <roam/backend/backend.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace roam::mysql {

/// One statement of the prepared protocol, on the MYSQL of SOCI's session: SOCI's own statements
/// put values into the text and read every result as text.
class my_statement final : public backend::statement {
public:
    my_statement(my_connection& owner, std::string_view sql, backend::row_mode mode);
    ~my_statement() override;
    my_statement(my_statement const&) = delete;
    my_statement& operator=(my_statement const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;
    bool fetch(mapping::cell* row) override;
    std::size_t rows_ahead() const noexcept override;
    std::int64_t affected_rows() const override;
    std::int64_t inserted_key() const override;
    void finish() noexcept override;
    std::size_t column_count() const override { return columns_.size(); }
    std::string column_name(std::size_t column) const override { return columns_.name(column); }
    std::size_t parameter_count() const override { return parameters_.size(); }

private:
    struct closer {
        void operator()(MYSQL_STMT* handle) const noexcept { mysql_stmt_close(handle); }
    };

    void prepare();
    void prepare_again();
    void recover(std::span<mapping::cell const> parameters);
    bool run(std::span<mapping::cell const> parameters);
    int execute() noexcept;
    void accept();
    void refuse_broken_off();
    bool has_cursor() const noexcept;
    [[noreturn]] void fail();

    my_connection& owner_;
    std::string sql_;
    backend::plain_text sent_;
    backend::row_mode const mode_;
    bool const writes_;
    std::size_t const returned_;  ///< columns of RETURNING, as far as the text tells
    std::unique_ptr<MYSQL_STMT, closer> handle_;
    std::uint64_t generation_ = 0;
    parameter_list parameters_;
    column_list columns_;
    std::int64_t affected_ = 0;
    std::uint64_t rows_ = 0;     ///< of the result, where the client holds it
    std::uint64_t fetched_ = 0;  ///< of them
    bool open_ = false;          ///< a result is there, or is coming
    bool stale_ = false;         ///< to be prepared again
};

}  // namespace roam::mysql
