// SPDX-License-Identifier: MIT
// D38: a time limit and a stop token for one operation and for a scope.
#include "fixture.hpp"
#include <roam/session/limit.hpp>
#include <roam/session/retry.hpp>

#include <condition_variable>
#include <mutex>

using namespace roam::test;
using namespace std::chrono_literals;

namespace {

/// Runs for a minute on a server, for ever on SQLite.
auto endless() {
    if (on_firebird())
        return roam::raw<std::int64_t>(firebird_count(1'000'000'000'000));
    return roam::raw<std::int64_t>(on_sqlite()
                                       ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                         "FROM n) SELECT count(*) FROM n"
                                   : on_mysql() ? "SELECT count(*) FROM seq_1_to_10000000 a, "
                                                  "seq_1_to_10000000 b WHERE a.seq + b.seq < 0"
                                                : "SELECT count(*) FROM pg_sleep(60)");
}

/// Stops its source after a while, from a thread of its own.
class late_stop {
public:
    explicit late_stop(std::chrono::milliseconds after = 50ms)
        : thread_([source = source_, after](std::stop_token over) mutable {
              std::mutex mutex;
              std::unique_lock lock{mutex};
              std::condition_variable_any{}.wait_for(lock, over, after, [] { return false; });
              source.request_stop();
          }) {}
    std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    std::jthread thread_;
};

std::stop_token stopped() {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
}

}  // namespace

TEST_CASE("D38: a time limit ends one operation with timeout_error, and is gone afterwards") {
    company c{1};
    CHECK_THROWS_AS(endless().one(roam::limit(c.db, 50ms)), roam::timeout_error);
    auto s = c.db.lease();
    CHECK_THROWS_AS(endless().one(roam::limit(s, 50ms)), roam::timeout_error);
    roam::session_scope const here{s};
    CHECK_THROWS_AS(endless().one(roam::limit(50ms)), roam::timeout_error);
    // Without the limit the same session is stopped only by a stop, which comes later than 50 ms.
    late_stop const stop;
    auto const start = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(endless().one(roam::limit(stop.token())), roam::cancelled_error);
    CHECK(std::chrono::steady_clock::now() - start < 30s);
    CHECK_NOTHROW(roam::insert(employee{}, roam::limit(c.db, 10s)));
    CHECK(c.rows().size() == 1);
}

TEST_CASE("D38: a stop token ends a running operation with cancelled_error") {
    company c{1};
    auto const count = [&] {
        late_stop const stop;
        CHECK_THROWS_AS(endless().one(roam::limit(c.db, stop.token())), roam::cancelled_error);
        // Both at once: what comes first.
        CHECK_THROWS_AS(endless().one(roam::limit(c.db, 10ms, late_stop{60s}.token())),
                        roam::timeout_error);
        return roam::select<employee>().count(c.db);
    };
    CHECK(count() == 0);
    CHECK(c.db.counts().opened == 1);
}

TEST_CASE("D38: a token that was already stopped runs nothing, and leases nothing") {
    company c{1};
    auto const leases = c.db.counts().leases;
    CHECK_THROWS_AS(roam::insert(employee{}, roam::limit(c.db, stopped())), roam::cancelled_error);
    CHECK_THROWS_AS((roam::session_scope{roam::limit(c.db, stopped())}), roam::cancelled_error);
    CHECK(c.db.counts().leases == leases);
    CHECK(c.seen->take().empty());
    CHECK_THROWS_AS(roam::insert(employee{}, roam::limit(c.db, -1ms)), roam::usage_error);
}

TEST_CASE("D38: a limit on a scope is on all of its operations, and gone with it") {
    company c{1};
    roam::session_scope const outer{c.db};
    roam::insert(employee{});
    {
        roam::session_scope const here{roam::limit(c.db, 50ms)};
        CHECK_THROWS_AS(endless().one(), roam::timeout_error);
        CHECK_THROWS_AS(endless().one(c.db), roam::timeout_error);
        CHECK_NOTHROW(roam::insert(employee{}));
    }
    late_stop const stop;
    CHECK_THROWS_AS(endless().one(roam::limit(stop.token())), roam::cancelled_error);
    CHECK(c.db.counts().opened == 1);
}

TEST_CASE("D38: once a scope is stopped its transaction can only be rolled back") {
    company c{1};
    std::stop_source source;
    {
        roam::session_scope const here{roam::limit(c.db, source.get_token())};
        roam::transaction tx{c.db};
        roam::insert(employee{});
        source.request_stop();
        CHECK_THROWS_AS(roam::insert(employee{}), roam::cancelled_error);
        CHECK_THROWS_AS(tx.commit(), roam::cancelled_error);
        CHECK_FALSE(tx.is_open());
    }
    CHECK(c.rows().empty());
    roam::insert(employee{}, c.db);
    CHECK(c.rows().size() == 1);
    CHECK(c.db.counts().opened == 1);
}

TEST_CASE("D38: a limit on a stream goes with the stream") {
    company c{1};
    std::vector<employee> many(100);
    roam::insert(many, c.db);
    auto s = c.db.lease();
    std::stop_source source;
    std::size_t rows = 0;
    for (auto const& e : roam::select<employee>().stream(roam::limit(s, source.get_token()))) {
        static_cast<void>(e);
        ++rows;
    }
    CHECK(rows == 100);
    source.request_stop();
    CHECK(roam::select<employee>().count(s) == 100);
}

TEST_CASE("D38: a scope's limit that outlives its session does no harm") {
    company c{1};
    auto s = std::make_unique<roam::session>(c.db.lease());
    auto scope = std::make_unique<roam::session_scope>(roam::limit(*s, 50ms));
    s.reset();
    auto next = c.db.lease();
    late_stop const stop;
    CHECK_THROWS_AS(endless().one(roam::limit(next, stop.token())), roam::cancelled_error);
    scope.reset();
    CHECK(roam::select<employee>().count(next) == 0);
}

TEST_CASE("D38: transact refuses a limit and says what to use") {
    company c{1};
    CHECK_THROWS_AS(roam::transact(roam::limit(c.db, 1s), [] {}), roam::usage_error);
}
