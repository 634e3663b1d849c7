// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>

#include <mysql.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace roam::mysql {

/// The result columns of one prepared statement, and how a row of the binary protocol becomes
/// cells: views of the bytes that arrived, through MariaDB Connector/C's callback for each column.
class column_list {
public:
    /// After each execution: the server tells the types again, and they may differ.
    void describe(MYSQL_STMT* statement);

    /// So many columns, of which nothing else is known before an execution.
    void expect(std::size_t count) { columns_.resize(count); }

    std::size_t size() const noexcept { return columns_.size(); }
    std::string const& name(std::size_t column) const { return columns_.at(column).name; }

    /// What the library is to call, with this object as the data.
    static void take(void* self, unsigned column, unsigned char** at) noexcept;

    /// Where the next row goes.
    void aim(mapping::cell* row) noexcept { row_ = row; }

private:
    enum class form : std::uint8_t {
        int8,
        uint8,
        int16,
        uint16,
        int32,
        uint32,
        int64,
        uint64,
        float32,
        float64,
        decimal,
        any_decimal,  ///< without zeros at the end
        text,
        json,
        blob,
        bits,
        date,
        timestamp,
        clock,  ///< datetime: an instant or a clock's time, as its reader says, and so text
        clock_time,
    };
    struct column {
        form how;
        std::string name;
        std::array<char, 28> memory;  ///< of a cell that is no view of what arrived
    };

    static form form_of(MYSQL_FIELD const& field);
    static mapping::cell decode(column& c, unsigned char const*& at) noexcept;
    static mapping::cell decode_sized(column& c, unsigned char const*& at) noexcept;

    std::vector<column> columns_;
    mapping::cell* row_ = nullptr;
};

}  // namespace roam::mysql
