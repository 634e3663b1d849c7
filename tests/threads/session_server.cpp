// SPDX-License-Identifier: MIT
#include "threads/fixture.hpp"
#include <roam/session/hooks.hpp>
#include <roam/threads.hpp>

#include <latch>

using namespace roam::test;
using namespace std::chrono_literals;

namespace {

employee named(std::string name) { return {.email = std::move(name) + "@example.org"}; }

/// Holds the server's thread, so that what is submitted meanwhile waits together.
class hold {
public:
    explicit hold(roam::session_server& server)
        : done_(server.submit(roam::once, [this] {
              entered_.count_down();
              release_.wait();
          })) {
        entered_.wait();
    }
    void release() {
        release_.count_down();
        done_.get();
    }

private:
    std::latch entered_{1};
    std::latch release_{1};
    std::future<void> done_;
};

int commits(company const& c) {
    auto const sqls = c.seen->take();
    return static_cast<int>(std::count(sqls.begin(), sqls.end(), "COMMIT"));
}

roam::session_server_options grouped() { return {.group_commit = true}; }

}  // namespace

TEST_CASE("client and server: jobs run in one thread on one session, and answer by futures") {
    company c{2};
    roam::session_server server{c.db};
    auto const rounds = scaled(200, 20);
    std::atomic<std::size_t> right = 0;
    auto const errors = on_threads(4, [&](int number) {
        for (std::size_t i = 0; i < rounds; ++i) {
            auto key = server.submit([e = named(std::to_string(number))]() mutable {
                roam::insert(e);
                return e.id;
            });
            right += c.row(key.get()).has_value();  // acknowledged after the commit only
        }
    });
    CHECK(errors == no_errors);
    CHECK(right == 4 * rounds);
    CHECK(c.seen->foreign() == 0);
}

TEST_CASE("client and server: a job's exception travels through its future and undoes its work") {
    company c{2};
    roam::session_server server{c.db};
    auto bad = server.submit([] {
        roam::insert(named("lost"));
        throw std::runtime_error{"the job's own"};
    });
    auto good = server.submit([](roam::session& s) { roam::insert(named("kept"), s); });
    CHECK_THROWS_WITH(bad.get(), "the job's own");
    good.get();
    REQUIRE(c.rows().size() == 1);
    CHECK(c.rows()[0].email == "kept@example.org");
}

TEST_CASE("D9: jobs that wait together share one commit") {
    company c{2};
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    hold held{server};
    std::vector<std::future<void>> done;
    for (int i = 0; i < 20; ++i)
        done.push_back(server.submit([i] { roam::insert(named(std::to_string(i))); }));
    c.seen->take();
    held.release();
    for (auto& each : done)
        each.get();
    CHECK(commits(c) == 2);  // of the one that held, and of all the others
    CHECK(c.rows().size() == 20);
}

TEST_CASE("D9: a job that fails in a group fails alone") {
    company c{2};
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    hold held{server};
    std::atomic<int> runs = 0;
    auto first = server.submit([&] {
        ++runs;
        roam::insert(named("first"));
    });
    auto bad = server.submit([] { roam::raw("INSERT INTO no_such_table VALUES (1)").run(); });
    auto last = server.submit([&] {
        ++runs;
        roam::insert(named("last"));
    });
    held.release();
    first.get();
    CHECK_THROWS_AS(bad.get(), roam::missing_table_error);
    last.get();
    CHECK(runs == 2);  // nothing was repeated
    CHECK(c.rows().size() == 2);
}

TEST_CASE("D9: a group that cannot be committed is run again, each job alone") {
    if (on_mysql() || on_firebird())
        ROAM_SKIP("it checks a foreign key at once, so its COMMIT refuses nothing");
    company c{2};
    c.outside.lease().execute(on_sqlite()
                                  ? "CREATE TABLE child (parent integer REFERENCES employee (id) "
                                    "DEFERRABLE INITIALLY DEFERRED)"
                                  : "CREATE TABLE child (parent bigint REFERENCES employee (id) "
                                    "DEFERRABLE INITIALLY DEFERRED)");
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    hold held{server};
    std::atomic<int> runs = 0;
    auto good = server.submit([&] {
        ++runs;
        roam::insert(named("good"));
    });
    auto orphan = server.submit([] { roam::raw("INSERT INTO child VALUES (4711)").run(); });
    auto other = server.submit([&] {
        ++runs;
        roam::insert(named("other"));
    });
    held.release();
    good.get();
    CHECK_THROWS_AS(orphan.get(), roam::foreign_key_error);
    other.get();
    CHECK(runs == 4);
    CHECK(c.rows().size() == 2);
}

TEST_CASE("D9: a job that ran once only is not repeated, and is in no group") {
    company c{2};
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    hold held{server};
    int runs = 0;
    auto before = server.submit([] { roam::insert(named("before")); });
    auto single = server.submit(roam::once, [&] {
        ++runs;
        roam::insert(named("single"));
    });
    auto after = server.submit([] { roam::insert(named("after")); });
    c.seen->take();
    held.release();
    before.get();
    single.get();
    after.get();
    CHECK(runs == 1);
    CHECK(commits(c) == 4);
}

