// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/cell.hpp>
#include <roam/mapping/scratch.hpp>
#include <roam/mapping/type.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace roam {

/// How a C++ type travels to and from a column: the one customisation point of the mapping.
///
/// To store a type of your own, specialise it beside the type and say which supported type it is
/// stored as, and how to get there and back:
///
///     template <>
///     struct roam::value<money> {
///         using stored_as = std::int64_t;
///         static std::int64_t store(money const& m) { return m.cents; }
///         static money load(std::int64_t cents) { return money{cents}; }
///     };
///
/// An exception thrown by `load` or `store` passes through the verb unchanged. `stored_as` may be
/// anything that is supported itself, std::optional apart.
/// Supported out of the box: bool, every integer width, float, double, std::string,
/// fixed_string<N>, std::array<char, N>, blobs (std::vector<std::byte>), enums, the types of
/// <roam/mapping/chrono.hpp>, vectors and arrays of numbers, std::optional of any; UUID, JSON and
/// decimal by their own headers.
/// Thread safety: specialisations hold no state.
template <class T>
struct value;

namespace mapping {

/// What became of a column's value on its way into a member.
enum class load_status : std::uint8_t {
    ok,
    null,          ///< NULL, and the member is not a std::optional
    wrong_kind,    ///< a kind of value that the member never takes
    out_of_range,  ///< the member's type is too small
    malformed,     ///< text that does not spell such a value
};

/// A specialisation in the library's own, lower form: cells in and out.
template <class T>
concept cell_value = requires(T const& from, T& to, cell const& c, scratch& s) {
    { value<T>::type } -> std::convertible_to<column_type>;
    { value<T>::store(from, s) } -> std::same_as<cell>;
    { value<T>::load(c, to) } -> std::same_as<load_status>;
};

/// A specialisation in the user's form.
template <class T>
concept converted_value = requires(T const& from) {
    typename value<T>::stored_as;
    { value<T>::store(from) } -> std::convertible_to<typename value<T>::stored_as>;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
consteval bool is_storable() {
    if constexpr (is_optional<T>) {
        return is_storable<typename T::value_type>();
    } else {
        return cell_value<T> || converted_value<T>;
    }
}

/// A type that a member may have.
template <class T>
concept storable = is_storable<T>();

/// The column type of a member's type.
template <storable T>
consteval column_type column_type_of() {
    if constexpr (is_optional<T>) {
        return column_type_of<typename T::value_type>();
    } else if constexpr (converted_value<T>) {
        return column_type_of<typename value<T>::stored_as>();
    } else {
        return value<T>::type;
    }
}

/// Makes a parameter of a value. What the value cannot lend lives in `memory`.
template <storable T>
cell store(T const& from, scratch& memory) {
    if constexpr (is_optional<T>) {
        return from ? store(*from, memory) : cell{};
    } else if constexpr (converted_value<T>) {
        using stored = typename value<T>::stored_as;
        stored const converted = value<T>::store(from);
        return memory.keep(store(converted, memory));
    } else {
        return value<T>::store(from, memory);
    }
}

/// Reads a column into a member.
template <storable T>
load_status load(cell const& from, T& to) {
    if constexpr (is_optional<T>) {
        if (from.is_null()) {
            to.reset();
            return load_status::ok;
        }
        return load(from, to ? *to : to.emplace());
    } else if constexpr (converted_value<T>) {
        typename value<T>::stored_as stored{};
        load_status const status = load(from, stored);
        if (status == load_status::ok)
            to = value<T>::load(std::move(stored));
        return status;
    } else {
        return value<T>::load(from, to);
    }
}

/// Rounds a member to what its column can keep (time to microseconds), so that the record equals
/// its row.
template <storable T>
void normalize(T& member) {
    if constexpr (is_optional<T>) {
        if (member)
            normalize(*member);
    } else if constexpr (requires { value<T>::normalize(member); }) {
        value<T>::normalize(member);
    }
}

namespace detail {

load_status load_integer(cell const& from, std::int64_t& to) noexcept;
load_status load_real(cell const& from, double& to) noexcept;
load_status load_text(cell const& from, std::string& to);
load_status load_blob(cell const& from, std::vector<std::byte>& to);
load_status load_array(cell const& from, std::vector<std::int64_t>& to);
load_status load_array(cell const& from, std::vector<double>& to);
cell store_array(std::int64_t const* values, std::size_t count, scratch& memory);
cell store_array(double const* values, std::size_t count, bool single, scratch& memory);
[[noreturn]] void throw_unsigned_too_large();
[[noreturn]] void throw_unlisted_enumerator();
[[noreturn]] void throw_too_long(std::size_t size, std::size_t limit);

template <std::integral T>
consteval type_kind integer_kind() {
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
        case 1:
            return is_signed ? type_kind::int8 : type_kind::uint8;
        case 2:
            return is_signed ? type_kind::int16 : type_kind::uint16;
        case 4:
            return is_signed ? type_kind::int32 : type_kind::uint32;
        default:
            return is_signed ? type_kind::int64 : type_kind::uint64;
    }
}

/// Integers that are numbers: not bool and not a character type other than (un)signed char.
template <class T>
concept number_integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                         !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                         !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

}  // namespace detail
}  // namespace mapping

