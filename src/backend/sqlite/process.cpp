// SPDX-License-Identifier: MIT
#include "backend/sqlite/open.hpp"
#include "backend/sqlite/process.hpp"
#include <roam/error.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace roam::sqlite {
namespace {

// What configure_process() was told, and by whom. It is called before there are other threads.
struct configuration {
    process_options wanted;
    std::thread::id by = std::this_thread::get_id();
};
std::optional<configuration> configured;

void check_config(int code, std::string const& what) {
    if (code == SQLITE_OK)
        return;
    error_details details;
    details.native_code = code;
    if (code == SQLITE_MISUSE) {
        throw too_late_error{what +
                                 " cannot be changed any more: SQLite is initialised already, by "
                                 "the first database that was opened in this process",
                             std::move(details)};
    }
    throw unsupported_error{what + " cannot be changed: this SQLite was not compiled for it",
                            std::move(details)};
}

int config_of(threading_mode mode) {
    switch (mode) {
        case threading_mode::single_thread:
            return SQLITE_CONFIG_SINGLETHREAD;
        case threading_mode::multi_thread:
            return SQLITE_CONFIG_MULTITHREAD;
        case threading_mode::serialized:
            return SQLITE_CONFIG_SERIALIZED;
    }
    return SQLITE_CONFIG_SERIALIZED;
}

threading_mode built_mode() {
    switch (sqlite3_threadsafe()) {
        case 0:
            return threading_mode::single_thread;
        case 2:
            return threading_mode::multi_thread;
        default:
            return threading_mode::serialized;
    }
}

struct closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
};

std::unique_ptr<sqlite3, closer> open_memory(int mutex_flag) {
    sqlite3* opened = nullptr;
    int const code = sqlite3_open_v2(
        ":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | mutex_flag, nullptr);
    std::unique_ptr<sqlite3, closer> db{opened};
    if (code != SQLITE_OK) {
        throw connection_error{std::string{"cannot open sqlite::memory:: "} + sqlite3_errstr(code)};
    }
    return db;
}

struct process_facts {
    threading_mode in_force;
    bool memory_statistics;
};

// A connection has a mutex when the process-wide mode lets it: even one that asks for it has none
// in single-thread mode. Any open connection has allocated something; without statistics nothing
// is counted.
process_facts ask_sqlite() {
    if (configured && configured->wanted.threading == threading_mode::single_thread)
        detail::thread_gate{threading_mode::single_thread, configured->by}.check_caller();
    auto const plain = open_memory(0);
    auto const locked = open_memory(SQLITE_OPEN_FULLMUTEX);
    process_facts facts{threading_mode::single_thread, sqlite3_memory_used() > 0};
    if (detail::mutex_of(plain.get()) != nullptr) {
        facts.in_force = threading_mode::serialized;
    } else if (detail::mutex_of(locked.get()) != nullptr) {
        facts.in_force = threading_mode::multi_thread;
    }
    return facts;
}

std::atomic<bool> is_known = false;

// The thread that is first here asks; others wait for it, and make no call of SQLite.
struct known_process {
    process_facts facts = ask_sqlite();
    detail::thread_gate gate{facts.in_force,
                             configured ? configured->by : std::this_thread::get_id()};

    known_process() { is_known.store(true, std::memory_order_relaxed); }
};

known_process const& this_process() {
    static known_process const known;
    return known;
}

// Of all the ways to ask, this one changes nothing and initialises nothing.
bool is_initialised() {
    if (is_known.load(std::memory_order_relaxed))
        return true;
    sqlite3_mem_methods ignored{};
    return sqlite3_config(SQLITE_CONFIG_GETMALLOC, &ignored) == SQLITE_MISUSE;
}

// What will hold once SQLite is initialised.
process_facts expected() {
    bool const counts = sqlite3_compileoption_used("DEFAULT_MEMSTATUS=0") == 0;
    if (!configured)
        return {built_mode(), counts};
    auto const& wanted = configured->wanted;
    return {wanted.threading.value_or(built_mode()), wanted.memory_statistics};
}

// The compile options that decide about locks between threads and about what they share.
std::vector<std::string> options_that_matter() {
    constexpr std::array<std::string_view, 8> matter{
        "THREADSAFE",     "MUTEX",        "DEFAULT_MEMSTATUS", "SYSTEM_MALLOC",
        "OMIT_LOOKASIDE", "SHARED_CACHE", "OMIT_DESERIALIZE",  "ENABLE_MEMORY_MANAGEMENT"};
    std::vector<std::string> found;
    for (int i = 0; char const* const name = sqlite3_compileoption_get(i); ++i) {
        std::string_view const option = name;
        if (std::any_of(matter.begin(), matter.end(),
                        [&](auto part) { return option.find(part) != option.npos; })) {
            found.emplace_back(option);
        }
    }
    return found;
}

}  // namespace

