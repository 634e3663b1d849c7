// SPDX-License-Identifier: MIT
#pragma once

#include <roam/error.hpp>
#include <roam/mapping/value.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

namespace roam {

namespace mapping::detail {

[[noreturn]] inline void refuse_json(char const* why) {
    throw conversion_error(std::string{"a JSON value cannot be stored: "} + why);
}

/// What dump() would change without a word, or what an engine would refuse later.
inline void check_json(nlohmann::json const& j) {
    using kind = nlohmann::json::value_t;
    auto const check_text = [](std::string const& text) {
        if (text.find('\0') != std::string::npos)
            refuse_json("it has a string with a NUL character");
    };
    switch (j.type()) {
        case kind::number_float:
            if (!std::isfinite(j.get_ref<double const&>()))
                refuse_json("it has a number that is not finite");
            break;
        case kind::string:
            check_text(j.get_ref<std::string const&>());
            break;
        case kind::array:
            for (auto const& element : j)
                check_json(element);
            break;
        case kind::object:
            for (auto const& [name, member] : j.items()) {
                check_text(name);
                check_json(member);
            }
            break;
        case kind::binary:
            refuse_json("it has bytes, which JSON has not");
        case kind::discarded:
            refuse_json("it was discarded by the parser");
        default:
            break;
    }
}

}  // namespace mapping::detail

/// nlohmann::json as a member: a jsonb column on PostgreSQL, text elsewhere.
///
/// A JSON null is a value and is not NULL: std::optional<nlohmann::json> has both. What cannot be
/// stored alike everywhere is a conversion_error: text that is not UTF-8 or has a NUL character,
/// numbers that are not finite, bytes. PostgreSQL keeps numbers to their last digit, but the struct
/// holds them as nlohmann::json does, in 64 bits.
template <>
struct value<nlohmann::json> {
    static constexpr mapping::column_type type{mapping::type_kind::json};

    static mapping::cell store(nlohmann::json const& from, mapping::scratch& memory) {
        mapping::detail::check_json(from);
        std::string text;
        try {
            text = from.dump();
        } catch (nlohmann::json::type_error const&) {
            mapping::detail::refuse_json("it has a string that is not UTF-8");
        }
        return memory.keep(mapping::cell::of_text(text, mapping::cell_kind::json));
    }
    static mapping::load_status load(mapping::cell const& from, nlohmann::json& to) {
        if (from.is_null())
            return mapping::load_status::null;
        if (from.kind != mapping::cell_kind::json && from.kind != mapping::cell_kind::text)
            return mapping::load_status::wrong_kind;
        nlohmann::json parsed = nlohmann::json::parse(from.as_text(), nullptr, false);
        if (parsed.is_discarded())
            return mapping::load_status::malformed;
        to = std::move(parsed);
        return mapping::load_status::ok;
    }
};

}  // namespace roam
