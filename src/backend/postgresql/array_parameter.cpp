// SPDX-License-Identifier: MIT
#include "backend/postgresql/parameters.hpp"
#include "backend/postgresql/types.hpp"

#include <cstring>

// One column of many rows as one parameter: an array, in binary form where each of its elements has
// one here, else in text form. Both hold NULLs.

namespace roam::postgresql {

using mapping::cell;

namespace {

void append_number(std::string& to, std::uint32_t value) {
    char bytes[sizeof value];
    store_network(bytes, value);
    to.append(bytes, sizeof bytes);
}

// Their binary form is the text, for jsonb behind the number of its version.
std::string_view binary_prefix(wire_type type) {
    return type == wire_type::jsonb ? std::string_view{"\1"} : std::string_view{};
}

bool is_text(wire_type type) {
    return type == wire_type::text || type == wire_type::json || type == wire_type::jsonb;
}

// False: an element has no binary form.
bool write_binary(parameter_list& element, Oid oid, std::span<cell const> rows, std::string& to) {
    auto const type = wire_type_of(oid);
    to.clear();
    append_number(to, 1);  // dimension
    append_number(to, 1);  // there may be NULLs
    append_number(to, oid);
    append_number(to, static_cast<std::uint32_t>(rows.size()));
    append_number(to, 1);  // the first index
    std::size_t row = 0;
    for (auto const& value : rows) {
        element.begin_row(++row);
        element.encode({&value, 1});
        char const* const bytes = element.values()[0];
        if (bytes == nullptr) {
            append_number(to, static_cast<std::uint32_t>(-1));
            continue;
        }
        bool const binary = element.formats()[0] == 1;
        if (!binary && !is_text(type))
            return false;
        auto const prefix = binary_prefix(type);
        auto const size =
            binary ? static_cast<std::size_t>(element.lengths()[0]) : std::strlen(bytes);
        append_number(to, static_cast<std::uint32_t>(prefix.size() + size));
        to.append(prefix).append(bytes, size);
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
    formats_.assign(1, 0);
    numbers_.assign(1, 0);
}

void parameter_list::encode_rows(std::size_t i, cell const& from) {
    Oid const type = element_of(oids_[i]);
    if (type == 0)
        refuse(i, "rows can only be sent to an array");
    if (texts_.size() < types_.size())
        texts_.resize(types_.size());
    parameter_list element;
    element.describe_element(type, wire_type_of(type), i + 1, sql_);
    if (write_binary(element, type, from.as_rows(), texts_[i])) {
        set_binary(i, texts_[i].data(), texts_[i].size());
        return;
    }
    element.describe_element(type, wire_type::other, i + 1, sql_);
    write_text(element, from.as_rows(), texts_[i]);
    values_[i] = texts_[i].c_str();
    formats_[i] = 0;
}

}  // namespace roam::postgresql
