// SPDX-License-Identifier: MIT
#include "backend/mysql_settings.hpp"
#include "backend/odbc/columns.hpp"
#include "mapping/time_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace roam::odbc {
namespace {

using mapping::cell;
using mapping::cell_kind;

// Room for what most columns hold; longer values cost a second call.
constexpr std::size_t usual_room = 256;

template <class Number>
bool read_number(std::string_view text, Number& to) {
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
    return problem == std::errc{} && end == text.data() + text.size();
}

bool is_number(std::string_view text) {
    double value = 0;
    return !text.empty() && text.find_first_of("nNiI") == std::string_view::npos &&
           read_number(text, value);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Both digits of each byte; false where something else stands.
bool read_hex(std::string_view text, char* to) {
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        int const high = hex_digit(text[i]);
        int const low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        *to++ = static_cast<char>(high * 16 + low);
    }
    return text.size() % 2 == 0;
}

cell bytes_of(char const* from, std::size_t size, cell_kind kind) {
    return cell::of_bytes({reinterpret_cast<std::byte const*>(from), size}, kind);
}

template <class Number>
Number number_in(std::vector<char> const& buffer) {
    Number value;
    std::memcpy(&value, buffer.data(), sizeof value);
    return value;
}

std::string text_of(SQLHSTMT statement, SQLUSMALLINT number, SQLUSMALLINT attribute) {
    char text[256] = "";
    SQLSMALLINT size = 0;
    SQLColAttribute(statement, number, attribute, text, sizeof text, &size, nullptr);
    return text;
}

}  // namespace

void column_list::expect(std::size_t count) {
    columns_.clear();
    columns_.resize(count);
    bound_ = false;
}

void column_list::unbind() noexcept { bound_ = false; }

column_list::form column_list::form_of(SQLSMALLINT type, std::string_view type_name,
                                       SQLSMALLINT digits, bool is_unsigned, bool is_expression,
                                       engine const& of) {
    if (of.is_sqlite()) {
        switch (type) {
            case SQL_LONGVARCHAR:
                return form::text;
            case SQL_BINARY:
            case SQL_VARBINARY:
            case SQL_LONGVARBINARY:
                return form::sqlite_blob;
            case SQL_VARCHAR:
                return is_expression ? form::sqlite_unknown : form::text;
            case SQL_TYPE_DATE:
            case SQL_TYPE_TIME:
            case SQL_TYPE_TIMESTAMP:
                return form::text;
            default:
                return form::sqlite_number;
        }
    }
    switch (type) {
        case SQL_BIT:
            return form::boolean;
        case SQL_TINYINT:
        case SQL_SMALLINT:
        case SQL_INTEGER:
            return form::integer;
        case SQL_BIGINT:
            return is_unsigned && of.is_mysql() ? form::digits : form::integer;
        case SQL_REAL:
            return form::float32;
        case SQL_FLOAT:
        case SQL_DOUBLE:
            return form::float64;
        case SQL_DECIMAL:
        case SQL_NUMERIC:
            return of.is_mysql() && digits == mysql::scale_without_precision ? form::any_decimal
                                                                             : form::decimal;
        case SQL_BINARY:
            return of.is_mysql() && type_name == "bit" ? form::bits : form::blob;
        case SQL_VARBINARY:
        case SQL_LONGVARBINARY:
            return form::blob;
        case SQL_TYPE_DATE:
            return form::date;
        case SQL_TYPE_TIMESTAMP:
            // MySQL's datetime is an instant or a clock's time, as its reader says, and so text.
            if (type_name == "timestamptz" || (of.is_mysql() && type_name == "timestamp"))
                return form::timestamp;
            return of.is_mysql() ? form::text : form::local_timestamp;
        case SQL_GUID:
            return form::uuid;
        default:
            return form::text;
    }
}

bool column_list::describe(SQLHSTMT statement, engine const& of) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const number = static_cast<SQLUSMALLINT>(i + 1);
        column& c = columns_[i];
        char name[512] = "";
        SQLSMALLINT name_size = 0, type = 0, digits = 0, nullable = 0;
        SQLULEN size = 0;
        SQLLEN is_unsigned = SQL_FALSE;
        if (!SQL_SUCCEEDED(SQLDescribeCol(statement, number, reinterpret_cast<SQLCHAR*>(name),
                                          sizeof name, &name_size, &type, &size, &digits,
                                          &nullable)))
            return false;
        SQLColAttribute(statement, number, SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned);
        c.name = name;
        auto const how = form_of(
            type, text_of(statement, number, SQL_DESC_TYPE_NAME), digits, is_unsigned == SQL_TRUE,
            of.is_sqlite() && text_of(statement, number, SQL_DESC_TABLE_NAME).empty(), of);
        if (bound_ && how == c.how)
            continue;
        c.how = how;
        c.c_type = how == form::integer                     ? SQL_C_SBIGINT
                   : how == form::float32                   ? SQL_C_FLOAT
                   : how == form::float64                   ? SQL_C_DOUBLE
                   : how == form::blob || how == form::bits ? SQL_C_BINARY
                                                            : SQL_C_CHAR;
        c.buffer.resize(usual_room);
        if (!SQL_SUCCEEDED(SQLBindCol(statement, number, c.c_type, c.buffer.data(),
                                      static_cast<SQLLEN>(c.buffer.size()), &c.size)))
            return false;
    }
    bound_ = true;
    return true;
}

