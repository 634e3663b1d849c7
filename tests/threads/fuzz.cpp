// SPDX-License-Identifier: MIT
// Random schedules around lease, return, use, hand-over, scopes and locked_session. A seed decides
// which thread does what next; a model knows who owns each connection, and so what each step must
// answer; the connections themselves, which are a fake's, watch who calls them. A failure names the
// seed: ROAM_TEST_SEED repeats the schedule.
#include "fixture.hpp"
#include <roam/threads.hpp>

#include <support/fake_server.hpp>

#include <array>
#include <set>
#include <stdexcept>

using namespace roam::test;

namespace {

struct one {
    int id = 0;
};
using one_stream = decltype(roam::select<one>().stream(std::declval<roam::session&>()));

std::uint64_t make_seed() {
    char const* const text = std::getenv("ROAM_TEST_SEED");
    return text ? std::strtoull(text, nullptr, 10) : std::random_device{}();
}

/// What a step came to.
enum class result { fine, wrong_context, closed, busy, usage, no_session, timeout };
char const* name_of(result r) {
    constexpr char const* names[] = {"fine",  "wrong_context", "closed", "busy",
                                     "usage", "no_session",    "timeout"};
    return names[static_cast<int>(r)];
}

template <class Work>
result result_of(Work&& work) {
    try {
        work();
        return result::fine;
    } catch (roam::wrong_context_error const&) {
        return result::wrong_context;
    } catch (roam::session_closed_error const&) {
        return result::closed;
    } catch (roam::session_busy_error const&) {
        return result::busy;
    } catch (roam::no_session_error const&) {
        return result::no_session;
    } catch (roam::usage_error const&) {
        return result::usage;
    } catch (roam::pool_timeout_error const&) {
        return result::timeout;
    }
}

int ask(roam::session& s) { return roam::raw<int>("ask").reads_only().one(s); }
int ask_current() { return roam::raw<int>("ask").reads_only().one(); }

/// A lease that somebody holds: a session, what is left of one, a parcel, or a stream whose
/// session has been given back.
struct holding {
    std::optional<roam::session> session;
    std::optional<roam::detached_session> parcel;
    std::optional<one_stream> stream;
    roam::cancel_handle cancel;
    int owner = -1;
    std::uint64_t id = 0;
    bool in_transaction = false;
    bool broken = false;  ///< a part of it has ended elsewhere: the connection will be closed
};

struct actor {
    std::uint64_t identity = 0;
    std::vector<std::unique_ptr<roam::session_scope>> scopes;  ///< on the database: all joined
    std::uint64_t scope_id = 0;                                ///< what they have leased
    bool crossed = false;  ///< the next operation is told that a scope ended elsewhere
    std::unique_ptr<roam::session_scope> pinned;  ///< over the session of a holding
    std::uint64_t pinned_id = 0;                  ///< 0: that session is gone
    std::size_t pinned_to = 0;
    std::optional<roam::locked_session::guard> guard;
};

/// The world and what it should be. Only the thread whose turn it is touches it.
class world {
public:
    static constexpr int actors = 6;
    static constexpr std::size_t sessions = 10;
    static constexpr std::size_t places = 9;

    explicit world(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t n) { return random_() % n; }
    void enter(int me) { who_[at(me)].identity = roam::current_context().identity(); }

    void step(int me) {
        actor& a = who_[at(me)];
        holding& h = held_[below(places)];
        switch (below(14)) {
            case 0:
            case 1:
                lease(me, h);
                break;
            case 2:
                give_back(me, h);
                break;
            case 3:
            case 4:
            case 5:
                use(me, h);
                break;
            case 6:
                hand_over(me, h);
                break;
            case 7:
                stream(me, h);
                break;
            case 8:
                open_scope(a);
                break;
            case 9:
                close_scope(me);
                break;
            case 10:
            case 11:
                use_scope(a);
                break;
            case 12:
                pin(me, h);
                break;
            default:
                lock(me);
                break;
        }
        check_sums();
        ++steps_;
    }
    std::size_t steps() const { return steps_; }

    /// How often each step came to each result.
    std::map<std::string, std::map<result, std::size_t>> const& seen() const { return seen_; }
    std::mutex ending;

