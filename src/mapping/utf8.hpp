// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace roam::mapping {

namespace detail {

bool is_valid_text_slow(std::string_view text) noexcept;

inline std::uint64_t load_8(char const* at) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// Not zero in a byte's highest bit where a word has a byte above 127 or a NUL. A borrow can only
// start at a NUL, so no word of plain ASCII is suspected.
inline std::uint64_t suspects(std::uint64_t word) noexcept {
    return word | (word - 0x0101010101010101u);
}

#if defined(__SSE2__)
// ASCII without NUL is what as a signed number is above zero: one comparison for both.
inline __m128i plain(__m128i bytes) noexcept { return _mm_cmpgt_epi8(bytes, _mm_setzero_si128()); }

inline __m128i plain_16(char const* at) noexcept {
    return plain(_mm_loadu_si128(reinterpret_cast<__m128i const*>(at)));
}

inline bool all(__m128i plain_bytes) noexcept { return _mm_movemask_epi8(plain_bytes) == 0xffff; }
#endif

}  // namespace detail

/// Whether `text` is UTF-8 without a NUL byte: no overlong form, no surrogate, nothing above
/// U+10FFFF, nothing cut off. Plain ASCII is looked at 8 or 16 bytes at a time, without a call.
/// Thread safety: touches nothing but its argument.
inline bool is_valid_text(std::string_view text) noexcept {
    char const* at = text.data();
    // The last word overlaps the one before it: no loop over single bytes.
#if defined(__SSE2__)
    if (text.size() >= 16) {
        char const* const last = at + text.size() - 16;
        __m128i seen = detail::plain_16(last);
        for (; at < last; at += 16)
            seen = _mm_and_si128(seen, detail::plain_16(at));
        return detail::all(seen) || detail::is_valid_text_slow(text);
    }
    if (text.size() >= 8) {  // two halves see all
        auto const first = static_cast<long long>(detail::load_8(at));
        auto const last = static_cast<long long>(detail::load_8(at + text.size() - 8));
        if (detail::all(detail::plain(_mm_set_epi64x(last, first))))
            return true;
    }
#else
    if (text.size() >= 8) {
        char const* const last = at + text.size() - 8;
        std::uint64_t seen = detail::suspects(detail::load_8(last));
        for (; at < last; at += 8)
            seen |= detail::suspects(detail::load_8(at));
        if ((seen & 0x8080808080808080u) == 0)
            return true;
    }
#endif
    return detail::is_valid_text_slow(text);
}

}  // namespace roam::mapping
