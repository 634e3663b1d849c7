// SPDX-License-Identifier: MIT
// The server is stopped and started again under the pool.
#include "running_server.hpp"
#include "server.hpp"

using namespace roam::test;

namespace {

bool answers(roam::database const& db) {
    try {
        return roam::raw<int>("SELECT 1").reads_only().one(db) == 1;
    } catch (roam::error const&) {
        return false;
    }
}

}  // namespace

TEST_CASE("a pool outlives its server: errors while it is down, and work when it is back") {
    auto options = faulty::options_of(3);
    options.acquire_timeout = std::chrono::seconds{3};
    faulty f{options};
    f.fill(3);
    auto held = f.db.lease();
    roam::insert(entry{.text = "before"}, held);
    running_server postgresql{"ROAM_TEST_POSTGRESQL_PID"};
    postgresql.stop();

    CHECK_THROWS_AS(roam::insert(entry{.text = "a"}, held), roam::connection_lost_error);
    for (int i = 0; i < 5; ++i) {
        auto const e =
            caught<roam::connection_error>([&] { roam::insert(entry{.text = "b"}, f.db); });
        REQUIRE(e);
        CHECK(e->code() == "connection");
        auto const counts = f.db.counts();
        CHECK(counts.size == 1);  // the one that is held; a failed attempt leaks no place
        CHECK(counts.idle + counts.in_use + counts.opening == counts.size);
    }

    postgresql.start();
    REQUIRE(soon_true([&] { return answers(f.db); }));
    {
        auto const gone = std::move(held);
    }
    std::vector<roam::session> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(f.db.lease());
        roam::insert(entry{.text = "after"}, all.back());
    }
    all.clear();
    CHECK(roam::select<entry>().count(f.db) == 4);
    CHECK(f.db.counts().size == 3);
}
