// SPDX-License-Identifier: MIT
#include <roam/mapping/uuid.hpp>

#include <algorithm>

namespace roam::mapping::detail {
namespace {

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool read_uuid(std::string_view text, std::byte (&to)[16]) noexcept {
    bool const dashes = text.size() == 36;
    if (!dashes && text.size() != 32)
        return false;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10)) {
            if (text[at++] != '-')
                return false;
        }
        int const high = digit_of(text[at++]);
        int const low = digit_of(text[at++]);
        if (high < 0 || low < 0)
            return false;
        to[i] = static_cast<std::byte>(high * 16 + low);
    }
    return true;
}

}  // namespace

load_status load_uuid(cell const& from, std::byte (&to)[16]) noexcept {
    switch (from.kind) {
        case cell_kind::null:
            return load_status::null;
        case cell_kind::uuid:
        case cell_kind::blob:
            if (from.size != 16)
                return load_status::malformed;
            std::ranges::copy(from.as_bytes(), to);
            return load_status::ok;
        case cell_kind::text:
            return read_uuid(from.as_text(), to) ? load_status::ok : load_status::malformed;
        default:
            return load_status::wrong_kind;
    }
}

}  // namespace roam::mapping::detail
