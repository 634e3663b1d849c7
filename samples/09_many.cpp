// SPDX-License-Identifier: MIT
// Many records in one call: a range inserted, rows by their keys, writes that differ.
#include <roam/roam.hpp>

#include <iostream>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
};
ROAM_RECORD(book, table("books"), unique<&book::title>())

struct loan {
    std::int64_t id = 0;
    std::int64_t book_id = 0;
    std::string reader;
};
ROAM_RECORD(loan, table("loans"), references<&loan::book_id, book>())

/// Written and forgotten: nobody asks for its key.
struct visit {
    std::int64_t id = 0;
    int gate = 0;
};
ROAM_RECORD(visit, table("visits"))

int main() {
    roam::database library{"sqlite::memory:"};
    roam::create_tables<book, loan, visit>(library);
    roam::session_scope here{library};

    std::vector<book> books{{.title = "Kindred", .copies = 4},
                            {.title = "Solaris", .copies = 2},
                            {.title = "Beowulf", .copies = 1}};
    roam::insert(books);  // each has its key now

    for (auto const& b : roam::get_many<book>({books[2].id, books[0].id}))
        std::cout << b.title << ": " << b.copies << '\n';

    // Nothing is sent before commit(), which writes all or none.
    loan lent{.book_id = books[0].id, .reader = "Ann"};
    --books[0].copies;
    roam::write_batch writes;
    writes.update<&book::copies>(books[0]);
    writes.insert(lent);
    writes.remove(books[2]);
    writes.commit();
    std::cout << roam::get<book>(lent.book_id).copies << " left of " << books[0].title << ", "
              << roam::select<book>().count() << " titles\n";

    // One that fails leaves everything as it was, and can be committed again.
    book twice{.title = "Solaris"};
    books[1].copies = 0;
    writes.update(books[1]);
    writes.insert(twice);
    try {
        writes.commit();
    } catch (roam::unique_error const&) {
        std::cout << "refused: " << roam::get<book>(books[1].id).copies << " of Solaris still\n";
    }
    twice.title = "Eden";
    writes.commit();
    std::cout << roam::get<book>(books[1].id).copies << " of Solaris, and " << twice.title << '\n';

    // The fastest way to write many: nothing comes back, so they may be const.
    std::vector<visit> const visits(2'000, visit{.gate = 3});
    roam::insert(visits, roam::without_keys);
    std::cout << roam::select<visit>().count() << " visits\n";
}
