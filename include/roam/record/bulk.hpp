// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/insert.hpp>

#include <atomic>
#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

namespace roam {

namespace record_detail {

/// What a contiguous range holds, const or not.
template <class R>
using element_of = std::remove_reference_t<decltype(*std::data(std::declval<R&>()))>;

}  // namespace record_detail

/// Something contiguous whose elements are records: std::vector, std::array, std::span, T[N].
template <class R>
concept record_range = requires(R& r) {
    { std::size(r) } -> std::convertible_to<std::size_t>;
    *std::data(r);
} && record<std::remove_cv_t<record_detail::element_of<R>>>;

namespace record_detail {

/// How many rows one INSERT ... VALUES takes: bounded by the parameters a statement may have, and
/// by where more rows stop to pay.
inline constexpr std::size_t most_rows_per_insert = 100;
std::size_t rows_per_insert(std::size_t columns, sql::dialect const& d) noexcept;

/// How many rows one INSERT from arrays takes, or one COPY, unless their text and bytes are long:
/// then fewer.
inline constexpr std::size_t rows_per_arrays = 1000;
inline constexpr std::size_t rows_per_copy = 4000;
inline constexpr std::size_t bytes_per_arrays = 1 << 20;

/// From how many rows on COPY is faster than an INSERT from arrays.
inline constexpr std::size_t rows_worth_copy = 1000;

/// The generated keys of the rows of one INSERT after the other, ascending: keys count up in the
/// order of insertion (D13; capability ordered_bulk_keys). Where the engine tells them by itself
/// the INSERT goes without RETURNING, which on SQLite costs more than the rows; where it returns
/// them, it promises no order.
class row_keys {
public:
    /// `told`: whether to ask the engine to tell.
    row_keys(detail::batch& inside, mapping::table const& t, bool told);
    row_keys(row_keys const&) = delete;
    row_keys& operator=(row_keys const&) = delete;
    ~row_keys();

    bool are_told() const noexcept { return told_; }
    void reserve(std::size_t rows);
    /// Ends the INSERT of so many rows. Throws keys_not_told when a trigger adds rows as well.
    std::span<std::int64_t const> take(detail::execution& run, std::size_t rows);

private:
    void read(detail::execution& run, std::size_t rows);

    detail::batch& inside_;
    backend::key_log log_;
    std::vector<std::int64_t> keys_;
    bool told_;
};

/// How the rows of a range travel, where the engine can; the fastest first.
enum class bulk_way : std::uint8_t {
    copied,  ///< if nothing is read
    arrays,
    values,  ///< with RETURNING for the keys
};

/// Whether an insert that went this way is to be done again in the next slower one: COPY cannot do
/// it, a column is not of the mapping's type, or the keys were not told.
bool wants_slower_way(error const& e, bulk_way went) noexcept;

bulk_way next_slower(bulk_way way) noexcept;

/// Whether COPY is possible, and worth it for so many rows.
bool may_copy(sql::dialect const& d, bulk_way best, std::size_t rows) noexcept;

/// Begins the transaction of a range, or a savepoint, before its first statement. Not for one that
/// is alone, and undoes itself when it fails.
void begin_range(detail::batch& inside, bool is_alone);

/// One for each number of rows, so that the text of each is made once for each dialect.
template <class Verb>
inline constinit detail::statement_slot slots_of[most_rows_per_insert + 1]{};

template <class T, class D, key_use Keys, bool Told = false>
struct insert_many_verb {
    using one = insert_verb<T, D, Keys>;
    static constexpr std::size_t width = mapping::column_count<T, one::sent, D>;
    static constexpr column_set read = Told ? column_set::read_after_keyed_insert : one::read;
    std::size_t rows;

