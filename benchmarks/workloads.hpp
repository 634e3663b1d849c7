// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The record of every workload: eight columns. Its table has the same name and the same column
/// names and is made by the harness (create_table_sql), so that each subject meets the same DDL.
struct bench_row {
    std::int64_t id = 0;  // made by the database, never sent by an insert
    std::string name;     // 13 characters: fits a small string
    std::string email;    // 24 characters: does not
    double score = 0;     // hundredths
    int level = 0;        // 0 to 99
    bool active = false;
    std::string created_at;           // `YYYY-MM-DD HH:MM:SS`, as text
    std::optional<std::string> note;  // NULL in every third row
};

/// One change of workload W4: the row with this key gets this score.
struct score_change {
    std::int64_t id = 0;
    double score = 0;
};

/// Workload W6: an author, and a book; their tables are made for W6 only.
struct bench_author {
    std::int64_t id = 0;
    std::string name;  // 15 characters
};
struct bench_book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::string title;  // 21 characters
    int year = 0;
};

/// Diesel's two workloads, Q and I: a user of Diesel's own benchmarks, with a key of 64 bits.
struct bench_user {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> hair_color;
};

/// An author with all books of theirs.
struct shelf {
    bench_author author;
    std::vector<bench_book> books;
};
inline constexpr std::int64_t books_per_author = 10;

enum class backend { memory, file, postgresql };

std::string_view name_of(backend where);
std::optional<backend> backend_named(std::string_view name);

/// Where a subject shall open its one connection.
struct target {
    backend where = backend::memory;
    std::string place;  // a file name on SQLite (a memdb URI for memory), a URL on PostgreSQL
};

/// The sum over rows that a workload has seen; the order of the rows does not matter.
class checksum {
public:
    /// Adds one row. Subjects call this inside the measured region; callgrind is told to leave the
    /// instructions of the call out.
    void add(bench_row const& row) noexcept;
    std::uint64_t value() const noexcept { return value_; }

    std::uint64_t value_ = 0;
};

/// One peer: how it opens a connection and how it does each workload. A source file of the peer
/// fills one such struct in `make_subject()` and is linked with the harness into one executable
/// named `bench_<name>`; nothing else has to be told about it.
///
/// Only the workload members run inside the measured region, each once per process and after a
/// small warm-up with the same member, so that statements are prepared before the clock starts.
/// A subject checks what a careful program would: return codes, one row matched by an update.
/// Failures are exceptions. A workload that a peer cannot do stays empty and is left out.
struct subject {
    /// As in the report, for example `raw_sqlite`.
    std::string name;

    /// Names and run-time versions of the libraries, for example `sqlite 3.40.1`.
    std::string libraries;

    std::vector<backend> backends;

    /// The workloads to list, where a subject has its own way of some of them only. Empty: all that
    /// the members below can do.
    std::vector<std::string_view> only;

    /// Opens the connection and returns what it was opened with (flags and the like). Pragmas are
    /// not the subject's affair: the harness sends them through `execute`.
    std::function<std::string(target const&)> open;

    /// Runs one SQL statement in autocommit and drops its rows: pragmas, DDL and the filling of
    /// the table.
    std::function<void(std::string const&)> execute;

    /// Called when the table exists and is filled: the place to prepare statements. May be empty.
    std::function<void()> prepare;

    /// W1: inserts the rows in one transaction, a statement per row, and puts each generated key
    /// into its row's `id`.
    std::function<void(std::span<bench_row>)> insert_each;

    /// W1r: the same rows and keys in one transaction, by the peer's best means for a range. The
    /// baseline goes row by row here too.
    std::function<void(std::span<bench_row>)> insert_range;

    /// W1u: the same rows, all or none, when nobody wants their keys.
    std::function<void(std::span<bench_row>)> insert_unread;

    /// W2: the whole table as structs; all reads that check a result use it too.
    std::function<std::vector<bench_row>()> select_all;

    /// W3: finds one row after the other by key, all in one transaction, each into a struct of its
    /// own that is handed to `found.add`.
    std::function<void(std::span<std::int64_t const> keys, checksum& found)> find_each;

