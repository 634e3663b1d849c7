// SPDX-License-Identifier: MIT
#pragma once

// The codec of raw_libpq.hpp for parameters and results as text.

#include "raw_libpq.hpp"

#include <charconv>

namespace bench {

template <class Number>
void write(parameters& to, std::size_t place, Number number) {
    auto& room = to.room[place];
    *std::to_chars(room.data(), room.data() + room.size() - 1, number).ptr = '\0';
    to.values[place] = room.data();
}

template <class Number>
Number number_at(PGresult const* from, int row, int column) {
    char const* const text = PQgetvalue(from, row, column);
    Number number{};
    auto const read = std::from_chars(text, text + PQgetlength(from, row, column), number);
    if (read.ec != std::errc{})
        throw std::runtime_error{"not a number"};
    return number;
}

inline void read_text(PGresult const* from, int row, int column, std::string& text) {
    text.assign(PQgetvalue(from, row, column),
                static_cast<std::size_t>(PQgetlength(from, row, column)));
}

struct text_codec {
    static constexpr int format = 0;

    static void encode(parameters& to, bench_row const& row) {
        to.count = 7;
        to.values[0] = row.name.c_str();
        to.values[1] = row.email.c_str();
        write(to, 2, row.score);
        write(to, 3, row.level);
        to.values[4] = row.active ? "t" : "f";
        to.values[5] = row.created_at.c_str();
        to.values[6] = row.note ? row.note->c_str() : nullptr;
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
        return number_at<std::int64_t>(from, row, column);
    }

    static void decode(PGresult const* from, int number, bench_row& row) {
        row.id = number_at<std::int64_t>(from, number, 0);
        read_text(from, number, 1, row.name);
        read_text(from, number, 2, row.email);
        row.score = number_at<double>(from, number, 3);
        row.level = number_at<int>(from, number, 4);
        row.active = *PQgetvalue(from, number, 5) == 't';
        read_text(from, number, 6, row.created_at);
        if (PQgetisnull(from, number, 7) == 0)
            read_text(from, number, 7, row.note.emplace());
    }

    static void decode(PGresult const* from, int number, bench_author& author) {
        author.id = number_at<std::int64_t>(from, number, 0);
        read_text(from, number, 1, author.name);
    }

    static void decode(PGresult const* from, int number, bench_user& user) {
        user.id = number_at<std::int64_t>(from, number, 0);
        read_text(from, number, 1, user.name);
        if (PQgetisnull(from, number, 2) == 0)
            read_text(from, number, 2, user.hair_color.emplace());
    }

    static void decode(PGresult const* from, int number, bench_book& book) {
        book.id = number_at<std::int64_t>(from, number, 0);
        book.author_id = number_at<std::int64_t>(from, number, 1);
        read_text(from, number, 2, book.title);
        book.year = number_at<int>(from, number, 3);
    }
};

}  // namespace bench
