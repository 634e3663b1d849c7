// SPDX-License-Identifier: MIT
#pragma once

#include <roam/record/remove.hpp>
#include <roam/record/upsert.hpp>
#include <roam/session/pipeline.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

namespace roam {

namespace record_detail {

/// How a write of a batch is done with the record at an address.
struct write_kind {
    /// Gives the statement to the pipeline, with the values that the record has then.
    void (*put)(detail::pipeline& line, void* record);
    /// Takes back what put() has changed in the record; null: nothing.
    void (*undo)(void* record) = nullptr;
};

template <class Verb, class T, class D>
void put_insert(detail::pipeline& line, void* at) {
    T& record = *static_cast<T*>(at);
    record_detail::normalize<D>(record);
    stored<Verb::sent, T, D> const cells{record};
    line.put(
        source_of<Verb>, cells.all(),
        [](detail::execution& run, detail::batch&, void* to) {
            finish_insert<Verb, T, D>(run, *static_cast<T*>(to));
        },
        at);
}

template <class Verb, class Cells, class T, class D>
void put_update(detail::pipeline& line, void* at) {
    T& record = *static_cast<T*>(at);
    record_detail::normalize<D>(record);
    Cells const cells{record};
    line.put(
        source_of<Verb>, cells.all(),
        [](detail::execution& run, detail::batch& inside, void* to) {
            T& written = *static_cast<T*>(to);
            [[maybe_unused]] bool const complete = finish_update<Verb, T, D>(run, written);
            if constexpr (reads_computed<T, D, T>) {
                if (!complete)
                    read_computed<T, D>(written, inside);
            }
        },
        at);
    if constexpr (mapping::column_count<T, column_set::version, D> != 0)
        next_version<T, D>(record);
}

template <class T, class D>
void undo_update(void* at) {
    auto visit = [&]<std::size_t Column>(auto& member) {
        if constexpr (table_of<T, D>().columns[Column].version)
            --member;
    };
    mapping::detail::visit_columns<0, T, D>(*static_cast<T*>(at), visit);
}

template <class T, class D>
void put_remove(detail::pipeline& line, void* at) {
    stored<column_set::row, T, D> const cells{*static_cast<T const*>(at)};
    line.put(
        source_of<remove_verb<T, D>>, cells.all(),
        [](detail::execution& run, detail::batch&, void*) { finish_remove<T, D>(run); }, at);
}

template <class Verb, class Cells, class T, class D>
inline constexpr write_kind update_kind{
    .put = &put_update<Verb, Cells, T, D>,
    .undo = mapping::column_count<T, column_set::version, D> != 0 ? &undo_update<T, D> : nullptr};

template <class Verb, class T, class D>
inline constexpr write_kind insert_kind{.put = &put_insert<Verb, T, D>};

template <class T, class D>
inline constexpr write_kind remove_kind{.put = &put_remove<T, D>};

#define ROAM_DETAIL_NEEDS_NO_ROUTE(T, D)                                                   \
    static_assert(table_of<T, D>().database.empty(),                                       \
                  "Roam: a write_batch is written to one database, and this record has a " \
                  "route to its own; write it by insert(), update() or remove()")

}  // namespace record_detail

/// Writes of many records that are done together: all of them or none, in the order in which they
/// were added. PostgreSQL gets them one after the other without a wait for each answer, so that a
/// thousand of them take a few round trips; elsewhere each is a statement of its own.
///
///     roam::write_batch writes;
///     writes.update<&book::copies>(b);
///     writes.insert(l);  // has its key after commit()
///     writes.remove(old);
///     writes.commit(library);
///
/// Nothing is sent, and no session is taken, before commit(). It writes the values that the records
/// have then, so they must live until then and stay where they are.
///
/// Thread safety: a plain value that refers to records: one thread at a time, and with the last of
/// them any.
class write_batch {
public:
    /// As insert(), update(), remove() of one record do it.
    template <record T, class D = mapping::description_of<T>>
    void insert(T& record) {
        ROAM_DETAIL_NEEDS_NO_ROUTE(T, D);
        add(record_detail::insert_kind<record_detail::insert_verb<T, D>, T, D>, &record);
    }
    template <record T, class D = mapping::description_of<T>>
    void update(T& record) {
        ROAM_DETAIL_NEEDS_KEY(T, D);
        ROAM_DETAIL_NEEDS_NO_ROUTE(T, D);
        using namespace record_detail;
        add(update_kind<update_verb<T, D>, stored<column_set::update, T, D>, T, D>, &record);
    }
    template <auto First, auto... Rest, record T, class D = mapping::description_of<T>>
        requires std::is_member_object_pointer_v<decltype(First)>
    void update(T& record) {
        ROAM_DETAIL_NEEDS_KEY(T, D);
        ROAM_DETAIL_NEEDS_NO_ROUTE(T, D);
        using namespace record_detail;
        using verb = update_some_verb<T, D, First, Rest...>;
        check_members<verb>();
        add(update_kind<verb, update_some_cells<T, D, First, Rest...>, T, D>, &record);
    }
    template <record T, class D = mapping::description_of<T>>
    void remove(T const& record) {
        ROAM_DETAIL_NEEDS_KEY(T, D);
        ROAM_DETAIL_NEEDS_NO_ROUTE(T, D);
        add(record_detail::remove_kind<T, D>, const_cast<T*>(&record));  // it is only read
    }
    /// A temporary would be gone before commit().
    template <record T>
    void remove(T const&& record) = delete;

    std::size_t size() const noexcept { return writes_.size(); }
    bool empty() const noexcept { return writes_.empty(); }
    void clear() noexcept { writes_.clear(); }

    /// Writes all, in a transaction, or in a savepoint of the one that is open, and is empty then.
    /// Throws what the single write would throw: stale_record_error for a row that is not there or
    /// has another version, constraint errors, conversion_error. Nothing is written then, versions
    /// are as they were, and the batch keeps its writes: it can be committed again.
    void commit(target on = {});

private:
    struct write {
        record_detail::write_kind const* kind;
        void* record;
    };
    /// The records with more than one write, in order.
    std::vector<void*> repeated() const;

    void add(record_detail::write_kind const& kind, void* record) {
        writes_.push_back({&kind, record});
    }

    std::vector<write> writes_;
};

}  // namespace roam
