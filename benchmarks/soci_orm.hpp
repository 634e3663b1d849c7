// SPDX-License-Identifier: MIT
#pragma once

// Records by `type_conversion`, SOCI's own way to map a struct. A column has to be asked for by the
// very type that SOCI describes it with: the key is `int` on SQLite, where SOCI 4.0.3 can thus read
// no greater one, and `long long` on PostgreSQL. A const variable is used, as SOCI would else read
// the record back after each insert.

#include "soci.hpp"

namespace bench {

inline std::int64_t whole_number(soci::values const& from, char const* column) {
    if (from.get_properties(column).get_data_type() == soci::dt_integer)
        return from.get<int>(column);
    return from.get<long long>(column);
}

inline std::optional<std::string> optional_text(soci::values const& from, char const* column) {
    if (from.get_indicator(column) == soci::i_null)
        return std::nullopt;
    return from.get<std::string>(column);
}

/// The one variable of a record is the record.
template <class Record>
struct soci_orm {
    Record value;

    prepared into(prepared sql) { return sql, soci::into(value); }
    prepared use(prepared sql) { return sql, soci::use(std::as_const(value)); }
    void put(Record const& record) { value = record; }
    void take(Record& record) { record = std::move(value); }
};

}  // namespace bench

namespace soci {

template <>
struct type_conversion<bench::bench_row> {
    using base_type = values;

    static void from_base(values const& from, indicator, bench::bench_row& row) {
        row.id = bench::whole_number(from, "id");
        row.name = from.get<std::string>("name");
        row.email = from.get<std::string>("email");
        row.score = from.get<double>("score");
        row.level = from.get<int>("level");
        row.active = from.get<int>("active") != 0;
        row.created_at = from.get<std::string>("created_at");
        row.note = bench::optional_text(from, "note");
    }

    static void to_base(bench::bench_row const& row, values& to, indicator& state) {
        to.set("name", row.name);
        to.set("email", row.email);
        to.set("score", row.score);
        to.set("level", row.level);
        to.set("active", row.active ? 1 : 0);
        to.set("created_at", row.created_at);
        to.set("note", row.note.value_or(""), row.note ? i_ok : i_null);
        state = i_ok;
    }
};

template <>
struct type_conversion<bench::bench_author> {
    using base_type = values;

    static void from_base(values const& from, indicator, bench::bench_author& author) {
        author.id = bench::whole_number(from, "id");
        author.name = from.get<std::string>("name");
    }
};

template <>
struct type_conversion<bench::bench_book> {
    using base_type = values;

    static void from_base(values const& from, indicator, bench::bench_book& book) {
        book.id = bench::whole_number(from, "id");
        book.author_id = bench::whole_number(from, "author_id");
        book.title = from.get<std::string>("title");
        book.year = from.get<int>("year");
    }
};

template <>
struct type_conversion<bench::bench_user> {
    using base_type = values;

    static void from_base(values const& from, indicator, bench::bench_user& user) {
        user.id = bench::whole_number(from, "id");
        user.name = from.get<std::string>("name");
        user.hair_color = bench::optional_text(from, "hair_color");
    }
};

}  // namespace soci
