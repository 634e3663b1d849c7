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
/// A dialect whose column types Roam does not know (MySQL, MariaDB, generic) is an
/// unsupported_error, and so is an array of anything but booleans and numbers.
/// Thread safety: a pure function.
std::string type_name(mapping::column_type const& type, dialect const& d);

/// The type that a PostgreSQL parameter holding many values of `type` is cast to: "text[]". Without
/// the limits of length and digits, since a cast cuts what an assignment refuses. Other dialects,
/// and a type that is an array itself, are an unsupported_error.
std::string array_type_name(mapping::column_type const& type, dialect const& d);

/// "uint8", "local_timestamp": the type as messages name it.
std::string_view name_of(mapping::type_kind kind) noexcept;

}  // namespace roam::sql