template <>
struct value<bool> {
    static constexpr mapping::column_type type{mapping::type_kind::boolean};
    static mapping::cell store(bool from, mapping::scratch&) {
        return mapping::cell::of(mapping::cell_kind::boolean, from);
    }
    static mapping::load_status load(mapping::cell const& from, bool& to) {
        if (from.kind != mapping::cell_kind::boolean && from.kind != mapping::cell_kind::integer) {
            return from.is_null() ? mapping::load_status::null : mapping::load_status::wrong_kind;
        }
        if (from.integer != 0 && from.integer != 1)
            return mapping::load_status::out_of_range;
        to = from.integer != 0;
        return mapping::load_status::ok;
    }
};

template <mapping::detail::number_integer T>
struct value<T> {
    static constexpr mapping::column_type type{mapping::detail::integer_kind<T>()};

    static mapping::cell store(T from, mapping::scratch&) {
        if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
            if (from > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
                mapping::detail::throw_unsigned_too_large();
            }
        }
        return mapping::cell::of(mapping::cell_kind::integer, static_cast<std::int64_t>(from));
    }
    static mapping::load_status load(mapping::cell const& from, T& to) {
        if (from.kind != mapping::cell_kind::integer) [[unlikely]] {
            std::int64_t number = 0;  // a sum that the server made a decimal of
            mapping::load_status const status = mapping::detail::load_integer(from, number);
            if (status != mapping::load_status::ok)
                return status;
            return load(mapping::cell::of(mapping::cell_kind::integer, number), to);
        }
        if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
            if (from.integer < 0)
                return mapping::load_status::out_of_range;
        } else if constexpr (sizeof(T) < 8) {
            if (from.integer < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
                from.integer > static_cast<std::int64_t>(std::numeric_limits<T>::max())) {
                return mapping::load_status::out_of_range;
            }
        }
        to = static_cast<T>(from.integer);
        return mapping::load_status::ok;
    }
};

template <std::floating_point T>
struct value<T> {
    static_assert(sizeof(T) <= sizeof(double), "Roam: long double has no column type; use double");
    static constexpr mapping::column_type type{sizeof(T) == 4 ? mapping::type_kind::float32
                                                              : mapping::type_kind::float64};

    static mapping::cell store(T from, mapping::scratch&) { return mapping::cell::of_real(from); }
    static mapping::load_status load(mapping::cell const& from, T& to) {
        double number = 0;
        if (from.kind == mapping::cell_kind::real) [[likely]] {
            number = from.real;
        } else {
            mapping::load_status const status = mapping::detail::load_real(from, number);
            if (status != mapping::load_status::ok)
                return status;
        }
        if constexpr (sizeof(T) < sizeof(double)) {
            constexpr double most = std::numeric_limits<T>::max();
            constexpr double infinity = std::numeric_limits<double>::infinity();
            if ((number > most && number < infinity) || (number < -most && number > -infinity)) {
                return mapping::load_status::out_of_range;
            }
        }
        to = static_cast<T>(number);
        return mapping::load_status::ok;
    }
};

template <>
struct value<std::string> {
    static constexpr mapping::column_type type{mapping::type_kind::text};
    static mapping::cell store(std::string const& from, mapping::scratch&) {
        return mapping::cell::of_text(from);
    }
    static mapping::load_status load(mapping::cell const& from, std::string& to) {
        if (from.kind != mapping::cell_kind::text)
            return mapping::detail::load_text(from, to);
        to.assign(from.text, from.size);
        return mapping::load_status::ok;
    }
};

