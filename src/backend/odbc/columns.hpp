// SPDX-License-Identifier: MIT
#pragma once

#include "backend/odbc/engine.hpp"
#include <roam/mapping/cell.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roam::odbc {

/// The result columns of one prepared statement, and how a row becomes cells: views of buffers that
/// the driver fills.
class column_list {
public:
    /// So many columns, of which nothing else is known before an execution.
    void expect(std::size_t count);

    /// Asks the driver for names and types and gives it the buffers; false when it refused.
    bool describe(SQLHSTMT statement, engine const& of);

    /// Forgets what is bound, so that describe() binds anew.
    void unbind() noexcept;

    std::size_t size() const noexcept { return columns_.size(); }
    std::string const& name(std::size_t column) const { return columns_.at(column).name; }

    /// The row that the driver has just fetched. What was longer than its buffer is asked for once
    /// more; false when the driver refused that.
    bool decode(SQLHSTMT statement, mapping::cell* row);

private:
    enum class form : std::uint8_t {
        integer,
        float32,
        float64,
        digits,   ///< an unsigned integer of 64 bits
        boolean,  ///< "0" or "1"
        decimal,
        any_decimal,  ///< without zeros at the end
        text,
        blob,
        bits,
        date,
        timestamp,
        local_timestamp,
        uuid,
        // SQLite stores any value in any column, and its driver writes all of them as text.
        sqlite_number,
        sqlite_blob,
        sqlite_unknown,  ///< an expression, of which the driver knows no type
    };
    struct column {
        form how = form::text;
        std::string name;
        SQLSMALLINT c_type = SQL_C_CHAR;
        SQLLEN size = 0;  ///< of the value, or SQL_NULL_DATA
        std::vector<char> buffer;
        std::vector<char> more;  ///< a value that did not fit
        std::array<char, 16> bytes;
    };

    static form form_of(SQLSMALLINT type, std::string_view type_name, SQLSMALLINT digits,
                        bool is_unsigned, bool is_expression, engine const& of);
    static bool refetch(SQLHSTMT statement, SQLUSMALLINT number, column& c);
    static mapping::cell decode(column& c);
    static mapping::cell decode_text(column& c, std::string_view text);
    static mapping::cell decode_sqlite(column& c, std::string_view text);

    std::vector<column> columns_;
    bool bound_ = false;
};

}  // namespace roam::odbc