    static std::string make(void const* self, sql::dialect const& d) {
        return insert_text(table_of<T, D>(), one::sent, read,
                           static_cast<insert_many_verb const*>(self)->rows, d);
    }
    detail::statement_source source() const {
        return {.slot = &slots_of<insert_many_verb>[rows],
                .make = &make,
                .context = this,
                .table = &table_of<T, D>()};
    }
};

/// unnest() takes the dimensions of a column that is an array itself apart.
template <class T, class D>
consteval bool arrays_possible() {
    for (auto const& c : table_of<T, D>().columns) {
        if (mapping::belongs(c, column_set::sent_by_insert) &&
            c.type.kind == mapping::type_kind::array)
            return false;
    }
    return true;
}

/// One text for any number of rows, so that it is prepared once.
template <class T, class D, key_use Keys>
struct insert_arrays_verb {
    using one = insert_verb<T, D, Keys>;
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static constexpr bool is_copy = false;
    static std::string text(sql::dialect const& d) {
        return insert_arrays_text(table(), one::sent, one::read, d);
    }
    static constexpr detail::statement_source const& source() {
        return source_of<insert_arrays_verb>;
    }
};

template <class T, class D, key_use Keys>
struct copy_verb {
    using one = insert_verb<T, D, Keys>;
    static constexpr mapping::table const& table() { return table_of<T, D>(); }
    static constexpr bool is_copy = true;
    static std::string text(sql::dialect const& d) { return copy_text(table(), one::sent, d); }
    static constexpr detail::statement_source source() {
        auto made = source_of<copy_verb>;
        made.mode = backend::row_mode::copied;
        return made;
    }
};

/// Ends the INSERT of several records: each gets its key.
template <class T, class D, key_use Keys, class Record>
void take_keys(detail::execution& run, std::span<Record> chunk, row_keys& from) {
    using one = insert_verb<T, D, Keys>;
    if constexpr (one::only_key) {
        auto const keys = from.take(run, chunk.size());
        for (std::size_t i = 0; i < chunk.size(); ++i) {
            cell const key = cell::of(mapping::cell_kind::integer, keys[i]);
            mapping::load_columns<one::read, T, D>(&key, chunk[i]);
        }
    } else {
        run.affected();
    }
}

/// Inserts records by one statement, as many as there is room for `cells`.
template <class T, class D, key_use Keys, class Record>
std::size_t insert_values(detail::batch& inside, std::span<Record> records, std::span<cell> cells,
                          row_keys& keys) {
    using verb = insert_many_verb<T, D, Keys>;
    std::size_t const room = cells.size() / verb::width;
    auto const chunk = records.first(records.size() < room ? records.size() : room);
    mapping::scratch memory;
    cell* at = cells.data();
    for (Record& each : chunk) {
        record_detail::normalize<D>(each);
        mapping::store_columns<verb::one::sent, T, D>(each, at, memory);
        at += verb::width;
    }
    verb const returning{chunk.size()};
    insert_many_verb<T, D, Keys, true> const told{chunk.size()};
    begin_range(inside, verb::one::reads_nothing && chunk.size() == records.size());
    detail::execution run{inside, keys.are_told() ? told.source() : returning.source(),
                          cells.first(chunk.size() * verb::width)};
    take_keys<T, D, Keys>(run, chunk, keys);
    return chunk.size();
}

/// The same with an array for each column.
template <class Verb, class T, class D, key_use Keys, class Record>
std::size_t insert_arrays(detail::batch& inside, std::span<Record> records, std::span<cell> cells,
                          row_keys& keys) {
    constexpr std::size_t width = insert_many_verb<T, D, Keys>::width;
    std::size_t const room = cells.size() / width;
    std::size_t const most = records.size() < room ? records.size() : room;
    mapping::scratch memory;
    std::size_t rows = 0;
    for (std::size_t bytes = 0; rows < most && bytes < bytes_per_arrays; ++rows) {
        cell row[width];
        record_detail::normalize<D>(records[rows]);
        mapping::store_columns<Verb::one::sent, T, D>(records[rows], row, memory);
        for (std::size_t c = 0; c < width; ++c) {
            cells[c * room + rows] = row[c];
            bytes += row[c].size;
        }
    }
    cell arrays[width];
    for (std::size_t c = 0; c < width; ++c)
        arrays[c] = cell::of_rows(cells.subspan(c * room, rows));
    begin_range(inside, Verb::one::reads_nothing && !Verb::is_copy && rows == records.size());
    detail::execution run{inside, Verb::source(), arrays};
    take_keys<T, D, Keys>(run, records.first(rows), keys);
    return rows;
}

/// Whether several rows can go into one statement and be told apart afterwards: at most the
/// generated key comes back.
template <class One>
bool in_chunks(sql::dialect const& d, row_keys const& keys) {
    return One::reads_nothing ||
           (One::only_key && (keys.are_told() || d.can(sql::capability::returning)) &&
            d.can(sql::capability::ordered_bulk_keys));
}

template <class T, class D, key_use Keys, class Record>
void insert_all(std::span<Record> records, target const& on, bulk_way best) {
    using one = insert_verb<T, D, Keys>;
    constexpr std::size_t width = insert_many_verb<T, D, Keys>::width;
    detail::batch inside{on, detail::batch::without_transaction};
    row_keys keys{inside, table_of<T, D>(), one::only_key && best != bulk_way::values};
    sql::dialect const& d = inside.dialect();
    std::vector<cell> cells;
    auto const chunks = [&](auto insert_some, std::size_t rows) {
        std::size_t const most = rows < records.size() ? rows : records.size();
        cells.resize(width * most);
        keys.reserve(most);
        while (!records.empty())
            records = records.subspan(insert_some(inside, records, cells, keys));
    };
    if constexpr (width != 0) {
        if (in_chunks<one>(d, keys)) {
            if constexpr (arrays_possible<T, D>()) {
                if constexpr (one::reads_nothing) {
                    if (may_copy(d, best, records.size()))
                        chunks(insert_arrays<copy_verb<T, D, Keys>, T, D, Keys, Record>,
                               rows_per_copy);
                }
                if (best != bulk_way::values && d.can(sql::capability::native_arrays))
                    chunks(insert_arrays<insert_arrays_verb<T, D, Keys>, T, D, Keys, Record>,
                           rows_per_arrays);
            }
            if (d.can(sql::capability::multi_row_values))
                chunks(insert_values<T, D, Keys, Record>, rows_per_insert(width, d));
        }
    }
    if (!records.empty())
        begin_range(inside, false);
    for (Record& each : records)
        insert_one<one, Record, D>(each, inside);
    inside.commit();
}

template <class T, class D, key_use Keys, class Record>
void insert_range(std::span<Record> records, target const& on) {
    using one = insert_verb<T, D, Keys>;
    if (records.empty())
        return;
    if (records.size() == 1)
        return insert_one<one, Record, D>(records.front(), on);
    constinit static std::atomic<bulk_way> known{one::reads_nothing ? bulk_way::copied
                                                                    : bulk_way::arrays};
    for (auto best = known.load(std::memory_order_relaxed);; known.store(best)) {
        try {
            return insert_all<T, D, Keys>(records, on, best);
        } catch (statement_error const& e) {
            if (!wants_slower_way(e, best))
                throw;
            best = next_slower(best);
        }
    }
}

}  // namespace record_detail

/// Inserts all records or none, many rows a statement; the generated keys come back into the
/// records in their order. Inside a transaction it is a savepoint of it.
///
/// When it throws, no row was inserted, though records may hold keys of the attempt; an insert
/// never sends them. Sends `INSERT ... SELECT ... FROM unnest(...)` where the engine has arrays,
/// else VALUES of several rows; docs/queries.md says when which.
template <record_range R>
    requires(!std::is_const_v<record_detail::element_of<R>>)
void insert(R& records, target on = {}) {
    using T = record_detail::element_of<R>;
    using D = mapping::description_of<T>;
    using namespace record_detail;
    insert_range<T, D, key_use::read>(std::span<T>{std::data(records), std::size(records)},
                                      on_route<T, D, intent::write>(on));
}

/// Inserts all records or none, and brings nothing back, so that the records may be const: the
/// fastest way to write many. Inside a transaction it is a savepoint of it.
///
/// PostgreSQL takes a thousand rows and more by COPY, which fires triggers as INSERT does, but no
/// rules; where it is not possible (row-level security, a view, a column type without a binary form
/// that Roam writes) the first range of the type finds out, and is done again by INSERT.
template <class R>
    requires record_range<R const>
void insert(R const& records, without_keys_tag, target on = {}) {
    using T = std::remove_const_t<record_detail::element_of<R const>>;
    using D = mapping::description_of<T>;
    using namespace record_detail;
    insert_range<T, D, key_use::unread>(std::span<T const>{std::data(records), std::size(records)},
                                        on_route<T, D, intent::write>(on));
}

/// The same with a temporary, or with records that are const: the ones with their keys are
/// returned, in a range of the same type where that can hold them, else in a std::vector.
template <class R>
    requires record_range<std::remove_reference_t<R>> &&
             (!std::is_lvalue_reference_v<R> ||
              std::is_const_v<record_detail::element_of<std::remove_reference_t<R>>>)
auto insert(R&& records, target on = {}) {
    using range = std::remove_cvref_t<R>;
    using T = std::remove_const_t<record_detail::element_of<range>>;
    if constexpr (std::is_array_v<range> || std::is_const_v<record_detail::element_of<range>>) {
        std::vector<T> copy(std::data(records), std::data(records) + std::size(records));
        insert(copy, on);
        return copy;
    } else {
        range copy = std::forward<R>(records);
        insert(copy, on);
        return copy;
    }
}

}  // namespace roam
