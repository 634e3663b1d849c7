// SPDX-License-Identifier: MIT
#pragma once

#include "backend/firebird/blob.hpp"
#include "backend/firebird/parameters.hpp"
#include <roam/mapping/cell.hpp>

#include <ibase.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace roam::firebird {

// By rdb$character_sets.
inline constexpr int charset_octets = 1;
inline constexpr int charset_utf8 = 4;
inline constexpr std::size_t bytes_per_character = 4;

inline constexpr int days_before_1970 = 40587;  // since 1858-11-17
inline constexpr std::int64_t microseconds_per_tick = 100;

/// The result columns of one prepared statement, and how a row becomes cells: views of the memory
/// that the library writes to.
class column_list {
public:
    /// False with the reason in `status`.
    bool describe(isc_stmt_handle* statement, ISC_STATUS* status);

    std::size_t size() const noexcept { return columns_.size(); }
    std::string const& name(std::size_t column) const { return columns_.at(column).name; }

    bool has_blobs() const noexcept { return has_blobs_; }

    /// What the library fills with each row.
    XSQLDA* block() noexcept { return block_.get(); }

    /// The row as cells, which reads its BLOBs. False with the reason in `status`.
    bool decode(mapping::cell* row, place at, ISC_STATUS* status);

private:
    struct column {
        std::string name;
        std::string blob;
        std::array<char, 32> memory;  ///< of a cell that is no view of what arrived
        short null = 0;
    };

    mapping::cell decode_one(std::size_t i);
    mapping::cell text(XSQLVAR const& from, char const* at, std::size_t size) const;
    mapping::cell number(std::size_t i, std::int64_t value);

    descriptor block_;
    std::vector<column> columns_;
    std::vector<std::max_align_t> data_;
    bool has_blobs_ = false;
};

}  // namespace roam::firebird
