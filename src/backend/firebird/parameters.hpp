// SPDX-License-Identifier: MIT
#pragma once

#include "backend/firebird/blob.hpp"
#include <roam/mapping/cell.hpp>

#include <ibase.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace roam::firebird {

struct free_memory {
    void operator()(void* memory) const noexcept;
};
using descriptor = std::unique_ptr<XSQLDA, free_memory>;

/// Room for the descriptions of so many columns or parameters.
descriptor make_descriptor(std::size_t count);

/// The parameters of one prepared statement in the form of the client library. Text and bytes stay
/// where the caller has them, but for what only a BLOB can hold.
class parameter_list {
public:
    /// `order`: which of the values each placeholder takes; empty: as they come. False with the
    /// reason in `status`.
    bool describe(isc_stmt_handle* statement, std::span<std::size_t const> order,
                  ISC_STATUS* status);

    /// How many values there are.
    std::size_t size() const noexcept { return count_; }

    /// Throws conversion_error for a value that Firebird cannot take; false with the reason in
    /// `status` when a BLOB could not be stored.
    bool encode(std::span<mapping::cell const> values, std::string_view sql, place at,
                ISC_STATUS* status);

    XSQLDA* block() noexcept { return block_.get(); }

private:
    union value {
        std::int64_t integer;
        double real;
        unsigned char boolean;
        ISC_DATE date;
        ISC_TIMESTAMP timestamp;
        ISC_QUAD blob;
        char text[36];
    };

    std::size_t number_of(std::size_t i) const { return order_.empty() ? i : order_[i]; }
    bool encode_one(std::size_t i, mapping::cell const& from, std::string_view sql, place at,
                    ISC_STATUS* status);
    void point_at(std::size_t i, int type, void const* at, std::size_t size);
    bool set_text(std::size_t i, std::string_view text, std::string_view sql, place at,
                  ISC_STATUS* status);
    bool set_bytes(std::size_t i, int charset, std::string_view bytes, place at,
                   ISC_STATUS* status);
    void set_time(std::size_t i, mapping::cell const& from, std::string_view sql);
    void set_uuid(std::size_t i, mapping::cell const& from);
    int described_type(std::size_t i) const noexcept { return described_[i].sqltype & ~1; }

    descriptor block_;
    std::vector<XSQLVAR> described_;
    std::vector<value> values_;
    std::vector<short> nulls_;
    std::vector<std::size_t> order_;
    std::size_t count_ = 0;
};

}  // namespace roam::firebird
