// SPDX-License-Identifier: MIT
#pragma once

#include "backend/postgresql/types.hpp"
#include <roam/mapping/cell.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roam::postgresql {

/// As what a parameter of a type is sent.
wire_type parameter_type_of(Oid type) noexcept;

/// Cells in the form that PQexecPrepared takes. One per statement, reused by each execution: after
/// the first it allocates nothing, except where text has to be copied and outgrows its buffer.
class parameter_list {
public:
    /// The types that the server gave the parameters. `sql` is for messages.
    void describe(PGresult const* description, std::string_view sql);

    /// Makes this the list of one value, an element of what the parameter `number` has for rows.
    void describe_element(Oid type, wire_type as, std::size_t number, std::string_view sql);

    /// Which row's value comes next, from 1, for messages.
    void begin_row(std::size_t row) noexcept { row_ = row; }

    /// Throws conversion_error, which names the parameter's number.
    void encode(std::span<mapping::cell const> cells);

    /// For a list of one: encodes the value and appends its binary form behind its length, as
    /// arrays and COPY have it. False, with nothing appended: it has none.
    bool append_binary(mapping::cell const& value, std::string& to);

    std::size_t size() const noexcept { return types_.size(); }
    int count() const noexcept { return static_cast<int>(types_.size()); }
    Oid const* oids() const noexcept { return oids_.data(); }
    char const* const* values() const noexcept { return values_.data(); }
    int const* lengths() const noexcept { return lengths_.data(); }
    int const* formats() const noexcept { return formats_.data(); }

private:
    void set_binary(std::size_t i, char const* bytes, std::size_t size);
    template <class Unsigned>
    void set_number(std::size_t i, Unsigned value);
    void set_text(std::size_t i, std::string_view text);

    struct place {
        char const** value;
        int* length;
        std::uint64_t* number;
    };
    static bool encode_plainly(wire_type type, mapping::cell const& from, place to);
    void encode_by_kind(std::size_t i, mapping::cell const& from);
    void encode_integer(std::size_t i, std::int64_t value);
    void encode_boolean(std::size_t i, bool value);
    void encode_real(std::size_t i, double value);
    void encode_chars(std::size_t i, mapping::cell const& from);
    void encode_bytes(std::size_t i, mapping::cell const& from);
    void encode_array(std::size_t i, mapping::cell const& from);
    void encode_date(std::size_t i, std::int64_t days);
    void encode_timestamp(std::size_t i, mapping::cell const& from);
    void encode_uuid(std::size_t i, mapping::cell const& from);
    void encode_rows(std::size_t i, mapping::cell const& from);

    [[noreturn]] void refuse(std::size_t i, std::string_view why) const;

    std::vector<wire_type> types_;
    std::vector<Oid> oids_;
    std::vector<char const*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;              ///< 1, binary, but for what set_text() set
    std::vector<std::uint64_t> numbers_;    ///< where binary numbers lie
    std::vector<std::string> texts_;        ///< where copied text lies; made when first needed
    std::vector<parameter_list> elements_;  ///< of parameters with rows, each a list of one
    std::string sql_;
    bool any_text_ = false;   ///< among the formats
    std::size_t number_ = 1;  ///< of the first parameter
    std::size_t row_ = 0;     ///< of an element; 0: none
};

}  // namespace roam::postgresql
