// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

#include <boost/uuid/uuid.hpp>

namespace roam {

namespace mapping::detail {

/// Reads a uuid column, 16 bytes, or text of 36 characters (8-4-4-4-12) or 32, digits of either
/// case.
load_status load_uuid(cell const& from, std::byte (&to)[16]) noexcept;

}  // namespace mapping::detail

/// boost::uuids::uuid as a member: a uuid column on PostgreSQL, text of 36 characters in lower case
/// on SQLite, so that equal values are equal text. Text of 32 digits and blobs of 16 bytes, as
/// other programs store them, are read too. Include it in the header that defines the record:
/// without it the member has no column type.
template <>
struct value<boost::uuids::uuid> {
    static constexpr mapping::column_type type{mapping::type_kind::uuid};

    static mapping::cell store(boost::uuids::uuid const& from, mapping::scratch&) {
        static_assert(sizeof(boost::uuids::uuid) == 16);
        return mapping::cell::of_bytes({reinterpret_cast<std::byte const*>(&*from.begin()), 16},
                                       mapping::cell_kind::uuid);
    }
    static mapping::load_status load(mapping::cell const& from, boost::uuids::uuid& to) {
        std::byte bytes[16];
        mapping::load_status const status = mapping::detail::load_uuid(from, bytes);
        if (status == mapping::load_status::ok) {
            for (std::size_t i = 0; i < 16; ++i)
                *(to.begin() + i) = std::to_integer<std::uint8_t>(bytes[i]);
        }
        return status;
    }
};

}  // namespace roam
