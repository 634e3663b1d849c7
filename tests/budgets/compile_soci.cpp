// SPDX-License-Identifier: MIT
// What compile_time.py compares with: the least that a program includes to use SOCI.
#include <soci/soci.h>

#include <string>

std::string title_of(soci::session& session, int id) {
    std::string title;
    session << "SELECT title FROM books WHERE id = :id", soci::into(title), soci::use(id);
    return title;
}
