// SPDX-License-Identifier: MIT
#pragma once

// The codec of raw_libpq.hpp for parameters and results in the server's binary format: numbers as
// big-endian bytes, text as it is.

#include "raw_libpq.hpp"

#include <endian.h>

#include <bit>
#include <cstring>

namespace bench {

inline void point(parameters& to, std::size_t place, char const* bytes, std::size_t size) {
    to.values[place] = bytes;
    to.lengths[place] = static_cast<int>(size);
    to.formats[place] = 1;
}

inline void write(parameters& to, std::size_t place, std::int64_t number) {
    auto const bytes = htobe64(static_cast<std::uint64_t>(number));
    std::memcpy(to.room[place].data(), &bytes, sizeof bytes);
    point(to, place, to.room[place].data(), sizeof bytes);
}

inline void write(parameters& to, std::size_t place, double number) {
    write(to, place, std::bit_cast<std::int64_t>(number));
}

inline void write(parameters& to, std::size_t place, int number) {
    auto const bytes = htobe32(static_cast<std::uint32_t>(number));
    std::memcpy(to.room[place].data(), &bytes, sizeof bytes);
    point(to, place, to.room[place].data(), sizeof bytes);
}

inline void write(parameters& to, std::size_t place, bool value) {
    to.room[place][0] = value ? 1 : 0;
    point(to, place, to.room[place].data(), 1);
}

inline void write(parameters& to, std::size_t place, std::string const& text) {
    point(to, place, text.data(), text.size());
}

inline std::int64_t read_64(PGresult const* from, int row, int column) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, PQgetvalue(from, row, column), sizeof bytes);
    return static_cast<std::int64_t>(be64toh(bytes));
}

inline int read_32(PGresult const* from, int row, int column) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, PQgetvalue(from, row, column), sizeof bytes);
    return static_cast<int>(be32toh(bytes));
}

inline void read_text(PGresult const* from, int row, int column, std::string& text) {
    text.assign(PQgetvalue(from, row, column),
                static_cast<std::size_t>(PQgetlength(from, row, column)));
}

// A value as arrays and COPY have it: its length, then its bytes.

inline void append_bytes(std::string& to, std::int32_t number) {
    auto const bytes = htobe32(static_cast<std::uint32_t>(number));
    to.append(reinterpret_cast<char const*>(&bytes), sizeof bytes);
}

inline void append_value(std::string& to, std::int64_t number) {
    append_bytes(to, 8);
    auto const bytes = htobe64(static_cast<std::uint64_t>(number));
    to.append(reinterpret_cast<char const*>(&bytes), sizeof bytes);
}

inline void append_value(std::string& to, double number) {
    append_value(to, std::bit_cast<std::int64_t>(number));
}

inline void append_value(std::string& to, int number) {
    append_bytes(to, 4);
    append_bytes(to, number);
}

inline void append_value(std::string& to, bool value) {
    append_bytes(to, 1);
    to += value ? '\1' : '\0';
}

inline void append_value(std::string& to, std::string const& text) {
    append_bytes(to, static_cast<std::int32_t>(text.size()));
    to += text;
}

inline void append_value(std::string& to, std::optional<std::string> const& text) {
    if (text)
        append_value(to, *text);
    else
        append_bytes(to, -1);
}

struct binary_codec {
    static constexpr int format = 1;

    static void encode(parameters& to, bench_row const& row) {
        to.count = 7;
        write(to, 0, row.name);
        write(to, 1, row.email);
        write(to, 2, row.score);
        write(to, 3, row.level);
        write(to, 4, row.active);
        write(to, 5, row.created_at);
        if (row.note)
            write(to, 6, *row.note);
        else
            point(to, 6, nullptr, 0);
    }

    static void encode(parameters& to, std::int64_t key) {
        to.count = 1;
        write(to, 0, key);
    }

    static void encode(parameters& to, std::int64_t first, std::int64_t last) {
        to.count = 2;
        write(to, 0, first);
        write(to, 1, last);
    }

    static void encode(parameters& to, score_change const& change) {
        to.count = 2;
        write(to, 0, change.score);
        write(to, 1, change.id);
    }

    static std::int64_t key(PGresult const* from, int row, int column) {
        return read_64(from, row, column);
    }

    static void decode(PGresult const* from, int number, bench_row& row) {
        row.id = read_64(from, number, 0);
        read_text(from, number, 1, row.name);
        read_text(from, number, 2, row.email);
        row.score = std::bit_cast<double>(read_64(from, number, 3));
        row.level = read_32(from, number, 4);
        row.active = *PQgetvalue(from, number, 5) != 0;
        read_text(from, number, 6, row.created_at);
        if (PQgetisnull(from, number, 7) == 0)
            read_text(from, number, 7, row.note.emplace());
    }

    static void decode(PGresult const* from, int number, bench_author& author) {
        author.id = read_64(from, number, 0);
        read_text(from, number, 1, author.name);
    }

    static void decode(PGresult const* from, int number, bench_user& user) {
        user.id = read_64(from, number, 0);
        read_text(from, number, 1, user.name);
        if (PQgetisnull(from, number, 2) == 0)
            read_text(from, number, 2, user.hair_color.emplace());
    }

    static void decode(PGresult const* from, int number, bench_book& book) {
        book.id = read_64(from, number, 0);
        book.author_id = read_64(from, number, 1);
        read_text(from, number, 2, book.title);
        book.year = read_32(from, number, 3);
    }
};

}  // namespace bench
