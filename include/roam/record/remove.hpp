// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/detail/verb.hpp>

namespace roam {

namespace record_detail {

template <class T, class D>
struct remove_verb {
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static std::string text(sql::dialect const& d) { return remove_text(table(), d); }
};

template <class T, class D>
void finish_remove(detail::execution& run) {
    if (run.affected() != 1)
        throw_stale(run, table_of<T, D>(), "remove");
}

}  // namespace record_detail

/// Removes the row with the record's key (and version, if it has one). The record itself keeps its
/// values. Sends `DELETE FROM t WHERE key`. Throws stale_record_error when there was no such row,
/// foreign_key_error when others refer to it.
template <record T, class D = mapping::description_of<T>>
void remove(T const& record, target on = {}) {
    ROAM_DETAIL_NEEDS_KEY(T, D);
    using namespace record_detail;
    stored<column_set::row, T, D> const cells{record};
    change_row(on_route<T, D, intent::write>(on, record), source_of<remove_verb<T, D>>, cells.all(),
               "remove");
}

}  // namespace roam