TEST_CASE("D9: a job cannot end the transaction that it runs in") {
    if (!on_sqlite())
        ROAM_SKIP("this backend does not look at the statements that a program sends");
    company c{2};
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    for (std::string const sql : {"COMMIT", "ROLLBACK", "BEGIN", "/* so */ END"}) {
        hold held{server};
        auto good = server.submit([] { roam::insert(named("good")); });
        auto bad = server.submit([sql](roam::session& s) { s.execute(sql); });
        held.release();
        good.get();
        CHECK_THROWS_AS(bad.get(), roam::usage_error);
    }
    CHECK(c.rows().size() == 4);
    server
        .submit([] {
            roam::transaction inner;  // a savepoint
            roam::insert(named("inner"));
            inner.commit();
        })
        .get();
    CHECK(c.rows().size() == 5);
}

TEST_CASE("D9: a full database undoes the whole group; each job then stands for itself") {
    if (!on_sqlite())
        ROAM_SKIP("PRAGMA max_page_count is SQLite's");
    company c{1};
    roam::session_server server{c.db, grouped()};
    server.submit([](roam::session& s) { s.execute("PRAGMA max_page_count = 40"); }).get();
    hold held{server};
    auto small = server.submit([] { roam::insert(named("small")); });
    auto large = server.submit([] { roam::insert(named(std::string(4'000'000, 'x'))); });
    auto other = server.submit([] { roam::insert(named("other")); });
    held.release();
    small.get();
    CHECK_THROWS_AS(large.get(), roam::error);
    other.get();
    CHECK(c.rows().size() == 2);
}

TEST_CASE("D9: a hook that throws takes no job of the group back, nor runs one again") {
    company c{2};
    roam::session_server server{c.db, grouped()};
    server.submit([] {}).get();
    hold held{server};
    std::atomic<int> runs = 0;
    auto loud = server.submit([&] {
        ++runs;
        roam::insert(named("loud"));
        roam::after_commit([] { throw std::runtime_error("nobody listens"); });
    });
    auto quiet = server.submit([&] {
        ++runs;
        roam::insert(named("quiet"));
    });
    held.release();
    loud.get();
    quiet.get();
    CHECK(runs == 2);
    CHECK(c.rows().size() == 2);
    auto const events = c.seen->take_events();
    CHECK(std::count(events.begin(), events.end(), roam::session_event::kind::hook_failed) == 1);
}

TEST_CASE("client and server: the queue is bounded") {
    company c{2};
    roam::session_server server{c.db, {.queue_limit = 2}};
    hold held{server};
    auto first = server.submit([] {});
    auto second = server.try_submit([] {});
    CHECK(second);
    CHECK_FALSE(server.try_submit([] {}));
    CHECK(server.waiting() == 2);
    std::stop_source stop;
    std::jthread later{[&] {
        std::this_thread::sleep_for(5ms);
        stop.request_stop();
    }};
    CHECK_THROWS_AS(server.submit([] {}, stop.get_token()), roam::cancelled_error);
    std::atomic<bool> let_in = false;
    std::jthread waits{[&] {
        server.submit([] {}).get();
        let_in = true;
    }};
    std::this_thread::sleep_for(5ms);
    CHECK_FALSE(let_in);
    held.release();
    CHECK(soon_true([&] { return let_in.load(); }));
}

TEST_CASE("client and server: a stopped job does not run, close() runs what waits") {
    company c{2};
    roam::session_server server{c.db};
    std::stop_source stop;
    hold held{server};
    auto stopped = server.submit([] { roam::insert(named("stopped")); }, stop.get_token());
    auto waiting = server.submit([] { roam::insert(named("waiting")); });
    stop.request_stop();
    CHECK_FALSE(server.drain(5ms));
    std::jthread closer{[&] { server.close(); }};
    held.release();
    CHECK_THROWS_AS(stopped.get(), roam::cancelled_error);
    waiting.get();
    closer.join();
    CHECK(server.drain(0ms));
    CHECK_THROWS_AS(server.submit([] {}), roam::pool_closed_error);
    CHECK(c.rows().size() == 1);
    CHECK(c.db.counts().in_use == 0);
}

TEST_CASE("client and server: a job that waits for its own server is refused") {
    company c{2};
    roam::session_server server{c.db};
    auto nested = server.submit([&] { server.submit([] {}).get(); });
    CHECK_THROWS_AS(nested.get(), roam::usage_error);
    auto closing = server.submit([&] { server.close(); });
    CHECK_THROWS_AS(closing.get(), roam::usage_error);
}

TEST_CASE("client and server: a callback gets the future when the commit is done") {
    company c{2};
    roam::session_server server{c.db};
    std::promise<std::int64_t> key;
    std::promise<std::string> error;
    server.submit_then([e = named("ann")]() mutable { return roam::insert(e), e.id; },
                       [&](std::future<std::int64_t> done) { key.set_value(done.get()); });
    server.submit_then([] { throw std::runtime_error{"no"}; },
                       [&](std::future<void> done) {
                           try {
                               done.get();
                           } catch (std::exception const& e) {
                               error.set_value(e.what());
                           }
                       });
    CHECK(c.row(key.get_future().get()));
    CHECK(error.get_future().get() == "no");
}
