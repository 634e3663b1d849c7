// SPDX-License-Identifier: MIT
#include "backend/sqlite/open.hpp"
#include <roam/backend/sqlite.hpp>
#include <roam/error.hpp>

#include <sqlite3.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace roam::sqlite {
namespace {

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

// A connection has a mutex when the process-wide mode lets it: even one that asks for it has none
// in single-thread mode.
threading_mode mode_in_force() {
    if (sqlite3_db_mutex(open_memory(0).get()) != nullptr)
        return threading_mode::serialized;
    if (sqlite3_db_mutex(open_memory(SQLITE_OPEN_FULLMUTEX).get()) != nullptr) {
        return threading_mode::multi_thread;
    }
    return threading_mode::single_thread;
}

}  // namespace

void configure_process(process_options const& wanted) {
    if (wanted.threading) {
        check_config(sqlite3_config(config_of(*wanted.threading)), "SQLite's threading mode");
    }
    check_config(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, wanted.memory_statistics ? 1 : 0),
                 "SQLite's memory statistics");
}

threading_facts threading_report() {
    threading_facts facts;
    facts.library_version = sqlite3_libversion();
    facts.built = built_mode();
    facts.in_force = mode_in_force();
    // Any open connection has allocated something; without statistics nothing is counted.
    auto const open = open_memory(SQLITE_OPEN_NOMUTEX);
    facts.memory_statistics = sqlite3_memory_used() > 0;
    facts.memory_databases_can_be_shared = detail::has_shared_memory();
    return facts;
}

}  // namespace roam::sqlite
