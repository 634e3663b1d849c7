// SPDX-License-Identifier: MIT
#include <roam/record/find_many.hpp>

#include <algorithm>
#include <bit>
#include <compare>
#include <utility>

namespace roam::record_detail {

namespace {

/// What ends a search for many keys, or asks for them one by one.
struct search {
    keyed_rows const& type;
    std::size_t count;
    void const* keys;
    void* rows;
    std::vector<bool> found = std::vector<bool>(count);
    std::vector<cell> row = std::vector<cell>(type.table->columns.size());

    void load(detail::execution& run, std::size_t i) {
        explained(run, [&] { type.load(rows, i, row.data()); });
        found[i] = true;
    }
};

/// Any order will do in which equal keys stand together. Cells of different kinds are different,
/// even where a database calls them equal.
std::strong_ordering compare(cell const& a, cell const& b) {
    if (a.kind != b.kind)
        return a.kind <=> b.kind;
    switch (a.kind) {
        case mapping::cell_kind::null:
            return std::strong_ordering::equal;
        case mapping::cell_kind::boolean:
        case mapping::cell_kind::integer:
        case mapping::cell_kind::date:
        case mapping::cell_kind::timestamp:
        case mapping::cell_kind::local_timestamp:
            return a.integer <=> b.integer;
        case mapping::cell_kind::real:
            return std::bit_cast<std::int64_t>(a.real) <=> std::bit_cast<std::int64_t>(b.real);
        case mapping::cell_kind::blob:
        case mapping::cell_kind::uuid: {
            auto const left = a.as_bytes();
            auto const right = b.as_bytes();
            return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                          right.end());
        }
        default:
            return a.as_text() <=> b.as_text();
    }
}

/// Keys in order, each with its place.
class key_places {
public:
    explicit key_places(search const& all) : keys_(all.count) {
        for (std::size_t i = 0; i < all.count; ++i) {
            all.type.store(all.keys, i, &keys_[i].key, memory_);
            keys_[i].place = i;
            integers_ = integers_ && keys_[i].key.kind == mapping::cell_kind::integer;
        }
    }
    /// As a parameter of `= ANY`; before sort().
    std::vector<cell> cells() const {
        std::vector<cell> all(keys_.size());
        for (std::size_t i = 0; i < keys_.size(); ++i)
            all[i] = keys_[i].key;
        return all;
    }
    void sort() {
        if (integers_)
            sort_by([](cell const& a, cell const& b) { return a.integer <=> b.integer; });
        else
            sort_by(compare);
    }
    /// The row that was fetched goes to each of its keys. False where it has none.
    bool put(detail::execution& run, search& all) const {
        cell const& key = all.row[all.type.table->primary_key.at[0]];
        auto at = find(key);
        if (at == keys_.end() || compare(key, at->key) != 0)
            return false;
        std::size_t const first = at->place;
        all.load(run, first);
        for (++at; at != keys_.end() && compare(key, at->key) == 0; ++at) {
            all.type.copy(all.rows, first, at->place);
            all.found[at->place] = true;
        }
        return true;
    }

private:
    struct placed {
        cell key;
        std::size_t place;
    };
    using iterator = std::vector<placed>::const_iterator;

    template <class Compare>
    void sort_by(Compare order_of) {
        auto const earlier = [&](placed const& a, placed const& b) {
            auto const order = order_of(a.key, b.key);
            return order < 0 || (order == 0 && a.place < b.place);
        };
        if (!std::is_sorted(keys_.begin(), keys_.end(), earlier))
            std::sort(keys_.begin(), keys_.end(), earlier);
    }
    /// The first that does not come before the key.
    iterator find(cell const& key) const {
        if (integers_ && key.kind == mapping::cell_kind::integer) {
            return std::lower_bound(
                keys_.begin(), keys_.end(), key.integer,
                [](placed const& k, std::int64_t wanted) { return k.key.integer < wanted; });
        }
        return std::lower_bound(
            keys_.begin(), keys_.end(), key,
            [](placed const& k, cell const& wanted) { return compare(k.key, wanted) < 0; });
    }

    std::vector<placed> keys_;
    mapping::scratch memory_;
    bool integers_ = true;  ///< all of them, the usual case
};

/// False when a row came that belongs to none of the keys.
bool take_rows(detail::execution& run, search& all, key_places const& places) {
    bool every_row_placed = true;
    while (run.fetch(all.row.data()))
        every_row_placed = places.put(run, all) && every_row_placed;
    return every_row_placed;
}

bool find_by_array(search& all, detail::batch& inside) {
    key_places places{all};
    auto const cells = places.cells();
    places.sort();
    cell const array = cell::of_rows(cells);
    detail::execution run{inside, *all.type.by_array, {&array, 1}};
    return take_rows(run, all, places);
}

bool find_by_lists(search& all, detail::batch& inside) {
    key_places places{all};
    auto const cells = places.cells();
    places.sort();
    bool every_row_placed = true;
    cell list[keys_per_list];
    for (std::size_t done = 0; done < cells.size(); done += keys_per_list) {
        for (std::size_t i = 0; i < keys_per_list; ++i)
            list[i] = cells[std::min(done + i, cells.size() - 1)];
        detail::execution run{inside, *all.type.by_list, list};
        every_row_placed = take_rows(run, all, places) && every_row_placed;
    }
    return every_row_placed;
}

/// Asks for those that are not found yet, one after the other.
void find_each(search& all, detail::batch& inside) {
    std::vector<cell> key(all.type.table->primary_key.size);
    for (std::size_t i = 0; i < all.count; ++i) {
        if (all.found[i])
            continue;
        mapping::scratch memory;
        all.type.store(all.keys, i, key.data(), memory);
        detail::execution run{inside, *all.type.by_key, key};
        if (run.fetch(all.row.data()))
            all.load(run, i);
    }
}

/// Whether rows can be given to their keys again by the key's cell.
bool are_keys_comparable(mapping::table const& t) {
    if (t.primary_key.size != 1)
        return false;
    auto const kind = t.columns[t.primary_key.at[0]].type.kind;
    return kind != mapping::type_kind::array && kind != mapping::type_kind::float32 &&
           kind != mapping::type_kind::float64;
}

/// Whether keys are equal in the program exactly where they are in the database. A collation may
/// hold texts for equal that are not.
bool are_keys_exact(mapping::table const& t) {
    return mapping::is_integer(t.columns[t.primary_key.at[0]].type.kind);
}

}  // namespace

std::size_t find_by_keys(target const& on, keyed_rows const& type, std::size_t count,
                         void const* keys, void* rows) {
    if (count == 0)
        return 0;
    search all{.type = type, .count = count, .keys = keys, .rows = rows};
    detail::batch inside{on, detail::batch::without_transaction};
    sql::dialect const& d = inside.dialect();
    bool const by_array = d.can(sql::capability::native_arrays);
    bool complete = false;
    if (count > 1 && are_keys_comparable(*type.table) && (by_array || is_mysql(d.family))) {
        bool const every_row_placed =
            by_array ? find_by_array(all, inside) : find_by_lists(all, inside);
        complete = every_row_placed && are_keys_exact(*type.table);
    }
    if (!complete)
        find_each(all, inside);
    return static_cast<std::size_t>(std::count(all.found.begin(), all.found.end(), false));
}

}  // namespace roam::record_detail
