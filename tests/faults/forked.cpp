// SPDX-License-Identifier: MIT
// A forked child sends no byte on its parent's links (D18).
#include "server.hpp"

#include <support/child.hpp>

using namespace roam::test;

TEST_CASE(
    "D18: a child that uses and destroys its copy of a pool leaves the parent's links intact") {
    auto db = std::make_unique<faulty>(2);
    auto const processes = db->fill(2);
    int const status = in_a_child([&] {
        auto s = db->db.lease();
        int const mine = faulty::process_of(s);
        if (mine == processes[0] || mine == processes[1]) {
            return 1;
        }
        roam::insert(entry{.text = "the child's"}, s);
        {
            auto const back = std::move(s);
        }
        db.reset();
        return 0;
    });
    CHECK(status == 0);
    std::vector<roam::session> held;
    for (int i = 0; i < 2; ++i) {
        held.push_back(db->db.lease());
        roam::insert(entry{.text = "the parent's"}, held.back());
    }
    CHECK(db->db.counts().opened == 2);
    CHECK(db->stored() == 3);
}

TEST_CASE("D18: a child cannot use or end what its parent has leased, nor a stream half-way") {
    faulty f{2};
    std::vector<entry> many(2'000, entry{.text = std::string(100, 'x')});
    roam::insert(many, f.outside);
    auto tx = std::make_unique<roam::transaction>(f.db);
    roam::insert(entry{.text = "the parent's"});
    auto streaming = std::make_unique<roam::session>(f.db.lease());
    auto rows = std::make_unique<decltype(roam::select<entry>().stream(*streaming))>(
        roam::select<entry>().stream(*streaming));
    auto at = rows->begin();
    std::size_t count = 1;
    int const status = in_a_child([&] {
        if (!caught<roam::session_closed_error>([&] { roam::insert(entry{.text = "no"}); })) {
            return 1;
        }
        if (!caught<roam::session_closed_error>([&] { ++at; })) {
            return 2;
        }
        tx.reset();
        rows.reset();
        streaming.reset();
        return f.db.counts().in_use == 0 ? 0 : 3;
    });
    CHECK(status == 0);
    for (++at; at != rows->end(); ++at) {
        ++count;
    }
    CHECK(count == 2'000);
    tx->commit();
    CHECK(f.stored() == 2'001);
    CHECK(f.db.counts().opened == 2);
}
