// SPDX-License-Identifier: MIT
// The records whose statements are compared with exact texts, without a database.
#pragma once

#include <roam/roam.hpp>

#include <string>

namespace texts {

struct author {
    std::int64_t id = 0;
    std::string name;
    std::optional<int> born;
};

struct book {
    std::int64_t id = 0;
    std::int64_t author_id = 0;
    std::string title;
    int copies = 0;
};
ROAM_RECORD(book, table("books"), references<&book::author_id, author>(cascade),
            unique<&book::title>())

struct page {
    std::string name;
    int number = 0;
    std::string text;
    int words = 0;
    int revision = 0;
};
ROAM_RECORD(page, schema("wiki"), primary_key<&page::name, &page::number>(),
            computed<&page::words>(), version<&page::revision>())

struct membership {
    int person = 0;
    int club = 0;
};
ROAM_RECORD(membership, primary_key<&membership::person, &membership::club>())

template <class T>
using described = roam::mapping::description_of<T>;

inline roam::sql::dialect const sqlite = roam::sql::sqlite_dialect();
inline roam::sql::dialect const postgresql = roam::sql::postgresql_dialect();

inline roam::sql::dialect const mysql = roam::sql::mysql_dialect();
inline roam::sql::dialect const mariadb = roam::sql::mariadb_dialect();

/// A SQLite whose library is too old for RETURNING (3.35).
inline roam::sql::dialect const old_sqlite = roam::sql::sqlite_dialect(3034000);

}  // namespace texts
