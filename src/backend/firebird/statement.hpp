// SPDX-License-Identifier: MIT
#pragma once

#include "backend/firebird/columns.hpp"
#include "backend/firebird/connection.hpp"
#include "backend/firebird/parameters.hpp"
#include "backend/sql_text.hpp"
#include <roam/backend/backend.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::firebird {

/// One statement of the library's own interface, on the attachment of SOCI's session: SOCI's own
/// statements have no 64-bit columns, no booleans, and a transaction that they do not show.
class fb_statement final : public backend::statement {
public:
    fb_statement(fb_connection& owner, std::string_view sql, backend::row_mode mode);
    ~fb_statement() override;
    fb_statement(fb_statement const&) = delete;
    fb_statement& operator=(fb_statement const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;
    bool fetch(mapping::cell* row) override;
    std::int64_t affected_rows() const override { return affected_; }
    void finish() noexcept override;
    std::size_t column_count() const override { return columns_.size(); }
    std::string column_name(std::size_t column) const override { return columns_.name(column); }
    std::size_t parameter_count() const override { return parameters_.size(); }

private:
    using time_point = std::chrono::steady_clock::time_point;

    void prepare();
    bool prepare_in(place at);
    void prepare_again();
    void drop() noexcept;
    void read_type();
    bool is_control() const noexcept;
    bool is_query() const noexcept;
    bool may_change_schema() const noexcept;
    bool changes_rows() const noexcept;

    /// False: it met a conflict, and is to be run once more.
    bool run(std::span<mapping::cell const> parameters, time_point since);
    bool execute(std::span<mapping::cell const> parameters, place at);
    void keep_row(place at);
    void accept(place at);
    std::int64_t count_rows();
    place where() noexcept;
    void commit_alone();
    void end_alone() noexcept;

    /// Ends the execution, but keeps the statement from the neighbours.
    void close() noexcept;
    [[noreturn]] void fail();

    fb_connection& owner_;
    std::string sql_;
    backend::plain_text sent_;
    backend::row_mode const mode_;
    prepared prepared_;
    std::uint64_t generation_ = 0;
    int type_ = 0;             ///< isc_info_sql_stmt_...
    bool reads_only_ = true;   ///< as far as its type tells, and until the engine says otherwise
    isc_tr_handle alone_ = 0;  ///< the transaction of its own
    parameter_list parameters_;
    column_list columns_;
    std::vector<mapping::cell> kept_;  ///< the one row of a statement that writes
    std::int64_t affected_ = 0;
    bool has_kept_ = false;
    bool open_ = false;  ///< a cursor is there
};

}  // namespace roam::firebird
