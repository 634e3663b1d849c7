// SPDX-License-Identifier: MIT
// The first program: two plain structs, a database, and a record that another thread saves.
#include <roam/roam.hpp>

#include <iostream>
#include <thread>

struct author {
    std::int64_t id = 0;  // the key by convention, made by the database
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
            index<&book::title>())

using roam::col;

int main() {
    roam::database library{"sqlite:library.db"};  // shared by all threads: a pool
    roam::create_tables<author, book>(library);

    book b;
    {
        roam::session_scope here{library};  // this thread's current session, until the brace
        author le_guin{.name = "Ursula K. Le Guin", .born = 1929};
        roam::insert(le_guin);  // the key comes back in the struct
        b = roam::insert(book{.author_id = le_guin.id, .title = "The Dispossessed", .copies = 3});
    }
    std::jthread clerk{[&library, b]() mutable {  // the record crosses; the session does not
        roam::session_scope there{library};
        b.copies -= 1;
        roam::update(b);  // runs on the clerk's session
    }};
    clerk.join();

    roam::session_scope again{library};
    for (auto const& found :
         roam::select<book>().where(col<&book::copies> < 3).order_by(col<&book::title>)) {
        std::cout << found.title << ": " << found.copies << " copies\n";
    }
}