    /// Each actor ends what is its own.
    void end(int me) {
        actor& a = who_[at(me)];
        a.pinned.reset();
        while (!a.scopes.empty())
            a.scopes.pop_back();
        claim(a.scope_id, 0);
        if (a.guard) {
            claim(locked_id_, 0);
            a.guard.reset();
        }
        for (auto& h : held_) {
            if (h.owner == me) {
                claim(h.id, 0);
                h = {};
            }
        }
    }

private:
    static std::size_t at(int i) { return static_cast<std::size_t>(i); }
    [[noreturn]] static void wrong(std::string const& what) { throw std::logic_error{what}; }
    void expect(char const* step, result wanted, result got) {
        ++seen_[step][wanted];
        if (wanted != got)
            wrong(std::string{step} + " was " + name_of(got) + ", expected " + name_of(wanted));
    }
    void claim(std::uint64_t id, std::uint64_t owner) {
        if (id != 0)
            fake_server::claim(handles_.at(id), owner);
    }
    void closed(std::uint64_t& id) {
        handles_.erase(id);
        leased_.erase(id);
        id = 0;
    }
    void returned(std::uint64_t& id) {
        if (id == 0)
            return;
        claim(id, 0);
        leased_.erase(id);
        id = 0;
    }
    /// A lease has just been granted: nobody else may have that connection.
    std::uint64_t granted(roam::session& s, std::uint64_t owner) {
        std::uint64_t const id = s.id();
        if (!leased_.insert(id).second)
            wrong("a connection was leased twice");
        if (!handles_.contains(id))
            handles_[id] = s.native_handle();
        claim(id, owner);
        return id;
    }
    result if_free() const { return leased_.size() < sessions ? result::fine : result::timeout; }

    void lease(int me, holding& h) {
        if (h.owner != -1 || h.parcel || h.stream)
            return;
        auto const wanted = if_free();
        expect("lease", wanted, result_of([&] { h.session.emplace(db_.lease()); }));
        if (wanted != result::fine)
            return;
        h.owner = me;
        h.id = granted(*h.session, who_[at(me)].identity);
        h.cancel = h.session->canceller();
        h.in_transaction = false;
    }

    /// By its owner, or by somebody else, which closes the connection.
    void give_back(int me, holding& h) {
        if (h.parcel) {
            claim(h.id, 0);
            h.parcel.reset();  // whoever does it: a parcel has no owner
            returned(h.id);
            h = {};
            return;
        }
        if (h.owner == -1)
            return;
        bool const foreign = h.owner != me;
        if (foreign)
            claim(h.id, 0);
        unpin(h);
        if (h.session) {
            h.session.reset();
            if (h.stream) {
                h.broken |= foreign;
                return;  // the stream has the lease now
            }
        } else {
            h.stream.reset();
        }
        if (foreign || h.broken) {
            closed(h.id);
        } else {
            returned(h.id);
        }
        h = {};
    }

    void use(int me, holding& h) {
        if (!h.session) {
            int const before = server_.cancels();
            h.cancel.cancel();
            if (!h.parcel && !h.stream && server_.cancels() != before)
                wrong("a cancel handle reached a connection after its lease");
            return;
        }
        auto wanted = result::fine;
        if (h.owner != me) {
            wanted = result::wrong_context;
        } else if (h.stream) {
            wanted = result::busy;
        }
        roam::session& s = *h.session;
        switch (below(4)) {
            case 0:
                expect("ask", wanted, result_of([&] { ask(s); }));
                break;
            case 1:
                expect("execute", wanted, result_of([&] { s.execute("touch"); }));
                break;
            case 2: {
                std::uint64_t id = h.id;
                expect("id", wanted, result_of([&] { id = s.id(); }));
                if (id != h.id)
                    wrong("a session changed its connection");
                break;
            }
            default:
                expect("transaction", wanted,
                       result_of([&] { s.execute(h.in_transaction ? "COMMIT" : "BEGIN"); }));
                if (wanted == result::fine)
                    h.in_transaction = !h.in_transaction;
        }
    }

