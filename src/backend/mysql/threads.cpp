// SPDX-License-Identifier: MIT
#include "backend/mysql/link.hpp"
#include "backend/mysql/threads.hpp"
#include <roam/error.hpp>

#include <mysql.h>

#include <atomic>
#include <csignal>

namespace roam::mysql {
namespace {

std::atomic<std::uint64_t> begun{0};
std::atomic<std::uint64_t> ended{0};

// Trivial, so that it can be read while the thread's other locals are destroyed: one of them may
// close a session after the announcement of the thread's end.
enum class presence : std::uint8_t { unknown, announced, over };
thread_local constinit presence here = presence::unknown;

struct announcement {
    announcement() noexcept {
        mysql_thread_init();
        here = presence::announced;
        begun.fetch_add(1, std::memory_order_relaxed);
    }
    ~announcement() {
        mysql_thread_end();
        here = presence::over;
        ended.fetch_add(1, std::memory_order_relaxed);
    }
};

// The library ignores SIGPIPE for the whole process when it is initialised; its own writes to a
// socket need no such thing, because they say MSG_NOSIGNAL.
void initialize_keeping_sigpipe() {
    struct sigaction before{};
    sigaction(SIGPIPE, nullptr, &before);
    int const failed = mysql_library_init(0, nullptr, nullptr);
    sigaction(SIGPIPE, &before, nullptr);
    if (failed != 0)
        throw unsupported_error("the MySQL client library cannot be initialised");
    if (mysql_thread_safe() == 0) {
        throw unsupported_error(
            "this MySQL client library was built for one thread: Roam's sessions run in any");
    }
}

}  // namespace

void initialize_library() {
    static bool const done = [] {
        initialize_keeping_sigpipe();
        touch_statics();
        return true;
    }();
    static_cast<void>(done);
}

void enter_thread() noexcept {
    if (here != presence::unknown) [[likely]]
        return;
    thread_local announcement const mine;
    static_cast<void>(mine);
}

std::uint64_t threads_begun() noexcept { return begun.load(std::memory_order_relaxed); }
std::uint64_t threads_ended() noexcept { return ended.load(std::memory_order_relaxed); }

}  // namespace roam::mysql
