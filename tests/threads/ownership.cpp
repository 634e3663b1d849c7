// SPDX-License-Identifier: MIT
// Misuse of a session by several threads is the error in every run: affinity (the caller is not
// the owner), overlap (two calls inside at once), and scopes that end in another context (D6). And
// what a stream pins (D1).
#include "fixture.hpp"

#include <support/contexts.hpp>

using namespace roam::test;

namespace {

/// Stops the thread that finishes a statement, inside the session, until it is let go.
class inside_watch : public owner_watch {
public:
    void statement(roam::statement_event const& e) override {
        owner_watch::statement(e);
        if (armed.exchange(false)) {
            at.reach(1);
            at.wait(2);
        }
    }
    std::atomic<bool> armed{false};
    stage at;
};

roam::database_options one_session(std::shared_ptr<roam::observer> watch) {
    roam::database_options options;
    options.max_sessions = 1;
    options.watch = std::move(watch);
    return options;
}

}  // namespace

TEST_CASE("a session used by another thread throws wrong_context_error in every call") {
    company c{2};
    auto e = roam::insert(employee{.email = "e"}, c.db);
    auto s = c.db.lease();
    roam::update(e, s);
    c.seen->take();
    auto const rounds = scaled(20'000, 200);
    std::atomic<std::size_t> refused = 0;
    auto const errors = on_threads(4, [&](int number) {
        employee mine = e;
        for (std::size_t i = 0; i < rounds; ++i) {
            refused += number % 2 == 0
                           ? throws<roam::wrong_context_error>([&] { roam::update(mine, s); })
                           : throws<roam::wrong_context_error>([&] { roam::transaction{s}; });
        }
    });
    CHECK(errors == no_errors);
    CHECK(refused == 4 * rounds);
    CHECK(c.seen->take().empty());
    roam::update(e, s);
}

TEST_CASE(
    "two calls inside one session: the second throws session_overlap_error, the first goes on") {
    place const where;
    auto const watch = std::make_shared<inside_watch>();
    auto const db = where.open(one_session(watch));
    roam::create_tables<employee>(db);
    switched_contexts const provider;
    roam::context both;
    becoming const me{both};
    auto s = db.lease();
    auto e = roam::insert(employee{.email = "e"}, s);

    watch->armed = true;
    bool overlapped = false;
    std::jthread second{[&] {
        becoming const same{both};  // so that it is not the affinity that is violated
        watch->at.wait(1);
        overlapped = throws<roam::session_overlap_error>([&] { roam::find<employee>(e.id, s); });
        watch->at.reach(2);
    }};
    e.visits = 1;
    roam::update(e, s);
    second.join();
    CHECK(overlapped);
    CHECK(roam::find<employee>(e.id, s) == e);
}

TEST_CASE("threads that hammer one session overlap in every run, and break nothing") {
    company c{1};
    switched_contexts const provider;
    roam::context both;
    std::optional<roam::session> s;
    employee e;
    {
        becoming const me{both};
        s.emplace(c.db.lease());
        e = roam::insert(employee{.email = "e"}, *s);
    }
    std::atomic<int> overlaps = 0;
    std::atomic<int> acknowledged = 0;
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    auto const errors = on_threads(2, [&](int) {
        becoming const me{both};
        while (overlaps < 100 && std::chrono::steady_clock::now() < until) {
            try {
                roam::raw("UPDATE employee SET visits = visits + 1").run(*s);
                ++acknowledged;
            } catch (roam::session_overlap_error const&) {
                ++overlaps;
            }
        }
    });
    CHECK(errors == no_errors);
    CHECK(overlaps >= 100);
    becoming const me{both};
    roam::refresh(e, *s);
    CHECK(e.visits == acknowledged);
    s.reset();
    CHECK(c.db.counts().idle == 1);
}

TEST_CASE("D6: a scope destroyed in another thread, beside operations in it, never crashes") {
    company c{2};
    auto const rounds = scaled(400, 20);
    std::atomic<int> acknowledged = 0;
    std::atomic<int> refused = 0;
    int unreported = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
        auto scope = std::make_unique<roam::session_scope>(c.db);
        if (i % 2 == 0) {
            roam::insert(employee{});
            ++acknowledged;
        }
        std::atomic<bool> go = false;
        std::jthread other{[&] {
            while (!go) {
            }
            scope.reset();
        }};
        go = true;
        bool reported = false;
        for (int k = 0; k < 1'000 && !reported; ++k) {
            try {
                roam::insert(employee{});
                ++acknowledged;
            } catch (roam::wrong_context_error const&) {
                reported = true;
            } catch (roam::session_closed_error const&) {
                ++refused;  // the lease ended between the choice and the call
            } catch (roam::session_overlap_error const&) {
                ++refused;  // it was just ending
            }
        }
        other.join();
        // Told once, or twice if the scope ended in the middle of an operation; after that this
        // thread simply has no scope.
        reported |= throws<roam::wrong_context_error>([&] {
            try {
                roam::insert(employee{});
            } catch (roam::no_session_error const&) {
            }
        });
        unreported += !reported;
        unreported += !throws<roam::no_session_error>([] { roam::insert(employee{}); });
    }
    CHECK(unreported == 0);
    CHECK(c.rows().size() == static_cast<std::size_t>(acknowledged));
    CHECK(c.db.counts().in_use == 0);
}

