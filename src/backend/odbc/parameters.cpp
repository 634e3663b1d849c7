// SPDX-License-Identifier: MIT
#include "backend/odbc/parameters.hpp"
#include "backend/refusals.hpp"
#include "mapping/time_text.hpp"
#include "mapping/uuid_text.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace roam::odbc {
namespace {

using mapping::cell;
using mapping::cell_kind;

}  // namespace

void parameter_list::describe(std::size_t placeholders, std::span<std::size_t const> order) {
    slots_.resize(placeholders);
    order_.assign(order.begin(), order.end());
    count_ = placeholders;
    if (!order_.empty())
        count_ = *std::max_element(order_.begin(), order_.end()) + 1;
}

bool parameter_list::bind(SQLHSTMT statement, std::span<cell const> values, engine const& of,
                          std::string_view sql) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slot& s = slots_[i];
        encode(s, number_of(i), values[number_of(i)], of, sql);
        auto const precision = static_cast<SQLULEN>(std::max<SQLLEN>(s.size, 1));
        auto const result = SQLBindParameter(
            statement, static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT, s.c_type, s.sql_type,
            precision, 0, const_cast<void*>(s.at), std::max<SQLLEN>(s.size, 0), &s.size);
        if (!SQL_SUCCEEDED(result))
            return false;
    }
    return true;
}

void parameter_list::encode(slot& to, std::size_t number, cell const& from, engine const& of,
                            std::string_view sql) {
    to.c_type = SQL_C_CHAR;
    to.sql_type = SQL_VARCHAR;
    to.at = from.text == nullptr ? "" : from.text;
    to.size = static_cast<SQLLEN>(from.size);
    switch (from.kind) {
        case cell_kind::null:
            to.size = SQL_NULL_DATA;
            break;
        case cell_kind::boolean:
        case cell_kind::integer:
            to.c_type = SQL_C_SBIGINT;
            to.sql_type = SQL_BIGINT;
            to.integer = from.integer;
            to.at = &to.integer;
            to.size = sizeof to.integer;
            break;
        case cell_kind::real:
            set_real(to, number, from.real, of, sql);
            break;
        case cell_kind::blob:
            to.c_type = SQL_C_BINARY;
            to.sql_type = SQL_LONGVARBINARY;
            to.at = from.bytes == nullptr ? static_cast<void const*>("") : from.bytes;
            break;
        case cell_kind::date:
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            set_time(to, number, from, of, sql);
            break;
        case cell_kind::uuid:
            mapping::write_uuid(to.memory, from.bytes);
            to.at = to.memory;
            to.size = mapping::uuid_text_size;
            break;
        case cell_kind::decimal:
            break;
        case cell_kind::array:
            if (of.is_postgresql() && from.size >= 2) {
                to.text = "{" + std::string{from.as_text().substr(1, from.size - 2)} + "}";
                to.at = to.text.data();
            }
            break;
        case cell_kind::text:
        case cell_kind::json:
        case cell_kind::unchecked_text:
            backend::check_text_parameter(sql, number + 1, from);
            to.sql_type = SQL_LONGVARCHAR;
            break;
        case cell_kind::rows:
            throw unsupported_error("ODBC has no array parameters");
    }
}

void parameter_list::set_real(slot& to, std::size_t number, double value, engine const& of,
                              std::string_view sql) {
    to.real = value;
    if (std::isfinite(value)) {
        to.c_type = SQL_C_DOUBLE;
        to.sql_type = SQL_DOUBLE;
        to.at = &to.real;
        to.size = sizeof to.real;
        return;
    }
    if (!of.is_postgresql())
        backend::throw_bad_parameter(sql, number + 1,
                                     "not a finite number, which this database cannot store");
    char const* const word = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    to.at = word;
    to.size = static_cast<SQLLEN>(std::strlen(word));
}

// As text, because ODBC's own struct counts to 9999 as well, and drivers differ in its fraction.
void parameter_list::set_time(slot& to, std::size_t number, cell const& from, engine const& of,
                              std::string_view sql) {
    bool const is_date = from.kind == cell_kind::date;
    bool const good = is_date ? mapping::write_date(to.memory, from.integer)
                              : mapping::write_timestamp(to.memory, from.integer);
    if (!good)
        backend::throw_bad_parameter(sql, number + 1, "a time outside of the years 0 to 9999");
    if (of.is_postgresql() && std::string_view{to.memory, 4} == "0000")
        backend::throw_bad_parameter(
            sql, number + 1,
            "a time before the year 1, which PostgreSQL's ODBC driver reads wrongly");
    to.at = to.memory;
    to.size = is_date ? mapping::date_text_size : mapping::timestamp_text_size;
    if (from.kind == cell_kind::timestamp && of.is_postgresql()) {
        std::memcpy(to.memory + to.size, "+00", 3);
        to.size += 3;
    }
}

}  // namespace roam::odbc
