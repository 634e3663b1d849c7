// SPDX-License-Identifier: MIT
// A table of 150 columns (D14): more than 100 come through nested structs.
#include "conformance/fixture.hpp"

#include <memory>

namespace conformance::wide {

struct ten {
    int a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0;
    std::optional<std::string> j;
    friend bool operator==(ten const&, ten const&) = default;
};
ROAM_RECORD(ten, embeddable())

struct fifty {
    ten v, w, x, y, z;
    friend bool operator==(fifty const&, fifty const&) = default;
};
ROAM_RECORD(fifty, embeddable())

struct sheet {
    std::int64_t id = 0;
    fifty p, q;
    ten r, s, t, u;
    int k = 0, l = 0, m = 0, n = 0, o = 0, a = 0, b = 0, c = 0;
    std::string last;
    friend bool operator==(sheet const&, sheet const&) = default;
};

using roam::col;

static_assert(roam::table_of<sheet>().columns.size() == 150);

sheet filled(int seed) {
    sheet s;
    int next = seed;
    for (ten* t : {&s.p.v, &s.p.w, &s.p.x, &s.p.y, &s.p.z, &s.q.v, &s.q.w, &s.q.x, &s.q.y, &s.q.z,
                   &s.r, &s.s, &s.t, &s.u}) {
        for (int* i : {&t->a, &t->b, &t->c, &t->d, &t->e, &t->f, &t->g, &t->h, &t->i})
            *i = next++;
        if (next % 2 == 0)
            t->j = "text " + std::to_string(next);
    }
    s.k = next;
    s.c = -next;
    s.last = "the last of 150";
    return s;
}

TEST_CASE("D14: a record of 150 columns is inserted, found, changed and selected") {
    store<sheet> db;
    sheet s = filled(1);
    roam::insert(s, db.db);
    CHECK((roam::get<sheet>(s.id, db.db) == s));
    s = [&] {
        auto changed = filled(1000);
        changed.id = s.id;
        return changed;
    }();
    roam::update(s, db.db);
    CHECK((roam::get<sheet>(s.id, db.db) == s));
    CHECK((roam::select<sheet>().where(col<&sheet::q, &fifty::z, &ten::i> == s.q.z.i).one(db.db) ==
           s));
    CHECK(roam::raw<int>("SELECT p_v_a FROM sheet").one(db.db) == 1000);
}

TEST_CASE("D14: and so is a range of them") {
    store<sheet> db;
    auto many = std::make_unique<std::vector<sheet>>();
    for (int i = 0; i < 260; ++i)
        many->push_back(filled(i));
    roam::insert(*many, db.db);
    CHECK((roam::select<sheet>().order_by(col<&sheet::id>).all(db.db) == *many));
}

TEST_CASE("D14: a result of a thousand columns can be read by raw SQL") {
    store<> db;
    std::string columns = "n0 integer";
    std::string values = "0";
    for (int i = 1; i < 1000; ++i) {
        columns += ", n" + std::to_string(i) + " integer";
        values += ", " + std::to_string(i);
    }
    roam::raw("CREATE TABLE thousand (" + columns + ")").run(db.db);
    CHECK(roam::raw("INSERT INTO thousand VALUES (" + values + ")").run(db.db) == 1);
    struct few {
        int n0 = -1;
        int n500 = -1;
        int n999 = -1;
    };
    auto const row = roam::raw<few>("SELECT * FROM thousand").one(db.db);
    CHECK(row.n0 == 0);
    CHECK(row.n500 == 500);
    CHECK(row.n999 == 999);
}

}  // namespace conformance::wide
