// SPDX-License-Identifier: MIT
// What the tests of value types share: values to cells and back without a database.
#pragma once

#include <roam/mapping/value.hpp>

#include <string>

namespace roam::test {

inline mapping::cell text_cell(std::string_view text,
                               mapping::cell_kind kind = mapping::cell_kind::text) {
    return mapping::cell::of_text(text, kind);
}

inline mapping::cell integer_cell(std::int64_t value,
                                  mapping::cell_kind kind = mapping::cell_kind::integer) {
    return mapping::cell::of(kind, value);
}

/// The text of the cell that a value is stored as.
template <class T>
std::string stored_text(T const& value) {
    mapping::scratch memory;
    return std::string{mapping::store(value, memory).as_text()};
}

/// The number in the cell that a value is stored as.
template <class T>
std::int64_t stored_integer(T const& value) {
    mapping::scratch memory;
    return mapping::store(value, memory).integer;
}

template <class T>
mapping::cell_kind stored_kind(T const& value) {
    mapping::scratch memory;
    return mapping::store(value, memory).kind;
}

/// What became of loading a T from the cell.
template <class T>
mapping::load_status status_of(mapping::cell const& from) {
    T to{};
    return mapping::load(from, to);
}

/// The T in the cell; when it does not fit, `otherwise`.
template <class T>
T loaded(mapping::cell const& from, T otherwise = {}) {
    T to{};
    return mapping::load(from, to) == mapping::load_status::ok ? to : otherwise;
}

/// Whether a value comes back equal from the cell that it is stored as.
template <class T>
bool round_trips(T const& value) {
    mapping::scratch memory;
    mapping::cell const c = mapping::store(value, memory);
    T back{};
    return mapping::load(c, back) == mapping::load_status::ok && back == value;
}

}  // namespace roam::test
