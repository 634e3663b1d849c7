// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/type.hpp>
#include <roam/sql/dialect.hpp>

#include <string>

namespace roam::sql {

/// The name of a column type in CREATE TABLE.
///
/// | type            | SQLite                | PostgreSQL                      |
/// |-----------------|-----------------------|---------------------------------|
/// | boolean         | BOOLEAN               | boolean                         |
/// | int8, uint8     | INTEGER               | smallint                        |
/// | int16           | INTEGER               | smallint                        |
/// | int32, uint16   | INTEGER               | integer                         |
/// | int64, uint32,  | INTEGER               | bigint                          |
/// | uint64, duration|                       |                                 |
/// | float32         | REAL                  | real                            |
/// | float64         | REAL                  | double precision                |
/// | text, length n  | TEXT, VARCHAR(n)      | text, varchar(n)                |
/// | blob            | BLOB                  | bytea                           |
/// | date            | TEXT                  | date                            |
/// | timestamp       | TEXT                  | timestamptz                     |
/// | local_timestamp | TEXT                  | timestamp                       |
/// | uuid            | TEXT                  | uuid                            |
/// | json            | TEXT                  | jsonb                           |
/// | decimal (p, s)  | TEXT                  | numeric, numeric(p), numeric(p,s) |
/// | array           | TEXT (JSON)           | the element's type with []      |
///
/// SQLite knows affinities only. BOOLEAN has the numeric one, which keeps 0 and 1 as integers, and
/// tells a reader of the schema more than INTEGER does. A decimal is TEXT because a numeric column
/// would turn its digits into a double. VARCHAR(n) limits nothing there; the CHECK that does is
/// part of schema::create_statements.
///
/// | type             | MySQL, MariaDB                                               |
/// |------------------|--------------------------------------------------------------|
/// | boolean          | boolean, which is tinyint(1)                                 |
/// | int8, uint8,     | smallint                                                     |
/// | int16            |                                                              |
/// | int32, uint16    | int                                                          |
/// | int64, uint32,   | bigint                                                       |
/// | uint64, duration |                                                              |
/// | float32, float64 | float, double                                                |
/// | text, length n   | longtext, varchar(n); n is at most 16383                     |
/// | blob             | longblob                                                     |
/// | date             | date                                                         |
/// | both timestamps  | datetime(6), whose session runs in UTC                       |
/// | uuid             | char(36); MariaDB's own type refuses some                    |
/// | json, array      | json                                                         |
/// | decimal (p, s)   | decimal(65,25), decimal(p,s)                                 |
///
/// An unsigned column would fail to subtract; a timestamp column ends in 2038. What stands in a key
/// or an index needs a limit there: see indexed_type_name().
///
/// | type             | Firebird                                                     |
/// |------------------|--------------------------------------------------------------|
/// | boolean          | BOOLEAN                                                      |
/// | int8, uint8,     | SMALLINT                                                     |
/// | int16            |                                                              |
/// | int32, uint16    | INTEGER                                                      |
/// | int64, uint32,   | BIGINT                                                       |
/// | uint64, duration |                                                              |
/// | float32, float64 | FLOAT, DOUBLE PRECISION                                      |
/// | text, length n   | BLOB SUB_TYPE TEXT, VARCHAR(n); n is at most 8191            |
/// | blob             | BLOB SUB_TYPE BINARY                                         |
/// | date             | DATE                                                         |
/// | both timestamps  | VARCHAR(26): TIMESTAMP has tenths of milliseconds only       |
/// | uuid             | CHAR(16) CHARACTER SET OCTETS                                |
/// | json, array      | BLOB SUB_TYPE TEXT                                           |
/// | decimal (p, s)   | NUMERIC(p, s); VARCHAR(255) without p or beyond 18 digits    |
///
/// A dialect whose column types Roam does not know (generic) is an unsupported_error, and so is an
/// array of anything but booleans and numbers.
/// Thread safety: a pure function.
std::string type_name(mapping::column_type const& type, dialect const& d);

/// The same for a column of a key or an index. MySQL indexes no text without a limit: there it is
/// varchar(255) or varbinary(255) (D28), and on Firebird, which indexes no BLOB, VARCHAR(255).
/// Elsewhere nothing changes.
std::string indexed_type_name(mapping::column_type const& type, dialect const& d);

/// The type that a PostgreSQL parameter holding many values of `type` is cast to: "text[]". Without
/// the limits of length and digits, since a cast cuts what an assignment refuses. Other dialects,
/// and a type that is an array itself, are an unsupported_error.
std::string array_type_name(mapping::column_type const& type, dialect const& d);

/// "uint8", "local_timestamp": the type as messages name it.
std::string_view name_of(mapping::type_kind kind) noexcept;

}  // namespace roam::sql
