// SPDX-License-Identifier: MIT
// What compile_time.py compiles: an ordinary file of a program, three records and ten queries.
#include <roam/roam.hpp>

#include <string>

namespace library {

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
    std::optional<std::string> isbn;
    double price = 0;
    std::chrono::sys_days bought{};
};
ROAM_RECORD(book, table("books"), references<&book::author_id, author>(cascade),
            index<&book::title>(), unique<&book::isbn>())

struct loan {
    std::int64_t id = 0;
    std::int64_t book_id = 0;
    std::string reader;
    std::chrono::sys_seconds since{};
    std::optional<std::chrono::sys_seconds> back;
    int version = 0;
};
ROAM_RECORD(loan, references<&loan::book_id, book>(restrict), version<&loan::version>())

using roam::col;

void prepare(roam::database const& db) { roam::create_tables<author, book, loan>(db); }

void store(author& a, book& b, loan& l, roam::database const& db) {
    roam::transaction all{db};
    roam::insert(a);
    b.author_id = a.id;
    roam::insert(b);
    l.book_id = b.id;
    roam::insert(l);
    all.commit();
}

void change(book& b, loan& l) {
    roam::update(b);
    roam::update<&book::copies>(b);
    roam::remove(l);
}

std::optional<author> query_1(std::int64_t id) { return roam::find<author>(id); }

book query_2(std::int64_t id) { return roam::get<book>(id); }

std::vector<book> query_3() {
    return roam::select<book>().where(col<&book::copies> < 3).order_by(col<&book::title>).all();
}

std::vector<author> query_4(int year) {
    return roam::select<author>()
        .where(col<&author::born> > year && col<&author::name>.like("L%"))
        .order_by(col<&author::name>.desc())
        .limit(10)
        .all();
}

std::int64_t query_5() { return roam::select<loan>().where(col<&loan::back>.is_null()).count(); }

std::optional<double> query_6(std::int64_t author_id) {
    return roam::select(roam::sum(col<&book::price>))
        .where(col<&book::author_id> == author_id)
        .one();
}

std::vector<std::tuple<std::string, std::int64_t>> query_7() {
    return roam::select(col<&author::name>, roam::count(col<&book::id>))
        .join<book>(col<&book::author_id> == col<&author::id>)
        .group_by(col<&author::name>)
        .having(roam::count(col<&book::id>) > 1)
        .all();
}

bool query_8(std::string const& isbn) {
    return roam::select<book>().where(col<&book::isbn> == isbn).exists();
}

std::int64_t query_9() {
    return roam::update<book>()
        .set(col<&book::copies> = col<&book::copies> - 1)
        .where(col<&book::id>.in({1, 2, 3}))
        .run();
}

std::int64_t query_10(std::chrono::sys_seconds day) {
    return roam::remove<loan>().where(col<&loan::since> < day).run();
}

}  // namespace library