    void hand_over(int me, holding& h) {
        if (h.parcel) {
            h.session.emplace(h.parcel->attach());
            expect("a second attach", result::closed, result_of([&] { h.parcel->attach(); }));
            h.parcel.reset();
            h.owner = me;
            h.cancel = h.session->canceller();
            claim(h.id, who_[at(me)].identity);
        } else if (h.session) {
            auto wanted = result::fine;
            if (h.owner != me) {
                wanted = result::wrong_context;
            } else if (h.stream) {
                wanted = result::busy;
            } else if (h.in_transaction) {
                wanted = result::usage;
            }
            expect("detach", wanted,
                   result_of([&] { h.parcel.emplace(std::move(*h.session).detach()); }));
            if (wanted != result::fine)
                return;
            unpin(h);
            expect("use after detach", result::closed, result_of([&] { ask(*h.session); }));
            h.session.reset();
            h.owner = -1;
            claim(h.id, ~std::uint64_t{0});
        }
    }

    void stream(int me, holding& h) {
        if (h.stream) {
            if (!h.session)
                return give_back(me, h);
            if (h.owner != me)
                return;
            h.stream.reset();
        } else if (h.session) {
            auto const wanted = h.owner == me ? result::fine : result::wrong_context;
            expect("stream", wanted,
                   result_of([&] { h.stream.emplace(roam::select<one>().stream(*h.session)); }));
        }
    }

    /// The first operation after one's scope was ended by another is told so.
    static result told(actor& a, result otherwise) {
        return std::exchange(a.crossed, false) ? result::wrong_context : otherwise;
    }

    void open_scope(actor& a) {
        if (a.pinned || a.scopes.size() == 3)
            return;
        auto const wanted = told(a, result::fine);
        expect("open a scope", wanted,
               result_of([&] { a.scopes.push_back(std::make_unique<roam::session_scope>(db_)); }));
    }

    void close_scope(int me) {
        int const whose = below(8) == 0 ? static_cast<int>(below(actors)) : me;
        actor& a = who_[at(whose)];
        if (a.scopes.empty())
            return;
        if (whose == me) {
            a.scopes.pop_back();
            if (a.scopes.empty())
                returned(a.scope_id);
        } else if (a.scopes.size() == 1) {
            claim(a.scope_id, 0);
            a.scopes.pop_back();
            if (a.scope_id != 0)
                closed(a.scope_id);
            a.crossed = true;
        }
    }

    void use_scope(actor& a) {
        auto wanted = result::no_session;
        if (a.pinned) {
            auto const& h = held_[a.pinned_to];
            wanted = a.pinned_id == 0 ? result::closed : h.stream ? result::busy : result::fine;
        } else if (!a.scopes.empty()) {
            wanted = a.scope_id != 0 ? result::fine : if_free();
        }
        wanted = told(a, wanted);
        if (wanted != result::fine || a.pinned || a.scope_id != 0) {
            expect("use of a scope", wanted, result_of([] { ask_current(); }));
        } else {
            a.scope_id = granted(a.scopes.back()->get(), a.identity);
            ask_current();
        }
    }

    /// A scope over a session: void once that is given back or handed on.
    void pin(int me, holding& h) {
        actor& a = who_[at(me)];
        if (a.pinned) {
            a.pinned.reset();
        } else if (a.scopes.empty() && !a.crossed && h.session && h.owner == me) {
            a.pinned = std::make_unique<roam::session_scope>(*h.session);
            a.pinned_id = h.id;
            a.pinned_to = static_cast<std::size_t>(&h - held_.data());
        }
    }
    void unpin(holding const& h) {
        for (actor& a : who_) {
            if (a.pinned && a.pinned_id == h.id)
                a.pinned_id = 0;
        }
    }

    void lock(int me) {
        actor& a = who_[at(me)];
        auto const holder = std::find_if(who_.begin(), who_.end(),
                                         [](actor const& each) { return each.guard.has_value(); });
        if (holder == who_.end()) {
            auto const wanted = locked_id_ != 0 ? result::fine : if_free();
            expect("lock", wanted, result_of([&] { a.guard = locked_.try_lock(); }));
            if (wanted != result::fine)
                return;
            if (!a.guard)
                wrong("a lock that nobody has was not granted");
            if (locked_id_ == 0) {
                locked_id_ = granted(a.guard->get(), a.identity);
            } else {
                claim(locked_id_, a.identity);
            }
        } else if (&*holder == &a) {
            expect("lock again", result::usage, result_of([&] { locked_.try_lock(); }));
            ask(a.guard->get());
            if (below(2) == 0) {
                a.guard.reset();
                claim(locked_id_, ~std::uint64_t{0});
            }
        } else if (below(6) == 0) {  // ended by another: the connection is closed
            claim(locked_id_, 0);
            holder->guard.reset();
            closed(locked_id_);
        } else {
            if (locked_.try_lock())
                wrong("a lock was granted twice");
            expect("foreign guard", result::wrong_context,
                   result_of([&] { ask(holder->guard->get()); }));
        }
    }

