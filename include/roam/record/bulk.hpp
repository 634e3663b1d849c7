// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/insert.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace roam {

/// Something contiguous whose elements are records: std::vector, std::array, std::span.
template <class R>
concept record_range = requires(R& r) {
    { r.size() } -> std::convertible_to<std::size_t>;
    *r.data();
} && record<std::remove_cvref_t<decltype(*std::declval<R&>().data())>>;

namespace record_detail {

/// How many rows one INSERT takes: bounded by the parameters a statement may have, and by where
/// more rows stop to pay.
std::size_t rows_per_insert(std::size_t columns, sql::dialect const& d) noexcept;

/// The generated keys that an INSERT of several rows returns, ascending: RETURNING promises no
/// order, but keys count up in the order of insertion (D13; capability ordered_bulk_keys).
std::vector<std::int64_t> sorted_keys(detail::execution& run, std::size_t rows);

template <class T, class D>
struct insert_many_verb {
    using one = insert_verb<T, D, false>;
    static constexpr std::size_t width = mapping::column_count<T, one::sent, D>;
    std::size_t rows;

    static std::string make(void const* self, sql::dialect const& d) {
        return insert_text(table_of<T, D>(), one::sent, one::read,
                           static_cast<insert_many_verb const*>(self)->rows, d);
    }
};

/// Inserts some records by one statement.
template <class T, class D>
void insert_chunk(detail::batch& inside, std::span<T> chunk, std::vector<cell>& cells) {
    using verb = insert_many_verb<T, D>;
    mapping::scratch memory;
    cells.resize(chunk.size() * verb::width);
    cell* at = cells.data();
    for (T& each : chunk) {
        record_detail::normalize<D>(each);
        mapping::store_columns<verb::one::sent, T, D>(each, at, memory);
        at += verb::width;
    }
    verb const self{chunk.size()};
    detail::execution run{
        inside, {.make = &verb::make, .context = &self, .table = &table_of<T, D>()}, cells};
    if constexpr (verb::one::only_key) {
        auto const keys = sorted_keys(run, chunk.size());
        for (std::size_t i = 0; i < chunk.size(); ++i) {
            cell const key = cell::of(mapping::cell_kind::integer, keys[i]);
            mapping::load_columns<verb::one::read, T, D>(&key, chunk[i]);
        }
    } else {
        run.affected();
    }
}

/// Whether several rows can go into one statement and be told apart afterwards: at most the
/// generated key comes back.
template <class T, class D>
bool in_chunks(sql::dialect const& d) {
    using one = insert_verb<T, D, false>;
    if (!d.can(sql::capability::multi_row_values) || insert_many_verb<T, D>::width == 0)
        return false;
    if (mapping::column_count<T, one::read, D> == 0)
        return true;
    return one::only_key && d.can(sql::capability::returning) &&
           d.can(sql::capability::ordered_bulk_keys);
}

template <class T, class D>
void insert_range(std::span<T> records, target const& on) {
    if (records.empty())
        return;
    detail::batch inside{on};
    if (records.size() > 1 && in_chunks<T, D>(inside.dialect())) {
        std::size_t const most = rows_per_insert(insert_many_verb<T, D>::width, inside.dialect());
        std::vector<cell> cells;
        for (std::size_t at = 0; at < records.size(); at += most) {
            insert_chunk<T, D>(inside, records.subspan(at, std::min(most, records.size() - at)),
                               cells);
        }
    } else {
        for (T& each : records)
            insert_one<insert_verb<T, D, false>, T, D>(each, inside);
    }
    inside.commit();
}

}  // namespace record_detail

/// Inserts all records or none, some hundred rows a statement; the generated keys come back into
/// the records in their order. Inside a transaction it is a savepoint of it.
///
/// When it throws, no row was inserted, though records may hold keys of the attempt; an insert
/// never sends them.
template <record_range R>
void insert(R& records, target on = {}) {
    using T = std::remove_reference_t<decltype(*records.data())>;
    static_assert(!std::is_const_v<T>,
                  "Roam: inserted records get their keys, so they cannot be const");
    record_detail::insert_range<T, mapping::description_of<T>>({records.data(), records.size()},
                                                               on);
}

}  // namespace roam
