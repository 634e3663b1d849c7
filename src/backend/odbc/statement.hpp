// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/columns.hpp"
#include "backend/odbc/connection.hpp"
#include "backend/odbc/parameters.hpp"
#include "backend/sql_text.hpp"
#include <roam/backend/backend.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace roam::odbc {

/// One SQLHSTMT on the connection of SOCI's session: SOCI's own statements cut text at a NUL byte
/// and bind by name only.
class odbc_statement final : public backend::statement {
public:
    odbc_statement(odbc_connection& owner, std::string_view sql, backend::row_mode mode);
    ~odbc_statement() override;
    odbc_statement(odbc_statement const&) = delete;
    odbc_statement& operator=(odbc_statement const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;
    bool fetch(mapping::cell* row) override;
    std::int64_t affected_rows() const override;
    std::int64_t inserted_key() const override;
    void finish() noexcept override;
    std::size_t column_count() const override { return columns_.size(); }
    std::string column_name(std::size_t column) const override { return columns_.name(column); }
    std::size_t parameter_count() const override { return parameters_.size(); }

    /// Gives the handle back unless a result is open; the next start() prepares anew.
    void let_go() noexcept;

private:
    void check_text() const;
    void prepare();
    void prepare_again();
    [[noreturn]] void fail_to_prepare();
    bool execute(std::span<mapping::cell const> parameters);
    void recover(failure const& what, std::span<mapping::cell const> parameters);
    void accept();
    void require_columns(std::size_t expected) const;

    odbc_connection& owner_;
    std::string sql_;
    backend::plain_text sent_;
    backend::row_mode const mode_;
    bool const writes_;
    bool const by_cursor_;        ///< psqlODBC reads the rows in portions
    std::size_t const returned_;  ///< columns of RETURNING, as far as the text tells
    statement_handle handle_;
    std::uint64_t generation_ = 0;
    parameter_list parameters_;
    column_list columns_;
    std::int64_t affected_ = 0;
    std::int64_t fetched_ = 0;
    bool open_ = false;      ///< a result is there
    bool executed_ = false;  ///< once, so that it was right when it was prepared
    bool described_ = false;
};

}  // namespace roam::odbc
