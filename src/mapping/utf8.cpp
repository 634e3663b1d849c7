// SPDX-License-Identifier: MIT
#include "mapping/utf8.hpp"

#include <cstddef>

namespace roam::mapping::detail {
namespace {

// How many bytes the sequence has that begins with `lead`, and which second bytes it may have
// (Unicode 15, table 3-7): this range alone keeps out overlong forms, surrogates and what lies
// above U+10FFFF. Size 0: no sequence begins so.
struct sequence {
    std::size_t size;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
};

sequence sequence_of(unsigned char lead) noexcept {
    if (lead < 0xc2)
        return {0};
    if (lead < 0xe0)
        return {2};
    if (lead == 0xe0)
        return {3, 0xa0, 0xbf};
    if (lead == 0xed)
        return {3, 0x80, 0x9f};
    if (lead < 0xf0)
        return {3};
    if (lead == 0xf0)
        return {4, 0x90, 0xbf};
    if (lead < 0xf4)
        return {4};
    if (lead == 0xf4)
        return {4, 0x80, 0x8f};
    return {0};
}

}  // namespace

bool is_valid_text_slow(std::string_view text) noexcept {
    auto const* at = reinterpret_cast<unsigned char const*>(text.data());
    auto const* const end = at + text.size();
    while (at != end) {
        // Mostly ASCII with a few letters beyond it is the usual case for getting here.
        while (end - at >= 8 &&
               (suspects(load_8(reinterpret_cast<char const*>(at))) & 0x8080808080808080u) == 0) {
            at += 8;
        }
        if (at == end)
            return true;
        if (*at < 0x80) {
            if (*at == 0)
                return false;
            ++at;
            continue;
        }
        auto const expected = sequence_of(*at);
        if (expected.size == 0 || static_cast<std::size_t>(end - at) < expected.size)
            return false;
        if (at[1] < expected.low || at[1] > expected.high)
            return false;
        for (std::size_t i = 2; i < expected.size; ++i) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
        }
        at += expected.size;
    }
    return true;
}

}  // namespace roam::mapping::detail
