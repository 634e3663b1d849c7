// SPDX-License-Identifier: MIT
#include <roam/record/find_many.hpp>

#include <algorithm>
#include <cstring>
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
bool comes_before(cell const& a, cell const& b) {
    if (a.kind != b.kind)
        return a.kind < b.kind;
    switch (a.kind) {
        case mapping::cell_kind::null:
            return false;
        case mapping::cell_kind::boolean:
        case mapping::cell_kind::integer:
        case mapping::cell_kind::date:
        case mapping::cell_kind::timestamp:
        case mapping::cell_kind::local_timestamp:
            return a.integer < b.integer;
        default:
            return a.as_text() < b.as_text();
    }
}

/// Keys in order, each with its place.
class key_places {
public:
    explicit key_places(search const& all) : keys_(all.count) {
        for (std::size_t i = 0; i < all.count; ++i) {
            all.type.store(all.keys, i, &keys_[i].key, memory_);
            keys_[i].place = i;
        }
    }
    /// As a parameter of `= ANY`.
    std::vector<cell> cells() const {
        std::vector<cell> all(keys_.size());
        for (auto const& k : keys_)
            all[k.place] = k.key;
        return all;
    }
    void sort() {
        std::sort(keys_.begin(), keys_.end(), [](placed const& a, placed const& b) {
            return comes_before(a.key, b.key) || (!comes_before(b.key, a.key) && a.place < b.place);
        });
    }
    /// The row that was fetched goes to each of its keys. False where it has none.
    bool put(detail::execution& run, search& all) const {
        cell const& key = all.row[all.type.table->primary_key.at[0]];
        auto at = std::lower_bound(
            keys_.begin(), keys_.end(), key,
            [](placed const& k, cell const& wanted) { return comes_before(k.key, wanted); });
        if (at == keys_.end() || comes_before(key, at->key))
            return false;
        std::size_t const first = at->place;
        all.load(run, first);
        for (++at; at != keys_.end() && !comes_before(key, at->key); ++at) {
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
    std::vector<placed> keys_;
    mapping::scratch memory_;
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