/// Bytes of a legacy column that are sent as text without being checked (D26: a std::string is
/// UTF-8 without NUL on every backend).
struct unchecked_text {
    std::string bytes;
    friend bool operator==(unchecked_text const&, unchecked_text const&) = default;
};

template <>
struct value<unchecked_text> {
    static constexpr mapping::column_type type{mapping::type_kind::text};
    static mapping::cell store(unchecked_text const& from, mapping::scratch&) {
        return mapping::cell::of_text(from.bytes, mapping::cell_kind::unchecked_text);
    }
    static mapping::load_status load(mapping::cell const& from, unchecked_text& to) {
        return mapping::detail::load_text(from, to.bytes);
    }
};

template <>
struct value<std::vector<std::byte>> {
    static constexpr mapping::column_type type{mapping::type_kind::blob};
    static mapping::cell store(std::vector<std::byte> const& from, mapping::scratch&) {
        return mapping::cell::of_bytes(from);
    }
    static mapping::load_status load(mapping::cell const& from, std::vector<std::byte>& to) {
        return mapping::detail::load_blob(from, to);
    }
};

/// Text of at most N bytes inside the struct, without a pointer. Shorter text ends at the first
/// NUL; longer text is a conversion_error when it is read.
/// Thread safety: a plain value.
template <std::size_t N>
class fixed_string {
public:
    constexpr fixed_string() = default;
    /// Throws conversion_error when the text has more than N bytes.
    fixed_string(std::string_view text) {
        if (text.size() > N)
            mapping::detail::throw_too_long(text.size(), N);
        assign(text);
    }
    fixed_string(char const* text) : fixed_string(std::string_view{text}) {}

    constexpr std::string_view view() const { return {bytes_.data(), size_}; }
    constexpr operator std::string_view() const { return view(); }
    constexpr std::size_t size() const { return size_; }
    friend constexpr bool operator==(fixed_string const& a, fixed_string const& b) {
        return a.view() == b.view();
    }
    friend constexpr auto operator<=>(fixed_string const& a, fixed_string const& b) {
        return a.view() <=> b.view();
    }

private:
    constexpr void assign(std::string_view text) {
        size_ = static_cast<std::uint16_t>(text.size());
        for (std::size_t i = 0; i < text.size(); ++i)
            bytes_[i] = text[i];
    }
    static_assert(N > 0 && N <= 65535);
    std::array<char, N> bytes_{};
    std::uint16_t size_ = 0;
};

namespace mapping::detail {

/// Whether a column's value is text that a member of this size can hold.
inline load_status check_fixed_text(cell const& from, std::size_t room) {
    if (from.is_null())
        return load_status::null;
    if (from.kind != cell_kind::text)
        return load_status::wrong_kind;
    return from.size > room ? load_status::out_of_range : load_status::ok;
}

}  // namespace mapping::detail

template <std::size_t N>
struct value<fixed_string<N>> {
    static constexpr mapping::column_type type{.kind = mapping::type_kind::text, .length = N};
    static mapping::cell store(fixed_string<N> const& from, mapping::scratch&) {
        return mapping::cell::of_text(from.view());
    }
    static mapping::load_status load(mapping::cell const& from, fixed_string<N>& to) {
        auto const status = mapping::detail::check_fixed_text(from, N);
        if (status == mapping::load_status::ok)
            to = fixed_string<N>{from.as_text()};
        return status;
    }
};

template <std::size_t N>
struct value<std::array<char, N>> {
    static constexpr mapping::column_type type{.kind = mapping::type_kind::text, .length = N};
    static mapping::cell store(std::array<char, N> const& from, mapping::scratch&) {
        std::size_t size = 0;
        while (size < N && from[size] != '\0')
            ++size;
        return mapping::cell::of_text({from.data(), size});
    }
    static mapping::load_status load(mapping::cell const& from, std::array<char, N>& to) {
        if (auto const status = mapping::detail::check_fixed_text(from, N);
            status != mapping::load_status::ok) {
            return status;
        }
        to = {};
        for (std::size_t i = 0; i < from.size; ++i)
            to[i] = from.text[i];
        return mapping::load_status::ok;
    }
};

}  // namespace roam

#include <roam/mapping/detail/array_value.hpp>
#include <roam/mapping/detail/enum_value.hpp>
