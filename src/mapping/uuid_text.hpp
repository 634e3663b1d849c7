// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace roam::mapping {

inline constexpr std::size_t uuid_text_size = 36;  // 8-4-4-4-12 digits

/// Writes exactly uuid_text_size characters, of 16 bytes.
inline void write_uuid(char* out, std::byte const* bytes) noexcept {
    constexpr char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        auto const byte = std::to_integer<unsigned>(bytes[i]);
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
}

}  // namespace roam::mapping
