// SPDX-License-Identifier: MIT
// Queries are values without a connection: built once, kept, grown at run time, run anywhere.
#include <roam/roam.hpp>

#include <iostream>

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
ROAM_RECORD(book, table("books"), references<&book::author_id, author>(cascade))

struct shelf_line {  // the rows of a query need no table
    std::string author;
    std::int64_t titles = 0;
    std::optional<std::int64_t> copies;
};

using roam::col;

namespace {

std::vector<book> fill() {
    author butler{.name = "Octavia E. Butler", .born = 1947};
    author lem{.name = "Stanislaw Lem", .born = 1921};
    author unknown{.name = "Anonymous", .born = {}};
    for (author* a : {&butler, &lem, &unknown})
        roam::insert(*a);
    std::vector<book> books{
        {.author_id = butler.id, .title = "Kindred", .copies = 4},
        {.author_id = butler.id, .title = "Parable of the Sower", .copies = 1},
        {.author_id = lem.id, .title = "Solaris", .copies = 2},
        {.author_id = unknown.id, .title = "Beowulf", .copies = 0},
    };
    roam::insert(books);
    return books;
}

}  // namespace

int main() {
    roam::database library{"sqlite::memory:"};
    roam::create_tables<author, book>(library);
    roam::session_scope here{library};
    auto const books = fill();

    auto const few = roam::select<book>().where(col<&book::copies> < 3).order_by(col<&book::title>);
    std::cout << few.sql(library.dialect()) << '\n';
    for (auto const& b : few.all())
        std::cout << "  " << b.title << ": " << b.copies << '\n';

    // One column gives values, several give tuples, into<> gives a struct.
    auto const titles = roam::select(col<&book::title>).where(col<&book::title>.like("%r%")).all();
    std::cout << "with an r: " << titles.size() << '\n';
    for (auto const& [title, copies] : roam::select(col<&book::title>, col<&book::copies>)
                                           .order_by(col<&book::copies>.desc())
                                           .limit(2)
                                           .all()) {
        std::cout << "most copies: " << title << " (" << copies << ")\n";
    }
    auto const lines = roam::select(col<&author::name>, roam::count(), sum(col<&book::copies>))
                           .join<book>(col<&book::author_id> == col<&author::id>)
                           .group_by(col<&author::name>)
                           .order_by(col<&author::name>)
                           .into<shelf_line>()
                           .all();
    for (auto const& l : lines) {
        std::cout << l.author << ": " << l.titles << " titles, " << l.copies.value_or(0)
                  << " copies\n";
    }

    // Many keys in one call; the rows come back in the order of the keys.
    for (auto const& b : roam::find_many<book>({books[2].id, 999, books[0].id}))
        std::cout << "found: " << (b ? b->title : "nothing") << '\n';

    // A condition that grows at run time; an empty one is no condition.
    roam::condition wanted;
    wanted = wanted && col<&author::born> != std::nullopt;
    wanted = wanted && col<&author::born> > 1930;
    std::cout << "born after 1930: " << roam::select<author>().where(wanted).one().name << '\n';

    // Many rows at once, and SQL in your own words; every value is bound.
    auto const bought = roam::update<book>()
                            .set(col<&book::copies> = col<&book::copies> + 1)
                            .where(col<&book::copies> == 0)
                            .run();
    auto const total =
        roam::raw<std::int64_t>("SELECT sum(copies) FROM books WHERE title <> ?", "Kindred").one();
    std::cout << "bought " << bought << ", now " << total << " without Kindred\n";
}
