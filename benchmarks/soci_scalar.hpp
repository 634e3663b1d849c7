// SPDX-License-Identifier: MIT
#pragma once

// Records by scalar `into` and `use`, the fastest of SOCI's documented ways for single rows. SOCI
// 4.0.3 binds neither bool nor std::optional. Strings may be moved out of the variables: SOCI
// assigns them anew for the next row.

#include "soci.hpp"

namespace bench {

template <class Record>
struct soci_scalar;

template <>
struct soci_scalar<bench_row> {
    long long id = 0;
    std::string name;
    std::string email;
    double score = 0;
    int level = 0;
    int active = 0;
    std::string created_at;
    std::string note;
    soci::indicator note_state = soci::i_null;

    prepared into(prepared sql) {
        return sql, soci::into(id), soci::into(name), soci::into(email), soci::into(score),
               soci::into(level), soci::into(active), soci::into(created_at),
               soci::into(note, note_state);
    }

    prepared use(prepared sql) {
        return sql, soci::use(name), soci::use(email), soci::use(score), soci::use(level),
               soci::use(active), soci::use(created_at), soci::use(note, note_state);
    }

    void put(bench_row const& row) {
        name = row.name;
        email = row.email;
        score = row.score;
        level = row.level;
        active = row.active ? 1 : 0;
        created_at = row.created_at;
        note_state = row.note ? soci::i_ok : soci::i_null;
        if (row.note)
            note = *row.note;
    }

    void take(bench_row& row) {
        row.id = id;
        row.name = std::move(name);
        row.email = std::move(email);
        row.score = score;
        row.level = level;
        row.active = active != 0;
        row.created_at = std::move(created_at);
        if (note_state == soci::i_ok)
            row.note = std::move(note);
    }
};

template <>
struct soci_scalar<bench_author> {
    long long id = 0;
    std::string name;

    prepared into(prepared sql) { return sql, soci::into(id), soci::into(name); }

    void take(bench_author& author) {
        author.id = id;
        author.name = std::move(name);
    }
};

template <>
struct soci_scalar<bench_book> {
    long long id = 0;
    long long author_id = 0;
    std::string title;
    int year = 0;

    prepared into(prepared sql) {
        return sql, soci::into(id), soci::into(author_id), soci::into(title), soci::into(year);
    }

    void take(bench_book& book) { book = {id, author_id, std::move(title), year}; }
};

template <>
struct soci_scalar<bench_user> {
    long long id = 0;
    std::string name;
    std::string hair_color;
    soci::indicator hair_state = soci::i_null;

    prepared into(prepared sql) {
        return sql, soci::into(id), soci::into(name), soci::into(hair_color, hair_state);
    }

    void take(bench_user& user) {
        user.id = id;
        user.name = std::move(name);
        if (hair_state == soci::i_ok)
            user.hair_color = std::move(hair_color);
    }
};

}  // namespace bench
