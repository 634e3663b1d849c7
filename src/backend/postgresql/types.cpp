// SPDX-License-Identifier: MIT
#include "backend/postgresql/types.hpp"

namespace roam::postgresql {
namespace {

struct known_type {
    Oid oid;
    wire_type type;
    std::string_view name;
};

constexpr known_type types[] = {
    {16, wire_type::boolean, "boolean"},
    {17, wire_type::bytea, "bytea"},
    {char_oid, wire_type::text, "\"char\""},
    {name_oid, wire_type::text, "name"},
    {20, wire_type::int8, "bigint"},
    {21, wire_type::int2, "smallint"},
    {23, wire_type::int4, "integer"},
    {25, wire_type::text, "text"},
    {26, wire_type::oid, "oid"},
    {114, wire_type::json, "json"},
    {700, wire_type::float4, "real"},
    {701, wire_type::float8, "double precision"},
    {1005, wire_type::number_array, "smallint[]"},
    {1007, wire_type::number_array, "integer[]"},
    {1016, wire_type::number_array, "bigint[]"},
    {1021, wire_type::number_array, "real[]"},
    {1022, wire_type::number_array, "double precision[]"},
    {1028, wire_type::number_array, "oid[]"},
    {1042, wire_type::text, "character"},
    {1043, wire_type::text, "character varying"},
    {1082, wire_type::date, "date"},
    {1114, wire_type::timestamp, "timestamp"},
    {1184, wire_type::timestamptz, "timestamp with time zone"},
    {1231, wire_type::number_array, "numeric[]"},
    {1700, wire_type::numeric, "numeric"},
    {2950, wire_type::uuid, "uuid"},
    {3802, wire_type::jsonb, "jsonb"},
};

// The arrays of the types above that a column of Roam's can have.
struct array_of {
    Oid oid;
    Oid element;
};

constexpr array_of arrays[] = {
    {1000, 16},  {1001, 17},   {1005, 21},   {1007, 23},   {1009, 25},   {1016, 20},   {1021, 700},
    {1022, 701}, {1115, 1114}, {1182, 1082}, {1185, 1184}, {1231, 1700}, {2951, 2950}, {3807, 3802},
};

}  // namespace

Oid element_of(Oid array_type) noexcept {
    for (auto const& known : arrays) {
        if (known.oid == array_type)
            return known.element;
    }
    return 0;
}

wire_type wire_type_of(Oid type) noexcept {
    for (auto const& known : types) {
        if (known.oid == type)
            return known.type;
    }
    return wire_type::other;
}

std::string name_of_type(Oid type) {
    for (auto const& known : types) {
        if (known.oid == type)
            return std::string{known.name};
    }
    return "type " + std::to_string(type);
}

}  // namespace roam::postgresql
