// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/sql/type_name.hpp>

namespace roam::sql {
namespace {

using mapping::column_type;
using mapping::type_kind;

std::string sqlite_name(column_type const& type) {
    switch (type.kind) {
        case type_kind::boolean:
            return "BOOLEAN";
        case type_kind::int8:
        case type_kind::int16:
        case type_kind::int32:
        case type_kind::int64:
        case type_kind::uint8:
        case type_kind::uint16:
        case type_kind::uint32:
        case type_kind::uint64:
        case type_kind::duration:
            return "INTEGER";
        case type_kind::float32:
        case type_kind::float64:
            return "REAL";
        case type_kind::blob:
            return "BLOB";
        case type_kind::text:
            return type.length == 0 ? "TEXT" : "VARCHAR(" + std::to_string(type.length) + ")";
        case type_kind::date:
        case type_kind::timestamp:
        case type_kind::local_timestamp:
        case type_kind::uuid:
        case type_kind::json:
        case type_kind::decimal:
        case type_kind::array:
            return "TEXT";
    }
    return "TEXT";
}

std::string decimal_name(column_type const& type) {
    if (type.length == 0)
        return "numeric";
    std::string name = "numeric(" + std::to_string(type.length);
    if (type.scale > 0)
        name.append(",").append(std::to_string(type.scale));
    return name.append(")");
}

std::string postgresql_name(column_type const& type) {
    switch (type.kind) {
        case type_kind::boolean:
            return "boolean";
        case type_kind::int8:
        case type_kind::uint8:
        case type_kind::int16:
            return "smallint";
        case type_kind::uint16:
        case type_kind::int32:
            return "integer";
        case type_kind::uint32:
        case type_kind::uint64:
        case type_kind::duration:
        case type_kind::int64:
            return "bigint";
        case type_kind::float32:
            return "real";
        case type_kind::float64:
            return "double precision";
        case type_kind::text:
            return type.length == 0 ? "text" : "varchar(" + std::to_string(type.length) + ")";
        case type_kind::blob:
            return "bytea";
        case type_kind::date:
            return "date";
        case type_kind::timestamp:
            return "timestamptz";
        case type_kind::local_timestamp:
            return "timestamp";
        case type_kind::uuid:
            return "uuid";
        case type_kind::json:
            return "jsonb";
        case type_kind::decimal:
            return decimal_name(type);
        case type_kind::array:
            return postgresql_name({.kind = type.element}) + "[]";
    }
    return "text";
}

// Four bytes a character, and 65,535 bytes a row.
constexpr std::uint16_t longest_varchar = 16383;

std::string mysql_text(column_type const& type) {
    if (type.length == 0)
        return "longtext";
    if (type.length > longest_varchar) {
        throw unsupported_error("a text column of MySQL has at most 16383 characters, not " +
                                std::to_string(type.length) + "; without a length it has no limit");
    }
    return "varchar(" + std::to_string(type.length) + ")";
}

std::string mysql_name(column_type const& type) {
    switch (type.kind) {
        case type_kind::boolean:
            return "boolean";
        case type_kind::int8:
        case type_kind::uint8:
        case type_kind::int16:
            return "smallint";
        case type_kind::uint16:
        case type_kind::int32:
            return "int";
        case type_kind::uint32:
        case type_kind::uint64:
        case type_kind::duration:
        case type_kind::int64:
            return "bigint";
        case type_kind::float32:
            return "float";
        case type_kind::float64:
            return "double";
        case type_kind::text:
            return mysql_text(type);
        case type_kind::blob:
            return "longblob";
        case type_kind::date:
            return "date";
        case type_kind::timestamp:
        case type_kind::local_timestamp:
            return "datetime(6)";
        case type_kind::uuid:
            return "char(36)";
        case type_kind::json:
        case type_kind::array:
            return "json";
        case type_kind::decimal:
            if (type.length == 0)
                return "decimal(65,25)";
            return "decimal(" + std::to_string(type.length) + "," + std::to_string(type.scale) +
                   ")";
    }
    return "longtext";
}

// Four bytes a character, and 32,765 bytes a value.
constexpr std::uint16_t longest_firebird_varchar = 8191;

std::string firebird_text(column_type const& type) {
    if (type.length == 0)
        return "BLOB SUB_TYPE TEXT CHARACTER SET UTF8";
    if (type.length > longest_firebird_varchar) {
        throw unsupported_error("a text column of Firebird has at most 8191 characters, not " +
                                std::to_string(type.length) + "; without a length it has no limit");
    }
    return "VARCHAR(" + std::to_string(type.length) + ") CHARACTER SET UTF8";
}

// Its exact numbers end with 18 digits, its timestamps with tenths of milliseconds: what is finer
// is text, so that nothing is cut.
std::string firebird_name(column_type const& type) {
    switch (type.kind) {
        case type_kind::boolean:
            return "BOOLEAN";
        case type_kind::int8:
        case type_kind::uint8:
        case type_kind::int16:
            return "SMALLINT";
        case type_kind::uint16:
        case type_kind::int32:
            return "INTEGER";
        case type_kind::uint32:
        case type_kind::uint64:
        case type_kind::duration:
        case type_kind::int64:
            return "BIGINT";
        case type_kind::float32:
            return "FLOAT";
        case type_kind::float64:
            return "DOUBLE PRECISION";
        case type_kind::text:
            return firebird_text(type);
        case type_kind::blob:
            return "BLOB SUB_TYPE BINARY";
        case type_kind::date:
            return "DATE";
        case type_kind::timestamp:
        case type_kind::local_timestamp:
            return "VARCHAR(26) CHARACTER SET ASCII";
        case type_kind::uuid:
            return "CHAR(16) CHARACTER SET OCTETS";
        case type_kind::json:
        case type_kind::array:
            return "BLOB SUB_TYPE TEXT CHARACTER SET UTF8";
        case type_kind::decimal:
            if (type.length == 0 || type.length > 18)
                return "VARCHAR(255) CHARACTER SET ASCII";
            return "NUMERIC(" + std::to_string(type.length) + ", " + std::to_string(type.scale) +
                   ")";
    }
    return "BLOB SUB_TYPE TEXT CHARACTER SET UTF8";
}

bool is_number(type_kind kind) {
    return mapping::is_integer(kind) || kind == type_kind::boolean || kind == type_kind::float32 ||
           kind == type_kind::float64;
}

}  // namespace

std::string type_name(column_type const& type, dialect const& d) {
    if (type.kind == type_kind::array && !is_number(type.element)) {
        throw unsupported_error("a column holds an array of " + std::string{name_of(type.element)} +
                                "; only booleans and numbers can be elements");
    }
    if (d.family == dialect_family::sqlite)
        return sqlite_name(type);
    if (d.family == dialect_family::postgresql)
        return postgresql_name(type);
    if (is_mysql(d.family))
        return mysql_name(type);
    if (d.family == dialect_family::firebird)
        return firebird_name(type);
    throw unsupported_error("Roam does not know the column types of " +
                            std::string{name_of(d.family)} + " in this version");
}

std::string indexed_type_name(column_type const& type, dialect const& d) {
    if (is_mysql(d.family) && type.length == 0) {
        if (type.kind == type_kind::text)
            return "varchar(255)";
        if (type.kind == type_kind::blob)
            return "varbinary(255)";
    }
    if (d.family == dialect_family::firebird && type.length == 0) {
        if (type.kind == type_kind::text)
            return "VARCHAR(255) CHARACTER SET UTF8";
        if (type.kind == type_kind::blob)
            return "VARCHAR(255) CHARACTER SET OCTETS";
    }
    return type_name(type, d);
}

std::string array_type_name(column_type const& type, dialect const& d) {
    if (!d.can(capability::native_arrays)) {
        throw unsupported_error(std::string{name_of(d.family)} + " has no array parameters");
    }
    if (type.kind == type_kind::array) {
        throw unsupported_error(
            "rows with an array column cannot be sent as arrays: unnest() "
            "takes all dimensions apart");
    }
    return type_name({.kind = type.kind}, d) + "[]";
}

std::string_view name_of(type_kind kind) noexcept {
    switch (kind) {
        case type_kind::boolean:
            return "boolean";
        case type_kind::int8:
            return "int8";
        case type_kind::int16:
            return "int16";
        case type_kind::int32:
            return "int32";
        case type_kind::int64:
            return "int64";
        case type_kind::uint8:
            return "uint8";
        case type_kind::uint16:
            return "uint16";
        case type_kind::uint32:
            return "uint32";
        case type_kind::uint64:
            return "uint64";
        case type_kind::float32:
            return "float32";
        case type_kind::float64:
            return "float64";
        case type_kind::text:
            return "text";
        case type_kind::blob:
            return "blob";
        case type_kind::date:
            return "date";
        case type_kind::timestamp:
            return "timestamp";
        case type_kind::local_timestamp:
            return "local_timestamp";
        case type_kind::duration:
            return "duration";
        case type_kind::uuid:
            return "uuid";
        case type_kind::json:
            return "json";
        case type_kind::decimal:
            return "decimal";
        case type_kind::array:
            return "array";
    }
    return "unknown";
}

}  // namespace roam::sql
