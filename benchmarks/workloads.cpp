// SPDX-License-Identifier: MIT
#include "workloads.hpp"

#include <cstdio>
#include <cstring>
#include <numeric>
#include <utility>

namespace bench {

namespace {

std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

template <class... Arguments>
std::string print(char const* format, Arguments... arguments) {
    char buffer[128];
    std::snprintf(buffer, sizeof buffer, format, arguments...);
    return buffer;
}

// Eight bytes at a time: the sum of W3 and W5 is taken while the clock runs.
std::uint64_t fold(std::uint64_t sum, std::string_view text) noexcept {
    constexpr std::uint64_t factor = 0x9ddfea08eb382d69ULL;
    sum = (sum ^ text.size()) * factor;
    while (!text.empty()) {
        std::uint64_t word = 0;
        auto const size = text.size() < 8 ? text.size() : 8;
        std::memcpy(&word, text.data(), size);
        sum = (sum ^ word) * factor;
        sum ^= sum >> 29;
        text.remove_prefix(size);
    }
    return sum;
}

std::uint64_t hash(bench_row const& row) noexcept {
    std::uint64_t score = 0;
    std::memcpy(&score, &row.score, sizeof score);
    auto const small =
        static_cast<std::uint64_t>(row.level) * 4 + (row.active ? 2 : 0) + (row.note ? 1 : 0);
    auto sum = mix(static_cast<std::uint64_t>(row.id)) ^ score;
    sum = fold(sum + small, row.name);
    sum = fold(sum, row.email);
    sum = fold(sum, row.created_at);
    return row.note ? fold(sum, *row.note) : sum;
}

// Appends, as g++ 12 warns falsely (-Wrestrict) of "literal" + std::string at -O3.
void append_quoted(std::string& to, std::string const& text) {
    to += '\'';
    to += text;
    to += '\'';
}

void append_values(std::string& to, bench_row const& row, backend where) {
    to += '(';
    append_quoted(to, row.name);
    to += ',';
    append_quoted(to, row.email);
    to += print(",%.17g,%d,", row.score, row.level);
    to += where == backend::postgresql ? (row.active ? "true" : "false") : (row.active ? "1" : "0");
    to += ',';
    append_quoted(to, row.created_at);
    to += ',';
    if (row.note)
        append_quoted(to, *row.note);
    else
        to += "null";
    to += ')';
}

}  // namespace

std::string_view name_of(backend where) {
    switch (where) {
        case backend::memory:
            return "memory";
        case backend::file:
            return "file";
        case backend::postgresql:
            return "postgresql";
    }
    return "";
}

std::optional<backend> backend_named(std::string_view name) {
    for (auto where : {backend::memory, backend::file, backend::postgresql})
        if (name == name_of(where))
            return where;
    return std::nullopt;
}

bench_row make_row(std::int64_t number) {
    auto const random = mix(static_cast<std::uint64_t>(number));
    auto const part = [random](int shift, unsigned modulus) {
        return static_cast<unsigned>((random >> shift) % modulus);
    };
    auto const serial = static_cast<long long>(number);
    bench_row row;
    row.id = number;
    row.name = print("reader %06lld", serial);
    row.email = print("reader.%06lld@example.io", serial);
    row.score = part(3, 1000000) / 100.0;
    row.level = static_cast<int>(part(17, 100));
    row.active = part(29, 4) != 0;
    row.created_at = print("%04u-%02u-%02u %02u:%02u:%02u", 1990 + part(5, 40), 1 + part(11, 12),
                           1 + part(19, 28), part(23, 24), part(31, 60), part(37, 60));
    if (number % 3 != 0)
        row.note = print("prefers shelf %03u and window seat %02u", part(41, 1000), part(43, 100));
    return row;
}

std::vector<bench_row> make_rows(std::int64_t first, std::int64_t count) {
    std::vector<bench_row> rows;
    rows.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
        rows.push_back(make_row(first + i));
    return rows;
}

std::vector<std::int64_t> make_keys(std::int64_t n) {
    // A stride that shares no factor with n visits each number once.
    std::int64_t stride = n * 5 / 8 + 1;
    while (std::gcd(stride, n) != 1)
        ++stride;
    std::vector<std::int64_t> keys;
    keys.reserve(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i)
        keys.push_back(i * stride % n + 1);
    return keys;
}

std::vector<score_change> make_changes(std::int64_t n) {
    std::vector<score_change> changes;
    changes.reserve(static_cast<std::size_t>(n));
    for (auto key : make_keys(n))
        changes.push_back({key, make_row(key).score + 0.25});
    return changes;
}

std::uint64_t digest(std::span<bench_row const> rows) noexcept {
    std::uint64_t sum = 0;
    for (auto const& row : rows)
        sum += hash(row);
    return sum;
}

std::uint64_t digest(std::span<shelf const> shelves) noexcept {
    std::uint64_t sum = 0;
    for (auto const& [author, books] : shelves) {
        sum = fold(sum + static_cast<std::uint64_t>(author.id), author.name);
        for (auto const& book : books) {
            sum = fold(mix(sum + static_cast<std::uint64_t>(book.id)), book.title);
            sum += static_cast<std::uint64_t>(book.author_id * book.year);
        }
    }
    return sum;
}

std::vector<shelf> make_shelves(std::int64_t authors) {
    std::vector<shelf> shelves(static_cast<std::size_t>(authors));
    std::int64_t number = 0;
    for (auto& [author, books] : shelves) {
        author.id = ++number;
        author.name = print("writer %08lld", static_cast<long long>(number));
        books.resize(static_cast<std::size_t>(books_per_author));
    }
    // The books of all authors alternate, as they do in a table that has grown.
    for (std::int64_t i = 0; i < authors * books_per_author; ++i) {
        auto& to = shelves[static_cast<std::size_t>(i % authors)];
        to.books[static_cast<std::size_t>(i / authors)] = {
            .id = i + 1,
            .author_id = to.author.id,
            .title = print("the book of %09lld", static_cast<long long>(i + 1)),
            .year = static_cast<int>(1900 + mix(static_cast<std::uint64_t>(i)) % 120)};
    }
    return shelves;
}

std::uint64_t digest(std::span<bench_user const> users) noexcept {
    std::uint64_t sum = 0;
    for (auto const& user : users) {
        auto const named = fold(mix(static_cast<std::uint64_t>(user.id)), user.name);
        sum += user.hair_color ? fold(named, *user.hair_color) : named;
    }
    return sum;
}

std::vector<bench_user> make_users(std::int64_t count, std::optional<std::string> const& hair) {
    std::vector<bench_user> users(static_cast<std::size_t>(count));
    std::int64_t number = 0;
    for (auto& user : users) {
        user.name = "User ";
        user.name += std::to_string(number++);
        user.hair_color = hair;
    }
    return users;
}

std::vector<std::string> setting_statements(backend where) {
    if (where == backend::postgresql)
        return {};
    std::vector<std::string> statements{"pragma foreign_keys = on"};
    if (where == backend::file) {
        statements.emplace_back("pragma journal_mode = wal");
        statements.emplace_back("pragma synchronous = full");
    }
    return statements;
}

std::string setting_words(backend where) {
    switch (where) {
        case backend::memory:
            return "in memory (memdb), foreign_keys on";
        case backend::file:
            return "WAL file, synchronous FULL, foreign_keys on";
        case backend::postgresql:
            return "unlogged table";
    }
    return "";
}

std::vector<std::string> create_table_sql(backend where) {
    if (where != backend::postgresql)
        return {
            "create table bench_row ("
            "id integer primary key autoincrement, name text not null, email text not null, "
            "score real not null, level integer not null, active boolean not null, "
            "created_at text not null, note text)"};
    return {"drop table if exists bench_row",
            "create unlogged table bench_row ("
            "id bigint generated by default as identity primary key, name text not null, "
            "email text not null, score double precision not null, level integer not null, "
            "active boolean not null, created_at text not null, note text)"};
}

std::vector<std::string> create_library_sql(backend where, std::int64_t authors) {
    bool const server = where == backend::postgresql;
    std::string const table = server ? "create unlogged table " : "create table ";
    std::string const key =
        server ? "id bigint primary key, " : "id integer primary key autoincrement, ";
    std::vector<std::string> statements;
    if (server)
        statements.emplace_back("drop table if exists bench_book, bench_author");
    statements.push_back(table + "bench_author (" + key + "name text not null)");
    statements.push_back(table + "bench_book (" + key +
                         "author_id bigint not null, title text not null, year integer not null)");
    std::string people = "insert into bench_author (id, name) values ";
    std::vector<std::string> rows(static_cast<std::size_t>(authors * books_per_author));
    for (auto const& [author, books] : make_shelves(authors)) {
        people += author.id == 1 ? "" : ",";
        people += print("(%lld,'%s')", static_cast<long long>(author.id), author.name.c_str());
        for (auto const& book : books) {
            rows[static_cast<std::size_t>(book.id - 1)] =
                print("(%lld,%lld,'%s',%d)", static_cast<long long>(book.id),
                      static_cast<long long>(book.author_id), book.title.c_str(), book.year);
        }
    }
    statements.push_back(std::move(people));
    std::string all;
    for (auto const& row : rows) {
        all += all.empty() ? "insert into bench_book (id, author_id, title, year) values " : ",";
        all += row;
        if (all.size() > 50'000)
            statements.push_back(std::exchange(all, {}));
    }
    if (!all.empty())
        statements.push_back(std::move(all));
    statements.emplace_back("create index bench_book_author on bench_book (author_id)");
    statements.emplace_back("analyze");
    return statements;
}

std::vector<std::string> create_users_sql(backend where, std::int64_t users) {
    bool const server = where == backend::postgresql;
    std::vector<std::string> statements;
    if (server)
        statements.emplace_back("drop table if exists bench_user");
    statements.push_back(
        std::string{server ? "create unlogged table bench_user ("
                             "id bigint generated by default as identity primary key, "
                           : "create table bench_user (id integer primary key autoincrement, "} +
        "name text not null, hair_color text)");
    if (users == 0)
        return statements;
    std::string all;
    for (auto const& user : make_users(users, std::nullopt)) {
        all += all.empty() ? "insert into bench_user (name) values (" : ",(";
        append_quoted(all, user.name);
        all += ')';
    }
    statements.push_back(std::move(all));
    if (server)
        statements.emplace_back("analyze bench_user");
    return statements;
}

std::string insert_users_sql(std::size_t users, std::string_view mark) {
    std::string sql = "insert into bench_user (name, hair_color) values ";
    for (std::size_t i = 0; i < users; ++i) {
        sql += i == 0 ? "(" : ",(";
        sql.append(mark).append(std::to_string(2 * i + 1)).append(",");
        sql.append(mark).append(std::to_string(2 * i + 2)).append(")");
    }
    return sql;
}

std::vector<std::string> drop_table_sql(backend where) {
    // An SQLite database goes with its connection or its file.
    if (where != backend::postgresql)
        return {};
    return {"drop table bench_row", "drop table if exists bench_book, bench_author, bench_user"};
}

std::vector<std::string> fill_statements(backend where, std::int64_t n) {
    constexpr std::int64_t batch = 500;
    std::vector<std::string> statements;
    for (std::int64_t first = 1; first <= n; first += batch) {
        std::string sql =
            "insert into bench_row "
            "(name, email, score, level, active, created_at, note) values ";
        for (std::int64_t number = first; number <= n && number < first + batch; ++number) {
            if (number != first)
                sql += ',';
            append_values(sql, make_row(number), where);
        }
        statements.push_back(std::move(sql));
    }
    if (where == backend::postgresql)
        statements.emplace_back("analyze bench_row");
    return statements;
}

}  // namespace bench

void bench_checksum_add(bench::checksum& sum, bench::bench_row const& row) noexcept {
    sum.value_ += bench::hash(row);
}