    void check_sums() const {
        auto const c = db_.counts();
        if (c.in_use != leased_.size())
            wrong("the pool has " + std::to_string(c.in_use) + " in use, the model " +
                  std::to_string(leased_.size()));
        if (c.idle + c.in_use != c.size || c.size > sessions || c.waiting != 0 ||
            c.opened - c.closed != c.size)
            wrong("the counts do not add up");
        if (server_.foreign() != 0 || server_.collisions() != 0)
            wrong("a connection was called by another than its owner");
    }

    fake_server server_;
    roam::database db_{server_.url(),
                       {.max_sessions = sessions, .acquire_timeout = std::chrono::milliseconds{0}}};
    roam::locked_session locked_{db_};
    std::uint64_t locked_id_ = 0;
    std::mt19937_64 random_;
    std::array<holding, places> held_;
    std::array<actor, actors> who_;
    std::map<std::uint64_t, void*> handles_;  ///< native ones, by connection
    std::set<std::uint64_t> leased_;
    std::size_t steps_ = 0;
    std::map<std::string, std::map<result, std::size_t>> seen_;
};

/// Whose turn it is.
class baton {
public:
    explicit baton(int holders) : ready_(static_cast<std::size_t>(holders)) {}
    void pass(int to) {
        std::lock_guard const lock{mutex_};
        turn_ = to;
        if (to < 0) {
            for (auto& each : ready_)
                each.notify_one();
        } else {
            ready_[static_cast<std::size_t>(to)].notify_one();
        }
    }
    /// False when the game is over.
    bool await(int me) {
        std::unique_lock lock{mutex_};
        ready_[static_cast<std::size_t>(me)].wait(lock, [&] { return turn_ == me || turn_ < 0; });
        return turn_ >= 0;
    }

private:
    std::mutex mutex_;
    std::vector<std::condition_variable> ready_;
    int turn_ = 0;
};

}  // namespace

TEST_CASE("VD18: no schedule of leases, hand-overs, scopes and locks gives a wrong owner") {
    auto const seed = make_seed();
    auto const steps = scaled(1'000'000);
    world w{seed};
    baton turn{world::actors};
    std::string failure;
    auto const play = [&](int me) {
        w.enter(me);
        while (turn.await(me)) {
            try {
                for (std::size_t burst = 1 + w.below(8); burst > 0 && w.steps() < steps; --burst)
                    w.step(me);
            } catch (std::exception const& e) {
                failure = "seed " + std::to_string(seed) + ", step " + std::to_string(w.steps()) +
                          ": " + e.what();
                std::cerr << failure << std::endl;
            }
            bool const over = !failure.empty() || w.steps() >= steps;
            turn.pass(over ? -1 : static_cast<int>(w.below(world::actors)));
        }
        std::lock_guard const ending{w.ending};
        w.end(me);
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < world::actors; ++i)
            threads.emplace_back(play, i);
    }
    CHECK(failure == "");
    CHECK(w.steps() == steps);
    std::cout << "fuzz: " << w.steps() << " steps of " << world::actors << " threads, seed " << seed
              << '\n';
    for (auto const& [step, results] : w.seen()) {
        std::cout << "  " << step << ':';
        for (auto const& [what, times] : results)
            std::cout << ' ' << name_of(what) << ' ' << times;
        std::cout << '\n';
    }
    if (!failure.empty())
        return;
    // The model knows of nothing that has not happened.
    using enum result;
    for (auto const what : {fine, wrong_context, busy})
        CHECK(w.seen().at("ask").contains(what));
    for (auto const what : {fine, wrong_context, busy, usage})
        CHECK(w.seen().at("detach").contains(what));
    for (auto const what : {fine, wrong_context, closed, busy, no_session, timeout})
        CHECK(w.seen().at("use of a scope").contains(what));
    for (auto const* step : {"lease", "lock"})
        CHECK(w.seen().at(step).contains(timeout));
}
