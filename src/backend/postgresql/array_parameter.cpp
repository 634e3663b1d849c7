// SPDX-License-Identifier: MIT
#include "backend/postgresql/parameters.hpp"
#include "backend/postgresql/types.hpp"
#include "mapping/utf8.hpp"

#include <bit>
#include <climits>
#include <cstring>

// One column of many rows as one parameter: an array, in binary form where each of its elements has
// one here, else in text form. Both hold NULLs.

namespace roam::postgresql {

using mapping::cell;
using mapping::cell_kind;

namespace {

// Their binary form is the text, for jsonb behind the number of its version.
std::string_view binary_prefix(wire_type type) {
    return type == wire_type::jsonb ? std::string_view{"\1"} : std::string_view{};
}

bool is_text(wire_type type) {
    return type == wire_type::text || type == wire_type::json || type == wire_type::jsonb;
}

// False: an element has no binary form.
bool write_binary(parameter_list& element, Oid oid, std::span<cell const> rows, std::string& to) {
    to.clear();
    append_network(to, std::uint32_t{1});  // dimension
    append_network(to, std::uint32_t{1});  // there may be NULLs
    append_network(to, std::uint32_t{oid});
    append_network(to, static_cast<std::uint32_t>(rows.size()));
    append_network(to, std::uint32_t{1});  // the first index
    std::size_t row = 0;
    for (auto const& value : rows) {
        element.begin_row(++row);
        if (!element.append_binary(value, to))
            return false;
    }
    return true;
}

void write_text(parameter_list& element, std::span<cell const> rows, std::string& to) {
    to = "{";
    std::size_t row = 0;
    for (auto const& value : rows) {
        if (row > 0)
            to.push_back(',');
        element.begin_row(++row);
        element.encode({&value, 1});
        char const* const text = element.values()[0];
        if (text == nullptr) {
            to.append("NULL");
            continue;
        }
        to.push_back('"');
        for (char const* c = text; *c != '\0'; ++c) {
            if (*c == '"' || *c == '\\')
                to.push_back('\\');
            to.push_back(*c);
        }
        to.push_back('"');
    }
    to.push_back('}');
}

}  // namespace

void parameter_list::describe_element(Oid type, wire_type as, std::size_t number,
                                      std::string_view sql) {
    sql_ = sql;
    number_ = number;
    types_.assign(1, as);
    oids_.assign(1, type);
    values_.assign(1, nullptr);
    lengths_.assign(1, 0);
    formats_.assign(1, 1);
    numbers_.assign(1, 0);
}

namespace {

template <class Unsigned>
bool append_sized(std::string& to, Unsigned value) {
    char bytes[sizeof(std::uint32_t) + sizeof value];
    store_network(bytes, std::uint32_t{sizeof value});
    store_network(bytes + sizeof(std::uint32_t), value);
    to.append(bytes, sizeof bytes);
    return true;
}

// The usual kinds where the server has the same type, as encode_plainly() has them.
[[gnu::always_inline]] inline bool append_plainly(wire_type type, cell const& from,
                                                  std::string& to) {
    switch (from.kind) {
        case cell_kind::text:
            if (type != wire_type::text || from.size > INT_MAX ||
                !mapping::is_valid_text(from.as_text()))
                return false;
            append_network(to, static_cast<std::uint32_t>(from.size));
            to.append(from.as_text());
            return true;
        case cell_kind::integer:
            if (type == wire_type::int8)
                return append_sized(to, static_cast<std::uint64_t>(from.integer));
            return type == wire_type::int4 &&
                   from.integer == static_cast<std::int32_t>(from.integer) &&
                   append_sized(to, static_cast<std::uint32_t>(from.integer));
        case cell_kind::real:
            return type == wire_type::float8 &&
                   append_sized(to, std::bit_cast<std::uint64_t>(from.real));
        default:
            return false;
    }
}

}  // namespace

bool parameter_list::append_binary(cell const& value, std::string& to) {
    if (append_plainly(types_[0], value, to)) [[likely]]
        return true;
    encode({&value, 1});
    char const* const bytes = values_[0];
    if (bytes == nullptr) {
        append_network(to, static_cast<std::uint32_t>(-1));
        return true;
    }
    auto const type = types_[0];
    bool const binary = formats_[0] == 1;
    if (!binary && !is_text(type))
        return false;
    auto const prefix = binary_prefix(type);
    auto const size = binary ? static_cast<std::size_t>(lengths_[0]) : std::strlen(bytes);
    append_network(to, static_cast<std::uint32_t>(prefix.size() + size));
    to.append(prefix).append(bytes, size);
    return true;
}

void parameter_list::encode_rows(std::size_t i, cell const& from) {
    Oid const type = element_of(oids_[i]);
    if (type == 0)
        refuse(i, "rows can only be sent to an array");
    if (texts_.size() < types_.size())
        texts_.resize(types_.size());
    if (elements_.size() < types_.size())
        elements_.resize(types_.size());
    auto& element = elements_[i];
    if (element.size() == 0)
        element.describe_element(type, wire_type_of(type), i + 1, sql_);
    if (write_binary(element, type, from.as_rows(), texts_[i])) {
        set_binary(i, texts_[i].data(), texts_[i].size());
        return;
    }
    element.describe_element(type, wire_type::other, i + 1, sql_);
    write_text(element, from.as_rows(), texts_[i]);
    values_[i] = texts_[i].c_str();
    formats_[i] = 0;
    any_text_ = true;
    element = {};
}

}  // namespace roam::postgresql
