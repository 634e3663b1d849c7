// SPDX-License-Identifier: MIT
#include "backend/firebird/columns.hpp"
#include "backend/firebird/error.hpp"
#include "mapping/time_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace roam::firebird {
namespace {

using mapping::cell;
using mapping::cell_kind;

template <class Value>
Value read(char const* at) {
    Value value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

std::size_t room_for(XSQLVAR const& column) {
    bool const is_varying = (column.sqltype & ~1) == SQL_VARYING;
    auto const bytes = static_cast<unsigned short>(column.sqllen) + (is_varying ? 2u : 0u);
    return (bytes + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
}

// A name in capitals stands for that in small letters, as in sql::stored_name().
std::string name_of(std::string_view stored) {
    std::string name{stored};
    bool const is_plain = std::none_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    });
    for (char& c : name)
        c = is_plain && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
}

std::int64_t days_of(ISC_DATE date) { return std::int64_t{date} - days_before_1970; }

}  // namespace

bool column_list::describe(isc_stmt_handle* statement, ISC_STATUS* status) {
    block_ = make_descriptor(1);
    isc_dsql_describe(status, statement, SQLDA_VERSION1, block_.get());
    if (!is_error(status) && block_->sqld > block_->sqln) {
        block_ = make_descriptor(static_cast<std::size_t>(block_->sqld));
        isc_dsql_describe(status, statement, SQLDA_VERSION1, block_.get());
    }
    if (is_error(status))
        return false;
    auto const count = static_cast<std::size_t>(block_->sqld);
    columns_.resize(count);
    std::size_t room = 0;
    for (std::size_t i = 0; i < count; ++i)
        room += room_for(block_->sqlvar[i]);
    data_.resize(room);
    room = 0;
    has_blobs_ = false;
    for (std::size_t i = 0; i < count; ++i) {
        auto& column = block_->sqlvar[i];
        column.sqltype = static_cast<short>(column.sqltype | 1);
        has_blobs_ = has_blobs_ || (column.sqltype & ~1) == SQL_BLOB;
        column.sqldata = reinterpret_cast<char*>(data_.data() + room);
        column.sqlind = &columns_[i].null;
        room += room_for(column);
        columns_[i].name =
            name_of({column.aliasname, static_cast<std::size_t>(column.aliasname_length)});
    }
    return true;
}

bool column_list::decode(cell* row, place at, ISC_STATUS* status) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const& from = block_->sqlvar[i];
        if (columns_[i].null != 0) {
            row[i] = cell{};
            continue;
        }
        if ((from.sqltype & ~1) == SQL_BLOB &&
            !read_blob(at, read<ISC_QUAD>(from.sqldata), columns_[i].blob, status))
            return false;
        row[i] = decode_one(i);
    }
    return true;
}

cell column_list::decode_one(std::size_t i) {
    auto const& from = block_->sqlvar[i];
    auto& column = columns_[i];
    auto* const memory = column.memory.data();
    switch (from.sqltype & ~1) {
        case SQL_BOOLEAN:
            return cell::of(cell_kind::boolean, read<unsigned char>(from.sqldata) != 0);
        case SQL_SHORT:
            return number(i, read<std::int16_t>(from.sqldata));
        case SQL_LONG:
            return number(i, read<std::int32_t>(from.sqldata));
        case SQL_INT64:
            return number(i, read<std::int64_t>(from.sqldata));
        case SQL_FLOAT:
            return cell::of_real(read<float>(from.sqldata));
        case SQL_DOUBLE:
        case SQL_D_FLOAT:
            return cell::of_real(read<double>(from.sqldata));
        case SQL_TEXT:
            return text(from, from.sqldata, static_cast<unsigned short>(from.sqllen));
        case SQL_VARYING:
            return text(from, from.sqldata + 2, read<unsigned short>(from.sqldata));
        case SQL_BLOB:
            if (from.sqlsubtype == 1)
                return cell::of_text(column.blob);
            return cell::of_bytes(std::as_bytes(std::span{column.blob}));
        case SQL_TYPE_DATE:
            return cell::of(cell_kind::date, days_of(read<ISC_DATE>(from.sqldata)));
        case SQL_TIMESTAMP: {
            // An instant or a clock's time, as its reader says, and so text.
            auto const moment = read<ISC_TIMESTAMP>(from.sqldata);
            mapping::write_timestamp(
                memory, days_of(moment.timestamp_date) * mapping::microseconds_per_day +
                            moment.timestamp_time * microseconds_per_tick);
            return cell::of_text({memory, mapping::timestamp_text_size});
        }
        case SQL_TYPE_TIME: {
            auto const time = read<ISC_TIME>(from.sqldata);
            auto const seconds = time / ISC_TIME_SECONDS_PRECISION;
            int const size = std::snprintf(memory, column.memory.size(), "%02u:%02u:%02u.%04u",
                                           seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
                                           time % ISC_TIME_SECONDS_PRECISION);
            return cell::of_text({memory, static_cast<std::size_t>(size)});
        }
        default:
            return cell{};  // an array, which SQL cannot read as a whole, or a NULL without type
    }
}

// CHAR comes with the bytes that as many characters could need, and with spaces up to its length,
// which are no part of the value.
cell column_list::text(XSQLVAR const& from, char const* at, std::size_t size) const {
    std::string_view value{at, size};
    if ((from.sqlsubtype & 255) == charset_octets)
        return cell::of_bytes(
            std::as_bytes(std::span{value}),
            size == 16 && (from.sqltype & ~1) == SQL_TEXT ? cell_kind::uuid : cell_kind::blob);
    if ((from.sqltype & ~1) == SQL_TEXT) {
        auto const last = value.find_last_not_of(' ');
        value = value.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    return cell::of_text(value);
}

// An exact number with a scale is an integer, of so many digits behind the point.
cell column_list::number(std::size_t i, std::int64_t value) {
    int const scale = -block_->sqlvar[i].sqlscale;
    if (scale <= 0)
        return cell::of(cell_kind::integer, value);
    char digits[24];
    bool const is_negative = value < 0;
    auto const magnitude =
        is_negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    auto const count = static_cast<int>(
        std::to_chars(std::begin(digits), std::end(digits), magnitude).ptr - digits);
    auto* to = columns_[i].memory.data();
    auto* const begin = to;
    if (is_negative)
        *to++ = '-';
    int const whole = std::max(count - scale, 0);
    to = std::copy_n(digits, whole, to);
    if (whole == 0)
        *to++ = '0';
    *to++ = '.';
    to = std::fill_n(to, std::max(scale - count, 0), '0');
    to = std::copy(digits + whole, digits + count, to);
    return cell::of_text({begin, static_cast<std::size_t>(to - begin)}, cell_kind::decimal);
}

}  // namespace roam::firebird
