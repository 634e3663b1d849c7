// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/connection.hpp"
#include "backend/postgresql/parameters.hpp"
#include <roam/backend/backend.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::postgresql {

/// COPY ... FROM STDIN in binary form, which is row_mode::copied.
///
/// The server does not convert what is copied: a value must have its column's type. So the types
/// are asked for before each COPY, in the transaction of it, where the question has locked the
/// table against a change of them. All rows are encoded before the first is sent: a value that is
/// refused is found while nothing has happened.
class pg_copy final : public backend::statement {
public:
    pg_copy(pg_connection& owner, std::string_view sql) : owner_(owner), sql_(sql) {}

    void start(std::span<mapping::cell const> columns) override;
    bool fetch(mapping::cell*) override { return false; }
    std::int64_t affected_rows() const override { return rows_; }
    void finish() noexcept override {}
    std::size_t column_count() const override { return 0; }
    std::string column_name(std::size_t) const override { return {}; }
    std::size_t parameter_count() const override { return columns_.size(); }

private:
    void ask_types(std::size_t columns);
    void encode(std::span<mapping::cell const> columns);
    void send();
    [[noreturn]] void refuse(std::string_view why) const;

    pg_connection& owner_;
    std::string sql_;
    std::vector<parameter_list> columns_;  ///< each a list of one
    std::string rows_as_sent_;
    std::int64_t rows_ = 0;
};

}  // namespace roam::postgresql