namespace detail {

void thread_gate::check_caller() const {
    if (admits_caller())
        return;
    throw unsupported_error{
        "SQLite has no locks in this process (SQLITE_THREADSAFE=0, or "
        "configure_process() with single_thread): only the thread that called configure_process(), "
        "or else opened the first database, may use it"};
}

thread_gate const& process_gate() { return this_process().gate; }

// Compiled without threads, SQLite 3.40 answers a pointer that is none (SQLITE_MUTEX_OMIT).
sqlite3_mutex* mutex_of(sqlite3* db) noexcept {
    return sqlite3_threadsafe() == 0 ? nullptr : sqlite3_db_mutex(db);
}

}  // namespace detail

void configure_process(process_options const& wanted) {
    if (wanted.threading) {
        check_config(sqlite3_config(config_of(*wanted.threading)), "SQLite's threading mode");
    }
    check_config(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, wanted.memory_statistics ? 1 : 0),
                 "the setting of SQLite's memory statistics");
    configured = configuration{wanted};
}

threading_mode threading_facts::of_connection(threading_mode wanted) const {
    return in_force == threading_mode::single_thread ? in_force : wanted;
}

threading_facts threading_report() {
    threading_facts facts;
    facts.library_version = sqlite3_libversion();
    facts.built = built_mode();
    facts.compile_options = options_that_matter();
    if (configured)
        facts.asked = configured->wanted.threading;
    facts.too_late = is_initialised();
    auto const holds = facts.too_late ? this_process().facts : expected();
    facts.in_force = holds.in_force;
    facts.memory_statistics = holds.memory_statistics;
    facts.memory_databases_can_be_shared = detail::has_shared_memory();
    return facts;
}

std::string to_string(threading_mode mode) {
    switch (mode) {
        case threading_mode::single_thread:
            return "single_thread";
        case threading_mode::multi_thread:
            return "multi_thread";
        case threading_mode::serialized:
            return "serialized";
    }
    return "unknown";
}

std::string to_string(threading_facts const& facts) {
    std::string options;
    for (auto const& each : facts.compile_options)
        options.append(options.empty() ? "" : ", ").append(each);
    std::string table;
    auto const line = [&](std::string_view name, std::string const& what) {
        table.append(name).append(22 - name.size(), ' ').append(what).append("\n");
    };
    line("SQLite", facts.library_version);
    line("compiled for", to_string(facts.built) + " (" + options + ")");
    line("process", to_string(facts.in_force) +
                        (facts.asked ? ", asked for by configure_process()" : ", as compiled"));
    bool const locks = facts.in_force != threading_mode::single_thread;
    line("memory statistics", !facts.memory_statistics ? "off"
                              : locks ? "on: each allocation takes a lock of the whole process"
                                      : "on");
    line("can be changed", facts.too_late ? "no: SQLite is initialised" : "yes");
    line("connection", to_string(facts.of_connection()) + "; with threading=serialized " +
                           to_string(facts.of_connection(threading_mode::serialized)));
    line("memory database",
         facts.memory_databases_can_be_shared ? "shared by sessions" : "has one session");
    return table;
}

}  // namespace roam::sqlite
