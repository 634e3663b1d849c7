// SPDX-License-Identifier: MIT
#include "backend/firebird/columns.hpp"
#include "backend/firebird/error.hpp"
#include "backend/firebird/parameters.hpp"
#include "backend/refusals.hpp"
#include "mapping/time_text.hpp"
#include "mapping/uuid_text.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <new>

namespace roam::firebird {
namespace {

using mapping::cell;
using mapping::cell_kind;

// What a value of a message may hold; beyond that only a BLOB does.
constexpr std::size_t longest_text = 32765;

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

void free_memory::operator()(void* memory) const noexcept { std::free(memory); }

descriptor make_descriptor(std::size_t count) {
    auto* const block =
        static_cast<XSQLDA*>(std::calloc(1, XSQLDA_LENGTH(std::max<std::size_t>(count, 1))));
    if (block == nullptr)
        throw std::bad_alloc{};
    block->version = SQLDA_VERSION1;
    block->sqln = static_cast<short>(std::max<std::size_t>(count, 1));
    return descriptor{block};
}

bool parameter_list::describe(isc_stmt_handle* statement, std::span<std::size_t const> order,
                              ISC_STATUS* status) {
    block_ = make_descriptor(1);
    isc_dsql_describe_bind(status, statement, SQLDA_VERSION1, block_.get());
    if (!is_error(status) && block_->sqld > block_->sqln) {
        block_ = make_descriptor(static_cast<std::size_t>(block_->sqld));
        isc_dsql_describe_bind(status, statement, SQLDA_VERSION1, block_.get());
    }
    if (is_error(status))
        return false;
    auto const count = static_cast<std::size_t>(block_->sqld);
    described_.assign(block_->sqlvar, block_->sqlvar + count);
    values_.resize(count);
    nulls_.assign(count, 0);
    order_.assign(order.begin(), order.end());
    count_ = order_.empty() ? count : *std::max_element(order_.begin(), order_.end()) + 1;
    return true;
}

bool parameter_list::encode(std::span<cell const> values, std::string_view sql, place at,
                            ISC_STATUS* status) {
    for (std::size_t i = 0; i < described_.size(); ++i) {
        if (!encode_one(i, values[number_of(i)], sql, at, status))
            return false;
    }
    return true;
}

bool parameter_list::encode_one(std::size_t i, cell const& from, std::string_view sql, place at,
                                ISC_STATUS* status) {
    auto& to = block_->sqlvar[i];
    to = described_[i];
    to.sqltype = static_cast<short>(to.sqltype | 1);
    to.sqlind = &nulls_[i];
    to.sqldata = values_[i].text;
    nulls_[i] = from.is_null() ? -1 : 0;
    if (from.is_null() || described_type(i) == SQL_NULL)
        return true;
    switch (from.kind) {
        case cell_kind::null:
            break;
        case cell_kind::boolean:
        case cell_kind::integer:
            if (described_type(i) == SQL_BOOLEAN && (from.integer == 0 || from.integer == 1)) {
                values_[i].boolean = from.integer != 0;
                point_at(i, SQL_BOOLEAN, &values_[i].boolean, sizeof values_[i].boolean);
                break;
            }
            values_[i].integer = from.integer;
            point_at(i, SQL_INT64, &values_[i].integer, sizeof values_[i].integer);
            break;
        case cell_kind::real:
            if (!std::isfinite(from.real))
                backend::throw_bad_parameter(sql, number_of(i) + 1,
                                             "not a finite number, which Firebird cannot store");
            values_[i].real = from.real;
            point_at(i, SQL_DOUBLE, &values_[i].real, sizeof values_[i].real);
            break;
        case cell_kind::blob:
            return set_bytes(i, charset_octets, from.as_text(), at, status);
        case cell_kind::date:
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            set_time(i, from, sql);
            break;
        case cell_kind::uuid:
            set_uuid(i, from);
            break;
        case cell_kind::decimal:
        case cell_kind::text:
        case cell_kind::json:
        case cell_kind::array:
        case cell_kind::unchecked_text:
            backend::check_text_parameter(sql, number_of(i) + 1, from);
            return set_text(i, from.as_text(), sql, at, status);
        case cell_kind::rows:
            throw unsupported_error("Firebird has no array parameters");
    }
    return true;
}

void parameter_list::point_at(std::size_t i, int type, void const* at, std::size_t size) {
    auto& to = block_->sqlvar[i];
    to.sqltype = static_cast<short>(type | 1);
    to.sqlsubtype = 0;
    to.sqlscale = 0;
    to.sqllen = static_cast<short>(size);
    // The library only reads it.
    to.sqldata = static_cast<char*>(const_cast<void*>(at == nullptr ? "" : at));
}

// The engine would silently drop spaces that are too many.
bool parameter_list::set_text(std::size_t i, std::string_view text, std::string_view sql, place at,
                              ISC_STATUS* status) {
    auto const& to = described_[i];
    bool const is_utf8 = (to.sqlsubtype & 255) == charset_utf8;
    bool const is_limited = described_type(i) == SQL_VARYING && is_utf8;
    auto const limit = static_cast<std::size_t>(to.sqllen) / bytes_per_character;
    if (is_limited && text.size() > limit && text.ends_with(' ') && characters_of(text) > limit) {
        backend::throw_bad_parameter(
            sql, number_of(i) + 1,
            "text of more than the " + std::to_string(limit) + " characters that its place takes");
    }
    return set_bytes(i, charset_utf8, text, at, status);
}

bool parameter_list::set_bytes(std::size_t i, int charset, std::string_view bytes, place at,
                               ISC_STATUS* status) {
    if (described_type(i) != SQL_BLOB && bytes.size() <= longest_text) {
        point_at(i, SQL_TEXT, bytes.data(), bytes.size());
        block_->sqlvar[i].sqlsubtype = static_cast<short>(charset);
        return true;
    }
    if (!write_blob(at, bytes, values_[i].blob, status))
        return false;
    point_at(i, SQL_BLOB, &values_[i].blob, sizeof values_[i].blob);
    bool const is_text = charset == charset_utf8;
    block_->sqlvar[i].sqlsubtype = is_text ? 1 : 0;
    block_->sqlvar[i].sqlscale = static_cast<short>(is_text ? charset_utf8 : 0);
    return true;
}

void parameter_list::set_time(std::size_t i, cell const& from, std::string_view sql) {
    using namespace std::chrono;
    bool const is_date = from.kind == cell_kind::date;
    auto const all = microseconds{is_date ? 0 : from.integer};
    auto const day = is_date ? days{from.integer} : floor<days>(all);
    // Before it is a date: std::chrono::year counts to 32767.
    constexpr days first = sys_days{year{1} / 1 / 1}.time_since_epoch();
    constexpr days before = sys_days{year{0} / 1 / 1}.time_since_epoch();
    constexpr days last = sys_days{year{9999} / 12 / 31}.time_since_epoch();
    bool const is_text = !is_date && described_type(i) != SQL_TIMESTAMP;
    if (day < (is_text ? before : first) || day > last) {
        backend::throw_bad_parameter(sql, number_of(i) + 1,
                                     is_text ? "a time outside of the years 0 to 9999"
                                             : "a time outside of the years 1 to 9999");
    }
    if (is_text) {
        mapping::write_timestamp(values_[i].text, all.count());
        point_at(i, SQL_TEXT, values_[i].text, mapping::timestamp_text_size);
        block_->sqlvar[i].sqlsubtype = charset_utf8;
        return;
    }
    auto const number = static_cast<ISC_DATE>(day.count() + days_before_1970);
    if (is_date) {
        values_[i].date = number;
        point_at(i, SQL_TYPE_DATE, &values_[i].date, sizeof values_[i].date);
        return;
    }
    auto const rest = (all - day).count();
    if (rest % microseconds_per_tick != 0) {
        backend::throw_bad_parameter(
            sql, number_of(i) + 1,
            "a time with more digits than the four that Firebird's TIMESTAMP keeps");
    }
    values_[i].timestamp = {number, static_cast<ISC_TIME>(rest / microseconds_per_tick)};
    point_at(i, SQL_TIMESTAMP, &values_[i].timestamp, sizeof values_[i].timestamp);
}

void parameter_list::set_uuid(std::size_t i, cell const& from) {
    auto const& to = described_[i];
    bool const is_text = (described_type(i) == SQL_TEXT || described_type(i) == SQL_VARYING) &&
                         (to.sqlsubtype & 255) != charset_octets;
    if (!is_text) {
        point_at(i, SQL_TEXT, from.bytes, 16);
        block_->sqlvar[i].sqlsubtype = charset_octets;
        return;
    }
    mapping::write_uuid(values_[i].text, from.bytes);
    point_at(i, SQL_TEXT, values_[i].text, mapping::uuid_text_size);
    block_->sqlvar[i].sqlsubtype = charset_utf8;
}

}  // namespace roam::firebird
