// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/types.hpp"
#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roam::postgresql {

/// The columns of a result and how each becomes a cell. One per statement.
///
/// PQexecPrepared asks for one format for all columns: binary when each column's type is known
/// here, else text for all.
class column_list {
public:
    void describe(PGresult const* description);

    /// Whether a result's columns are of the described types. Their names are not looked at: to
    /// compare them took 5 % of a find by key.
    bool fit(PGresult const* result) const noexcept;

    /// Takes a result that came in format() for the description. False: there are more columns or
    /// fewer, or its binary form cannot be read; the next result can.
    bool fit_to(PGresult const* result);

    std::size_t size() const noexcept { return types_.size(); }
    std::string const& name(std::size_t column) const { return columns_[column].name; }
    int format() const noexcept { return binary_ ? 1 : 0; }

    /// Text and bytes stay in `result`; what has to be written anew lies in a buffer of the
    /// column until the next row. Throws conversion_error, which names the column.
    void decode(PGresult const* result, int row, mapping::cell* to) {
        if (binary_) [[likely]] {
            decode_binary(result, row, to);
        } else {
            decode_text_row(result, row, to);
        }
    }

private:
    struct column {
        Oid oid;
        std::string name;
        std::string buffer;
    };

    void decode_binary(PGresult const* result, int row, mapping::cell* to);
    void decode_text_row(PGresult const* result, int row, mapping::cell* to);
    mapping::cell decode_by_call(std::size_t column, char const* data, std::size_t size);
    mapping::cell decode_time(std::size_t column, char const* data, std::size_t size) const;
    mapping::cell decode_rarely(std::size_t column, std::string_view value);
    mapping::cell decode_empty(std::size_t column) const;
    [[noreturn]] void refuse(std::size_t column, std::string_view why) const;

    std::vector<wire_type> types_;  ///< apart from the rest: all that most columns need
    std::vector<column> columns_;
    bool binary_ = true;
};

/// One value in text format, as a session with DateStyle ISO sends it. False: it cannot be read.
bool decode_text(wire_type type, std::string_view text, std::string& buffer, mapping::cell& to);

/// The digits of a numeric in binary format; NaN and the infinities become a real. False: it is
/// malformed.
bool decode_numeric(char const* data, std::size_t size, std::string& buffer, mapping::cell& to);

/// An array in binary format as "[1,2,null]". False: it is malformed or has several dimensions.
bool decode_array(char const* data, std::size_t size, std::string& buffer, mapping::cell& to);

}  // namespace roam::postgresql
