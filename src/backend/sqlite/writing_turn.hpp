// SPDX-License-Identifier: MIT
#pragma once

#include "backend/sqlite/statement.hpp"
#include "backend/sqlite/writer_line.hpp"

#include <memory>
#include <string>
#include <utility>

namespace roam::sqlite::detail {

/// A connection's part in the line of its database (options::one_writer): it is taken before a
/// statement that writes, BEGIN IMMEDIATE is one, and given back when no transaction is open.
///
/// Thread safety: as its connection.
class writing_turn {
public:
    writing_turn(engine& of, std::shared_ptr<writer_line> line);
    writing_turn(writing_turn const&) = delete;
    writing_turn& operator=(writing_turn const&) = delete;
    ~writing_turn();

    /// Throws what a wait for SQLite's own lock does: busy_error, timeout_error, cancelled_error.
    void before(prepared const& next);
    void after() noexcept;

private:
    void wait(prepared const& next);

    engine& engine_;
    std::shared_ptr<writer_line> const line_;
    bool mine_ = false;
};

/// A statement of a connection that writes in turn.
class statement_in_turn final : public backend::statement {
public:
    statement_in_turn(writing_turn& turn, std::unique_ptr<prepared> inner)
        : turn_(turn),
          inner_(std::move(inner)) {}
    ~statement_in_turn() override;
    statement_in_turn(statement_in_turn const&) = delete;
    statement_in_turn& operator=(statement_in_turn const&) = delete;

    void start(std::span<mapping::cell const> parameters) override;
    bool fetch(mapping::cell* row) override;
    std::int64_t affected_rows() const override { return inner_->affected_rows(); }
    std::int64_t inserted_key() const override { return inner_->inserted_key(); }
    void finish() noexcept override;
    std::size_t column_count() const override { return inner_->column_count(); }
    std::string column_name(std::size_t column) const override {
        return inner_->column_name(column);
    }
    std::size_t parameter_count() const override { return inner_->parameter_count(); }

private:
    writing_turn& turn_;
    std::unique_ptr<prepared> inner_;
};

}  // namespace roam::sqlite::detail
