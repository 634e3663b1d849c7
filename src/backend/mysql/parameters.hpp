// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>

#include <mysql.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace roam::mysql {

/// The parameters of one prepared statement in the form of the client library. Text and bytes stay
/// where the caller has them.
class parameter_list {
public:
    /// `order`: which of the values each placeholder takes; empty: as they come.
    void describe(MYSQL_STMT* statement, std::span<std::size_t const> order);

    /// How many values there are.
    std::size_t size() const noexcept { return count_; }

    /// Throws conversion_error for a value that MySQL cannot take.
    void encode(std::span<mapping::cell const> values, std::string_view sql);

    /// Gives them to the statement, which copies what is here.
    bool bind(MYSQL_STMT* statement) {
        return mysql_stmt_bind_param(statement, binds_.data()) == 0;
    }

private:
    union value {
        std::int64_t integer;
        double real;
        MYSQL_TIME time;
        char uuid[36];
    };

    std::size_t number_of(std::size_t i) const { return order_.empty() ? i : order_[i]; }
    void encode_one(std::size_t i, mapping::cell const& from, std::string_view sql);
    void point_at(std::size_t i, enum_field_types type, void const* at, std::size_t size);
    void set_time(std::size_t i, mapping::cell const& from, std::string_view sql);
    void set_uuid(std::size_t i, mapping::cell const& from);

    std::vector<MYSQL_BIND> binds_;
    std::vector<value> values_;
    std::vector<std::size_t> order_;
    std::size_t count_ = 0;
};

}  // namespace roam::mysql