bool column_list::decode(SQLHSTMT statement, cell* row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        column& c = columns_[i];
        if (c.size == SQL_NULL_DATA) {
            row[i] = cell{};
            continue;
        }
        auto const room = c.buffer.size() - (c.c_type == SQL_C_CHAR ? 1 : 0);
        c.more.clear();
        bool const fits = c.size >= 0 && static_cast<std::size_t>(c.size) <= room;
        if (!fits && !refetch(statement, static_cast<SQLUSMALLINT>(i + 1), c))
            return false;
        row[i] = decode(c);
    }
    return true;
}

// Parts, because not every driver says how much is left.
bool column_list::refetch(SQLHSTMT statement, SQLUSMALLINT number, column& c) {
    std::size_t const terminator = c.c_type == SQL_C_CHAR ? 1 : 0;
    std::size_t known = 0;
    std::size_t room = c.size > 0 ? static_cast<std::size_t>(c.size) + terminator : 16 * usual_room;
    for (;;) {
        c.more.resize(known + room);
        SQLLEN left = 0;
        auto const result = SQLGetData(statement, number, c.c_type, c.more.data() + known,
                                       static_cast<SQLLEN>(room), &left);
        if (result == SQL_NO_DATA)
            break;
        if (!SQL_SUCCEEDED(result))
            return false;
        bool const complete = left >= 0 && static_cast<std::size_t>(left) + terminator <= room;
        known += complete ? static_cast<std::size_t>(left) : room - terminator;
        if (complete)
            break;
        room = left > 0 ? static_cast<std::size_t>(left) + terminator : room * 2;
    }
    c.more.resize(std::max<std::size_t>(known, 1));
    c.size = static_cast<SQLLEN>(known);
    return true;
}

cell column_list::decode(column& c) {
    auto const* const from = c.more.empty() ? c.buffer.data() : c.more.data();
    auto const size = static_cast<std::size_t>(c.size);
    switch (c.how) {
        case form::integer:
            return cell::of(cell_kind::integer, number_in<std::int64_t>(c.buffer));
        case form::float32:
            return cell::of_real(static_cast<double>(number_in<float>(c.buffer)));
        case form::float64:
            return cell::of_real(number_in<double>(c.buffer));
        case form::blob:
            return bytes_of(from, size, cell_kind::blob);
        case form::bits: {
            std::uint64_t value = 0;
            for (std::size_t i = 0; i < size; ++i)
                value = value << 8 | static_cast<unsigned char>(from[i]);
            return cell::of(cell_kind::integer, static_cast<std::int64_t>(value));
        }
        case form::sqlite_number:
        case form::sqlite_blob:
        case form::sqlite_unknown:
            return decode_sqlite(c, {from, size});
        default:
            return decode_text(c, {from, size});
    }
}

// What spells no value of its type stays text, so that reading it into one is a conversion_error.
cell column_list::decode_text(column& c, std::string_view text) {
    std::int64_t value = 0;
    switch (c.how) {
        case form::boolean:
            return cell::of(cell_kind::boolean, text == "1");
        case form::digits:
            if (read_number(text, value))
                return cell::of(cell_kind::integer, value);
            return cell::of_text(text, cell_kind::decimal);
        case form::decimal: {
            double real = 0;
            if (text.find_first_of("NI") != std::string_view::npos && read_number(text, real))
                return cell::of_real(real);
            return cell::of_text(text, cell_kind::decimal);
        }
        case form::any_decimal:
            return cell::of_text(mysql::without_zeros(text), cell_kind::decimal);
        case form::date:
            if (mapping::read_date(text, value))
                return cell::of(cell_kind::date, value);
            break;
        case form::timestamp:
        case form::local_timestamp:
            if (mapping::read_timestamp(text, value)) {
                return cell::of(
                    c.how == form::timestamp ? cell_kind::timestamp : cell_kind::local_timestamp,
                    value);
            }
            break;
        case form::uuid: {
            char digits[32];
            std::size_t count = 0;
            for (char each : text) {
                if (each != '-' && count < sizeof digits)
                    digits[count++] = each;
            }
            if (text.size() == 36 && count == 32 && read_hex({digits, count}, c.bytes.data()))
                return bytes_of(c.bytes.data(), c.bytes.size(), cell_kind::uuid);
            break;
        }
        default:
            break;
    }
    return cell::of_text(text);
}

// "X'00FF'" is how its driver writes a blob. An expression that looks like a number may be a text:
// a decimal can be read as both.
cell column_list::decode_sqlite(column& c, std::string_view text) {
    std::int64_t integer = 0;
    double real = 0;
    bool const is_hex = text.size() >= 3 && text.starts_with("X'") && text.ends_with('\'');
    switch (c.how) {
        case form::sqlite_number:
            if (read_number(text, integer))
                return cell::of(cell_kind::integer, integer);
            if (is_number(text) && read_number(text, real))
                return cell::of_real(real);
            break;
        case form::sqlite_blob: {
            auto const digits = text.substr(is_hex ? 2 : 0, is_hex ? text.size() - 3 : 0);
            std::vector<char> bytes(digits.size() / 2 + 1);
            if (is_hex && read_hex(digits, bytes.data())) {
                c.more = std::move(bytes);
                return bytes_of(c.more.data(), digits.size() / 2, cell_kind::blob);
            }
            break;
        }
        default:
            if (is_number(text))
                return cell::of_text(text, cell_kind::decimal);
            break;
    }
    return cell::of_text(text);
}

}  // namespace roam::odbc
