// SPDX-License-Identifier: MIT
// UPDATE and DELETE of many rows at once.
#include "conformance/fixture.hpp"

namespace conformance::set_based {

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    std::optional<int> year;
};

using roam::col;

struct shelf : store<book> {
    shelf() {
        std::vector<book> books{{.title = "A", .copies = 1, .year = 1990},
                                {.title = "B", .copies = 2, .year = {}},
                                {.title = "C", .copies = 3, .year = 1970}};
        roam::insert(books, db);
    }
    std::vector<int> copies() const {
        return roam::select(col<&book::copies>).order_by(col<&book::title>).all(db);
    }
};

TEST_CASE("update sets values and calculations where the condition holds, and counts the rows") {
    shelf s;
    CHECK(roam::update<book>()
              .set(col<&book::copies> = col<&book::copies> + 10, col<&book::year> = 2000)
              .where(col<&book::title> != "B")
              .run(s.db) == 2);
    CHECK(s.copies() == std::vector{11, 2, 13});
    CHECK(roam::select(col<&book::year>).order_by(col<&book::title>).all(s.db) ==
          std::vector<std::optional<int>>{2000, std::nullopt, 2000});
    CHECK(roam::update<book>()
              .set(col<&book::copies> = 0)
              .where(col<&book::title> == "Z")
              .run(s.db) == 0);
}

TEST_CASE("update sets NULL, another column, and calculations with constants on either side") {
    shelf s;
    CHECK(roam::update<book>()
              .set(col<&book::year> = std::nullopt)
              .where(col<&book::year>.is_not_null())
              .run(s.db) == 2);
    CHECK(roam::select<book>().where(col<&book::year>.is_null()).count(s.db) == 3);
    CHECK(roam::update<book>().set(col<&book::year> = col<&book::copies>).every_row().run(s.db) ==
          3);
    CHECK(roam::update<book>()
              .set(col<&book::copies> = (col<&book::copies> + 1) * 2)
              .set(col<&book::title> = "same")
              .where(col<&book::copies> >= 2)
              .where(col<&book::copies> <= 3)
              .run(s.db) == 2);
    CHECK(roam::select(col<&book::copies>).order_by(col<&book::copies>).all(s.db) ==
          std::vector{1, 6, 8});
    CHECK(roam::select<book>().where(col<&book::title> == "same").count(s.db) == 2);
}

TEST_CASE("update counts matched rows, also where nothing changes") {
    shelf s;
    CHECK(roam::update<book>().set(col<&book::copies> = col<&book::copies>).every_row().run(s.db) ==
          3);
}

TEST_CASE("update and remove without a condition must be asked for") {
    shelf s;
    thrown_by<roam::usage_error>(
        [&] { roam::update<book>().set(col<&book::copies> = 0).run(s.db); });
    thrown_by<roam::usage_error>([&] { roam::remove<book>().run(s.db); });
    CHECK(s.copies() == std::vector{1, 2, 3});
    CHECK(roam::update<book>().set(col<&book::copies> = 0).every_row().run(s.db) == 3);
    CHECK(roam::remove<book>().every_row().run(s.db) == 3);
    CHECK(s.copies().empty());
}

TEST_CASE("remove takes away the rows of its condition and counts them") {
    shelf s;
    CHECK(roam::remove<book>()
              .where(col<&book::copies> > 1)
              .where(col<&book::title> != "C")
              .run(s.db) == 1);
    CHECK(s.copies() == std::vector{1, 3});
    CHECK(roam::remove<book>().where(col<&book::year> == std::nullopt).run(s.db) == 0);
    roam::condition gone = col<&book::title> == "A";
    gone = gone || col<&book::title> == "C";
    CHECK(roam::remove<book>().where(gone).run(s.db) == 2);
}

TEST_CASE("an empty condition made at run time is a condition that was asked for") {
    shelf s;
    roam::condition const everything;
    CHECK(roam::remove<book>().where(everything).run(s.db) == 3);
}

TEST_CASE("a failed update of many rows changes none") {
    store<book> db;
    roam::raw("CREATE TABLE small (number integer PRIMARY KEY, CHECK (number < 10))").run(db.db);
    for (int i : {1, 2, 9})
        roam::raw("INSERT INTO small VALUES (?)", i).run(db.db);
    thrown_by<roam::check_error>(
        [&] { roam::raw("UPDATE small SET number = number + 5").run(db.db); });
    CHECK(roam::raw<std::int64_t>("SELECT sum(number) FROM small").one(db.db) == 12);
}

}  // namespace conformance::set_based
