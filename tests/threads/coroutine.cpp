// SPDX-License-Identifier: MIT
// D6: a coroutine that goes on in another thread, with a context of its own and without one.
#include "threads/fixture.hpp"
#include <roam/session/context.hpp>
#include <roam/session/route.hpp>

#include <coroutine>
#include <exception>
#include <memory>

using namespace roam::test;
using roam::session_event;

namespace {

/// A coroutine that begins at once in the caller's thread. Its context is its own where the runtime
/// supplies contexts.
class job {
public:
    struct promise_type {
        roam::context own;
        std::exception_ptr failure;

        job get_return_object() {
            return job{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { failure = std::current_exception(); }
    };

    job(job&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    ~job() {
        if (handle_)
            handle_.destroy();
    }

    /// Goes on to the next suspension, in this thread.
    void resume() { handle_.resume(); }
    bool done() const { return handle_.done(); }
    roam::context& own() { return handle_.promise().own; }
    void rethrow() const {
        if (handle_.promise().failure)
            std::rethrow_exception(handle_.promise().failure);
    }

private:
    explicit job(std::coroutine_handle<promise_type> h) : handle_(h) {}
    std::coroutine_handle<promise_type> handle_;
};

/// The runtime's part: whoever resumes a job says so.
class runtime : public roam::context_provider {
public:
    runtime() { roam::set_context_provider(this); }
    ~runtime() override { roam::set_context_provider(nullptr); }
    runtime(runtime const&) = delete;
    runtime& operator=(runtime const&) = delete;

    roam::context& current() override {
        thread_local roam::context of_thread;
        return running() ? *running() : of_thread;
    }
    static void resume(job& j) {
        running() = &j.own();
        j.resume();
        running() = nullptr;
    }

private:
    // Not inline, or a compiler may keep the address across a suspension (D6).
    [[gnu::noinline]] static roam::context*& running() {
        thread_local roam::context* one = nullptr;
        return one;
    }
};

job raise_twice(company& c, employee& e) {
    roam::session_scope here{c.db};
    roam::transaction tx{c.db};
    e.visits += 1;
    roam::update(e);
    co_await std::suspend_always{};  // goes on in another thread
    e.visits += 1;
    roam::update(e);
    tx.commit();
}

job use_scope_after_suspension(company& c, bool& refused) {
    roam::session_scope here{c.db};
    roam::insert(employee{.email = "before@example.org"});
    co_await std::suspend_always{};
    refused = throws<roam::wrong_context_error>([&] { roam::select<employee>().all(here); });
}

employee stored(company& c) { return roam::insert(employee{.email = "ann@example.org"}, c.db); }

}  // namespace

TEST_CASE("a coroutine with a context of its own goes on in another thread, in its transaction") {
    company c{1};
    employee e = stored(c);
    runtime const switching;
    job j = raise_twice(c, e);
    runtime::resume(j);
    CHECK(c.row(e.id)->visits == 0);
    in_another_thread([&] { runtime::resume(j); });
    REQUIRE(j.done());
    j.rethrow();
    CHECK(c.row(e.id)->visits == 2);
    CHECK(c.db.counts().idle == 1);
}

TEST_CASE("many coroutines, each resumed by whichever thread is free, keep their own sessions") {
    company c{4};
    int const threads = 4;
    int const rounds = scaled(200);
    runtime const switching;
    auto const errors = on_threads(threads, [&](int) {
        for (int i = 0; i < rounds; ++i) {
            employee mine = roam::insert(employee{.email = "x@example.org"}, c.db);
            job j = raise_twice(c, mine);
            runtime::resume(j);
            in_another_thread([&] { runtime::resume(j); });
            j.rethrow();
            if (!j.done() || mine.visits != 2)
                throw std::runtime_error("the coroutine did not come to its end");
        }
    });
    CHECK(errors == no_errors);
    auto const rows = c.rows();
    CHECK(rows.size() == static_cast<std::size_t>(threads * rounds));
    CHECK(std::all_of(rows.begin(), rows.end(), [](auto const& r) { return r.visits == 2; }));
}

TEST_CASE("with a context per thread such a coroutine is refused, and its scope is reported") {
    company c{2};
    bool refused = false;
    {
        job j = use_scope_after_suspension(c, refused);
        j.resume();
        in_another_thread([&] { j.resume(); });  // ends the scope in the wrong thread
        REQUIRE(j.done());
        j.rethrow();
    }
    CHECK(refused);
    auto const events = c.seen->take_events();
    CHECK(std::count(events.begin(), events.end(), session_event::kind::scope_crossed) == 1);
    // The thread that opened the scope is told, once; then all is as before.
    CHECK_THROWS_AS(roam::select<employee>().all(), roam::wrong_context_error);
    CHECK_THROWS_AS(roam::select<employee>().all(), roam::no_session_error);
    CHECK(c.rows().size() == 1);
    CHECK(c.db.counts().in_use == 0);
}
