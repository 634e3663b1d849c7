// SPDX-License-Identifier: MIT
// A stream's memory does not grow with its rows. One program for each backend.
#include <roam/roam.hpp>

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/scale.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct digit {
    std::int64_t id = 0;
    int digit = 0;
    std::string words;
};
ROAM_RECORD(digit, table("digits"), length<&digit::words>(60))

/// A row of a view whose ten million rows the database makes while they are read.
struct number {
    std::int64_t id = 0;
    std::string words;
};
ROAM_RECORD(number, table("numbers"))

constexpr std::size_t all_numbers = 10'000'000;
constexpr std::size_t few = 20'000;

/// What may come and go with the allocator. Of the rows of the least of these tests, of 56 bytes
/// and more each, it is a quarter.
constexpr std::size_t allowed_kib = 1024;

void make_numbers(roam::database const& db) {
    roam::create_tables<digit>(db);
    std::vector<digit> digits;
    for (int i = 0; i < 10; ++i)
        digits.push_back({.digit = i, .words = "a text that is longer than a string's own memory"});
    roam::insert(digits, db);
    roam::raw(
        "CREATE VIEW numbers AS SELECT a.digit + 10 * b.digit + 100 * c.digit"
        " + 1000 * d.digit + 10000 * e.digit + 100000 * f.digit + 1000000 * g.digit AS id,"
        " a.words AS words FROM digits a, digits b, digits c, digits d, digits e, digits f,"
        " digits g")
        .run(db);
}

/// Of the process, that no file backs.
std::size_t memory_kib() {
    std::ifstream status{"/proc/self/status"};
    std::string word;
    std::size_t kib = 0;
    while (status >> word) {
        if (word == "RssAnon:" && status >> kib)
            return kib;
    }
    throw std::runtime_error("the kernel tells no RssAnon");
}

struct reading {
    std::size_t rows = 0;
    std::size_t most_kib = 0;
};

template <class Stream>
reading read(Stream stream) {
    reading r;
    for (number const& each : stream) {
        if (each.words.size() < 40)
            throw std::runtime_error("a row came without its words");
        if (r.rows++ % 4096 == 0)
            r.most_kib = std::max(r.most_kib, memory_kib());
    }
    r.most_kib = std::max(r.most_kib, memory_kib());
    return r;
}

/// MariaDB's and SQLite's ODBC drivers keep every row, in up to so many bytes each.
std::size_t kept_by_driver() {
    bool const keeps = roam::test::over_odbc() && roam::test::engine() != "postgresql";
    return keeps ? 160 : 0;
}

std::size_t many() {
    auto const wanted = roam::test::scaled(all_numbers, 5 * few);
    return kept_by_driver() == 0 ? wanted : std::min(wanted, 25 * few);
}

void check_growth(reading const& first, reading const& second) {
    std::cout << first.rows << " rows: " << first.most_kib << " KiB, " << second.rows
              << " rows: " << second.most_kib << " KiB\n";
    CHECK(first.rows == few);
    CHECK(second.rows == many());
    auto const kept_kib = (second.rows - first.rows) * kept_by_driver() / 1024;
    CHECK(second.most_kib <= first.most_kib + allowed_kib + kept_kib);
}

auto numbers(std::size_t rows) {
    return roam::select<number>().limit(static_cast<std::int64_t>(rows));
}

}  // namespace

TEST_CASE("a stream of many rows takes no more memory than one of a few") {
    roam::test::place const where;
    auto const db = where.open(1);
    make_numbers(db);
    auto const first = read(numbers(few).stream(db));
    check_growth(first, read(numbers(many()).stream(db)));
}

TEST_CASE("an interleaved stream of many rows takes no more memory than one of a few") {
    roam::test::place const where;
    auto const db = where.open(1);
    make_numbers(db);
    roam::transaction const tx{db};
    auto const first = read(numbers(few).stream(roam::interleaved));
    check_growth(first, read(numbers(many()).stream(roam::interleaved)));
}
