// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/engine.hpp"
#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::odbc {

/// The parameters of one prepared statement in the form of ODBC. Text and bytes stay where the
/// caller has them.
class parameter_list {
public:
    /// `order`: which of the values each of the placeholders takes; empty: as they come.
    void describe(std::size_t placeholders, std::span<std::size_t const> order);

    /// How many values there are.
    std::size_t size() const noexcept { return count_; }

    /// Binds them; false when the driver refused. Throws conversion_error for a value that the
    /// engine cannot take.
    bool bind(SQLHSTMT statement, std::span<mapping::cell const> values, engine const& of,
              std::string_view sql);

private:
    struct slot {
        SQLSMALLINT c_type = SQL_C_CHAR;
        SQLSMALLINT sql_type = SQL_VARCHAR;
        SQLLEN size = 0;  ///< or SQL_NULL_DATA
        void const* at = nullptr;
        std::int64_t integer = 0;
        double real = 0;
        char memory[40];   ///< of a time or a UUID
        std::string text;  ///< of an array in PostgreSQL's form
    };

    std::size_t number_of(std::size_t i) const { return order_.empty() ? i : order_[i]; }
    void encode(slot& to, std::size_t number, mapping::cell const& from, engine const& of,
                std::string_view sql);
    void set_real(slot& to, std::size_t number, double value, engine const& of,
                  std::string_view sql);
    void set_time(slot& to, std::size_t number, mapping::cell const& from, engine const& of,
                  std::string_view sql);

    std::vector<slot> slots_;
    std::vector<std::size_t> order_;
    std::size_t count_ = 0;
};

}  // namespace roam::odbc
