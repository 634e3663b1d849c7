// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/value.hpp>

// Vectors and arrays of numbers: an array column on PostgreSQL, JSON text elsewhere.

namespace roam::mapping::detail {

template <class N>
concept array_element = number_integer<N> || std::floating_point<N>;

template <class N>
using wide = std::conditional_t<std::floating_point<N>, double, std::int64_t>;

template <array_element N>
cell store_numbers(N const* values, std::size_t count, scratch& memory) {
    if constexpr (std::same_as<N, wide<N>>) {
        if constexpr (std::floating_point<N>) {
            return store_array(values, count, false, memory);
        } else {
            return store_array(values, count, memory);
        }
    } else {
        std::vector<wide<N>> widened;
        widened.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            if constexpr (std::is_unsigned_v<N> && sizeof(N) == 8) {
                if (values[i] >> 63)
                    throw_unsigned_too_large();
            }
            widened.push_back(static_cast<wide<N>>(values[i]));
        }
        if constexpr (std::floating_point<N>) {
            return store_array(widened.data(), count, true, memory);
        } else {
            return store_array(widened.data(), count, memory);
        }
    }
}

/// Reads the numbers and hands each, range-checked, to `take(index, number)`; `fits(count)` may
/// refuse the count first.
template <array_element N, class Fits, class Take>
load_status load_numbers(cell const& from, Fits fits, Take take) {
    std::vector<wide<N>> numbers;
    load_status const status = load_array(from, numbers);
    if (status != load_status::ok)
        return status;
    if (!fits(numbers.size()))
        return load_status::out_of_range;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if constexpr (number_integer<N>) {
            if (!std::in_range<N>(numbers[i]))
                return load_status::out_of_range;
        }
        take(i, static_cast<N>(numbers[i]));
    }
    return load_status::ok;
}

template <array_element N>
inline constexpr column_type array_type{
    .kind = type_kind::array,
    .element = std::floating_point<N> ? (sizeof(N) == 4 ? type_kind::float32 : type_kind::float64)
                                      : value<N>::type.kind};

}  // namespace roam::mapping::detail

namespace roam {

template <mapping::detail::array_element N>
struct value<std::vector<N>> {
    static constexpr mapping::column_type type = mapping::detail::array_type<N>;
    static mapping::cell store(std::vector<N> const& from, mapping::scratch& memory) {
        return mapping::detail::store_numbers(from.data(), from.size(), memory);
    }
    static mapping::load_status load(mapping::cell const& from, std::vector<N>& to) {
        return mapping::detail::load_numbers<N>(
            from,
            [&](std::size_t count) {
                to.resize(count);
                return true;
            },
            [&](std::size_t i, N number) { to[i] = number; });
    }
};

template <mapping::detail::array_element N, std::size_t Size>
struct value<std::array<N, Size>> {
    static constexpr mapping::column_type type = mapping::detail::array_type<N>;
    static mapping::cell store(std::array<N, Size> const& from, mapping::scratch& memory) {
        return mapping::detail::store_numbers(from.data(), Size, memory);
    }
    static mapping::load_status load(mapping::cell const& from, std::array<N, Size>& to) {
        return mapping::detail::load_numbers<N>(
            from, [](std::size_t count) { return count == Size; },
            [&](std::size_t i, N number) { to[i] = number; });
    }
};

}  // namespace roam