TEST_CASE("D6: a transaction whose frame resumes on another thread commits nothing") {
    // What a coroutine does without a context provider of its own: the frame is a heap object,
    // made on one thread and destroyed on another.
    company c{2};
    struct frame {
        explicit frame(roam::database const& db) : tx(db) {}
        roam::transaction tx;
    };
    auto suspended = std::make_unique<frame>(c.db);
    roam::insert(employee{.email = "inside"});
    bool refused = false;
    std::jthread{[&] {
        refused = throws<roam::wrong_context_error>([&] { suspended->tx.commit(); });
        suspended.reset();
    }}.join();
    CHECK(refused);
    CHECK(throws<roam::wrong_context_error>([] { roam::insert(employee{}); }));
    CHECK(throws<roam::no_session_error>([] { roam::insert(employee{}); }));
    CHECK(c.rows().empty());
    auto const events = c.seen->take_events();
    CHECK(std::count(events.begin(), events.end(), roam::session_event::kind::scope_crossed) == 1);
}

TEST_CASE("fibers with contexts of their own run on any thread, each on its own session") {
    company c{8};
    switched_contexts const provider;
    struct fiber {
        roam::context context;
        std::mutex turn;  // one thread at a time
        std::optional<roam::transaction> tx;
        std::int64_t inserted = 0;
    };
    std::vector<std::unique_ptr<fiber>> fibers;
    for (int i = 0; i < (on_sqlite() ? 1 : 6); ++i) {  // SQLite has one writer at a time
        fibers.push_back(std::make_unique<fiber>());
    }
    auto const rounds = scaled(2'000, 40);
    auto const errors = on_threads(3, [&](int number) {
        std::mt19937 random{static_cast<unsigned>(number)};
        for (std::size_t i = 0; i < rounds; ++i) {
            fiber& f = *fibers[random() % fibers.size()];
            std::lock_guard const lock{f.turn};
            becoming const now{f.context};
            if (!f.tx) {
                f.tx.emplace(c.db);
            }
            roam::insert(employee{});
            ++f.inserted;
            if (f.inserted % 5 == 0) {
                f.tx->commit();
                f.tx.reset();
            }
        }
    });
    CHECK(errors == no_errors);
    std::size_t expected = 0;
    for (auto const& f : fibers) {
        expected += static_cast<std::size_t>(f->inserted - (f->tx ? f->inserted % 5 : 0));
        becoming const now{f->context};
        f->tx.reset();
    }
    CHECK(c.rows().size() == expected);
    CHECK(c.db.counts().in_use == 0);
}

TEST_CASE("D1: the body of a plain range-for may use the session that the rows came from") {
    company c{1};
    std::vector<employee> many(50);
    roam::insert(many, c.db);
    roam::session_scope const here{c.db};
    int rows = 0;
    for (auto& e : roam::select<employee>().order_by(roam::col<&employee::id>)) {
        e.visits = ++rows;
        roam::update(e);
        roam::insert(employee{.visits = -1});
    }
    CHECK(rows == 50);
    CHECK(roam::select<employee>().where(roam::col<&employee::visits> > 0).count() == 50);
    CHECK(roam::select<employee>().count() == 100);
}

TEST_CASE("D1: a commit of another thread beside a plain range-for fails no update in its body") {
    // A pinned loop would fail on SQLite here with BUSY_SNAPSHOT, at once.
    company c{2};
    std::vector<employee> many(10);
    roam::insert(many, c.db);
    roam::session_scope const here{c.db};
    for (auto& e : roam::select<employee>()) {
        std::jthread{[&] { roam::insert(employee{.visits = -1}, c.outside); }}.join();
        e.visits = 1;
        roam::update(e);
    }
    CHECK(roam::select<employee>().where(roam::col<&employee::visits> == 1).count() == 10);
}

TEST_CASE("D1: a stream refuses whatever else is asked of its session, and loses no row") {
    company c{2};
    std::vector<employee> many(500);
    roam::insert(many, c.db);
    bool const in_transaction = GENERATE(false, true);
    roam::session_scope here{c.db};
    std::optional<roam::transaction> tx;
    if (in_transaction) {
        tx.emplace(c.db);
    }
    std::int64_t rows = 0;
    int refused = 0;
    for (auto const& e : roam::select<employee>().order_by(roam::col<&employee::id>).stream()) {
        CHECK(e.id == many[static_cast<std::size_t>(rows)].id);
        if (++rows % 100 != 1) {
            continue;
        }
        refused += throws<roam::session_busy_error>([&] { roam::update(e); });
        refused += throws<roam::session_busy_error>([&] { roam::select<employee>().all(); });
        refused += throws<roam::session_busy_error>([&] { roam::select<employee>().stream(); });
        refused +=
            throws<roam::session_busy_error>([&] { here.get().execute("SELECT 1" + from_none()); });
        refused += throws<roam::session_busy_error>([&] { roam::transaction{c.db}; });
        refused += throws<roam::session_busy_error>([&] { here.get().soci(); });
    }
    CHECK(rows == 500);
    CHECK(refused == 5 * 6);
    CHECK(roam::select<employee>().count() == 500);
    if (tx) {
        roam::insert(employee{});
        tx->commit();
        CHECK(c.rows().size() == 501);
    }
}

TEST_CASE("D1: a stream that is left early frees its session, inside a transaction too") {
    company c{1};
    std::vector<employee> many(500);
    roam::insert(many, c.db);
    roam::session_scope const here{c.db};
    for (int i = 0; i < 3; ++i) {
        roam::transaction tx{c.db};
        roam::insert(employee{.visits = 1});
        for (auto const& e : roam::select<employee>().stream()) {
            if (e.visits == 0) {
                break;
            }
        }
        roam::insert(employee{.visits = 2});
        tx.commit();
        for (auto const& e : roam::select<employee>().stream()) {
            static_cast<void>(e);
            break;
        }
        CHECK(roam::select<employee>().count() == 500 + 2 * (i + 1));
    }
}

TEST_CASE("D8: one session handed through many threads serves each of them, one after the other") {
    company c{1};
    auto const hops = static_cast<int>(scaled(2'000, 60));
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<roam::detached_session> parcel{c.db.lease().detach()};
    int hop = 0;
    auto const errors = on_threads(4, [&](int number) {
        for (;;) {
            std::optional<roam::detached_session> mine;
            {
                std::unique_lock lock{mutex};
                changed.wait(lock, [&] { return hop == hops || (parcel && hop % 4 == number); });
                if (hop == hops)
                    return;
                mine.swap(parcel);
            }
            roam::session s = mine->attach();
            {
                roam::transaction tx{s};
                roam::insert(employee{.visits = number});
                tx.commit();
            }
            mine.emplace(std::move(s).detach());
            std::lock_guard const lock{mutex};
            parcel.swap(mine);
            ++hop;
            changed.notify_all();
        }
    });
    CHECK(errors == no_errors);
    parcel.reset();
    CHECK(c.rows().size() == static_cast<std::size_t>(hops));
    auto const counts = c.db.counts();
    CHECK(counts.idle == 1);
    CHECK(counts.opened == 1);
}