    /// W3a: the same without a transaction around it.
    std::function<void(std::span<std::int64_t const> keys, checksum& found)> find_each_autocommit;

    /// W3k: the same rows, by the peer's best means for many keys at once. The baseline finds one
    /// after the other here too.
    std::function<void(std::span<std::int64_t const> keys, checksum& found)> find_many;

    /// W4: `update bench_row set score = ? where id = ?` for one change after the other, in one
    /// transaction.
    std::function<void(std::span<score_change const>)> update_each;

    /// W4k: the same by the peer's best means for many changes that differ, all or none. The
    /// baseline goes one by one here too.
    std::function<void(std::span<score_change const>)> update_many;

    /// W5: the rows with `first <= id and id <= last`, in autocommit.
    std::function<std::vector<bench_row>(std::int64_t first, std::int64_t last)> select_range;

    /// W6: all authors by id, each with its books by id: two ordered selects, merged, in
    /// autocommit.
    std::function<std::vector<shelf>()> select_shelves;

    /// Q1 to Q10000: the whole table of users as structs, in autocommit. May prepare its statement
    /// when it is first called.
    std::function<std::vector<bench_user>()> select_users;

    /// I1 to I100: inserts these users, all or none, by the peer's best means; the keys need not
    /// come back. The baseline has one statement of as many rows. All calls of a process bring
    /// equally many users, so that the first may prepare it.
    std::function<void(std::span<bench_user>)> insert_users;

    /// Closes the connection.
    std::function<void()> close;
};

/// Defined by the one subject that is linked in.
subject make_subject();

/// The row with this number, 1 and up; its `id` is the number, which is also the key it gets in an
/// empty table.
bench_row make_row(std::int64_t number);

std::vector<bench_row> make_rows(std::int64_t first, std::int64_t count);

/// The numbers 1 to n, each once, in an order that jumps about.
std::vector<std::int64_t> make_keys(std::int64_t n);

/// A new score for each of those keys.
std::vector<score_change> make_changes(std::int64_t n);

/// The checksum of rows outside of the measured region.
std::uint64_t digest(std::span<bench_row const> rows) noexcept;

std::uint64_t digest(std::span<shelf const> shelves) noexcept;

/// The shelves of a library with so many authors.
std::vector<shelf> make_shelves(std::int64_t authors);

std::uint64_t digest(std::span<bench_user const> users) noexcept;

/// So many users, with their numbers from 0 in their names and without a key.
std::vector<bench_user> make_users(std::int64_t count, std::optional<std::string> const& hair);

/// The settings that every subject runs with, as statements to send after opening.
std::vector<std::string> setting_statements(backend where);

/// Those settings in words, for the report.
std::string setting_words(backend where);

/// Drops the table where one may be left over, and creates it.
std::vector<std::string> create_table_sql(backend where);

/// The same for the tables of W6, which it fills as well.
std::vector<std::string> create_library_sql(backend where, std::int64_t authors);

/// The same for the table of users, with so many in it, their keys from 1 and no hair color.
std::vector<std::string> create_users_sql(backend where, std::int64_t users);

/// One INSERT of so many users, with `mark` and a number for each value: `$1` or `?1` and so on.
std::string insert_users_sql(std::size_t users, std::string_view mark);

/// What to send at the end, so that nothing stays in a server.
std::vector<std::string> drop_table_sql(backend where);

/// The statements that fill the table with rows 1 to n, values in their text.
std::vector<std::string> fill_statements(backend where, std::int64_t n);

}  // namespace bench

extern "C" {
/// checksum::add, under a name that callgrind can be given: it toggles its collecting at the entry
/// and at the exit. So the few calls of a warm-up, outside of the measured region, are counted
/// instead of left out: the same small sum for every subject.
void bench_checksum_add(bench::checksum& sum, bench::bench_row const& row) noexcept;
}

inline void bench::checksum::add(bench_row const& row) noexcept { bench_checksum_add(*this, row); }
