// SPDX-License-Identifier: MIT
#include "backend/firebird/blob.hpp"
#include "backend/firebird/error.hpp"

#include <algorithm>

namespace roam::firebird {
namespace {

constexpr std::size_t longest_segment = 65535;

}  // namespace

bool write_blob(place at, std::string_view bytes, ISC_QUAD& id, ISC_STATUS* status) noexcept {
    isc_blob_handle blob = 0;
    isc_create_blob2(status, at.database, at.transaction, &blob, &id, 0, nullptr);
    while (!is_error(status) && !bytes.empty()) {
        auto const segment = bytes.substr(0, longest_segment);
        isc_put_segment(status, &blob, static_cast<unsigned short>(segment.size()), segment.data());
        bytes.remove_prefix(segment.size());
    }
    if (!is_error(status))
        isc_close_blob(status, &blob);
    if (!is_error(status))
        return true;
    ISC_STATUS_ARRAY ignored;
    if (blob != 0)
        isc_cancel_blob(ignored, &blob);
    return false;
}

bool read_blob(place at, ISC_QUAD id, std::string& bytes, ISC_STATUS* status) {
    bytes.clear();
    isc_blob_handle blob = 0;
    isc_open_blob2(status, at.database, at.transaction, &blob, &id, 0, nullptr);
    while (!is_error(status)) {
        auto const before = bytes.size();
        // Most are short; a longer one grows with its reading.
        std::size_t const room =
            std::min(longest_segment, std::max<std::size_t>(before, std::size_t{1024}));
        bytes.resize(before + room);
        unsigned short got = 0;
        isc_get_segment(status, &blob, &got, static_cast<unsigned short>(room),
                        bytes.data() + before);
        bytes.resize(before + got);
        if (status[1] == isc_segment)
            status[1] = 0;  // the rest of it comes with the next call
    }
    bool const at_end = status[1] == isc_segstr_eof;
    ISC_STATUS_ARRAY ignored;
    if (blob != 0)
        isc_close_blob(at_end ? status : ignored, &blob);
    return at_end && !is_error(status);
}

}  // namespace roam::firebird
