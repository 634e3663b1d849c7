// SPDX-License-Identifier: MIT
#include <roam/mapping/cell.hpp>

namespace roam::mapping {

std::string_view name_of(cell_kind kind) noexcept {
    switch (kind) {
        case cell_kind::null:
            return "null";
        case cell_kind::boolean:
            return "boolean";
        case cell_kind::integer:
            return "integer";
        case cell_kind::real:
            return "real";
        case cell_kind::text:
            return "text";
        case cell_kind::blob:
            return "blob";
        case cell_kind::date:
            return "date";
        case cell_kind::timestamp:
            return "timestamp";
        case cell_kind::local_timestamp:
            return "local timestamp";
        case cell_kind::uuid:
            return "uuid";
        case cell_kind::json:
            return "json";
        case cell_kind::decimal:
            return "decimal";
        case cell_kind::array:
            return "array";
        case cell_kind::unchecked_text:
            return "unchecked text";
        case cell_kind::rows:
            return "rows";
    }
    return "unknown";
}

}  // namespace roam::mapping
