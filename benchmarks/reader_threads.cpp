// SPDX-License-Identifier: MIT
//
// W7: threads that find rows of one SQLite file by key, a session each, under the settings that
// decide how they scale. A process per run, since the settings belong to the process; `report`
// starts them and compares.
//
//     reader_threads --list
//     reader_threads --make FILE
//     reader_threads SETTING THREADS LOOKUPS FILE
#include <roam/backend/sqlite_process.hpp>
#include <roam/roam.hpp>

#include <sqlite3.h>

#include <barrier>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct item {
    std::int64_t id = 0;
    std::string name;
    double price = 0;
    int stock = 0;
};

constexpr int row_count = 20'000;

void make_file(std::string const& file) {
    roam::database const db{"sqlite:" + file};
    roam::create_tables<item>(db);
    std::vector<item> items;
    for (int i = 1; i <= row_count; ++i)
        items.push_back({.name = "item " + std::to_string(i), .price = i / 8.0, .stock = i % 100});
    roam::insert(items, db);
}

using finder = std::function<item(std::int64_t key)>;

/// Gives the calling thread a session of its own and has it work with that.
using provider = std::function<void(std::function<void(finder const&)> const& work)>;

provider by_roam(std::string const& file, bool statistics, bool in_read_scope) {
    roam::sqlite::configure_process({.memory_statistics = statistics});
    roam::database const db{"sqlite:" + file};
    return [db, in_read_scope](auto const& work) {
        roam::session_scope const here{db};
        std::optional<roam::read_scope> snapshot;
        if (in_read_scope)
            snapshot.emplace(roam::read_scope_options{.then = roam::when_expired::renew});
        work([](std::int64_t key) { return roam::get<item>(key); });
    };
}

void check(sqlite3* db, int code) {
    if (code != SQLITE_OK)
        throw std::runtime_error{sqlite3_errmsg(db)};
}

/// The C API as everyone writes it: opened without flags, a statement prepared once, no transaction
/// around the reads, SQLite's settings as they are.
void by_hand(std::string const& file, std::function<void(finder const&)> const& work) {
    sqlite3* opened = nullptr;
    int const code = sqlite3_open(file.c_str(), &opened);
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> const db{opened, sqlite3_close};
    check(opened, code);
    sqlite3_stmt* made = nullptr;
    check(opened, sqlite3_prepare_v2(opened, "select id, name, price, stock from item where id = ?",
                                     -1, &made, nullptr));
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> const find{made, sqlite3_finalize};
    work([made, opened](std::int64_t key) {
        check(opened, sqlite3_bind_int64(made, 1, key));
        if (sqlite3_step(made) != SQLITE_ROW)
            throw std::runtime_error{sqlite3_errmsg(opened)};
        item found;
        found.id = sqlite3_column_int64(made, 0);
        found.name = reinterpret_cast<char const*>(sqlite3_column_text(made, 1));
        found.price = sqlite3_column_double(made, 2);
        found.stock = sqlite3_column_int(made, 3);
        check(opened, sqlite3_reset(made));
        return found;
    });
}

struct setting {
    std::string_view name;
    provider (*open)(std::string const& file);
};
constexpr setting settings[] = {
    {"raw C",
     [](std::string const& file) -> provider {
         return [file](auto const& work) { by_hand(file, work); };
     }},
    {"Roam, SQLite as it is", [](std::string const& file) { return by_roam(file, true, false); }},
    {"Roam, statistics off", [](std::string const& file) { return by_roam(file, false, false); }},
    {"Roam, read scope", [](std::string const& file) { return by_roam(file, true, true); }},
    {"Roam, both", [](std::string const& file) { return by_roam(file, false, true); }},
};

setting const& setting_named(std::string_view name) {
    for (auto const& each : settings)
        if (each.name == name)
            return each;
    throw std::runtime_error{"no such setting: " + std::string{name}};
}

double seconds(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void look_up(finder const& find, int number, int lookups, std::barrier<>& gate) {
    auto const find_one = [&](int i) {
        auto const key = (static_cast<std::int64_t>(i) * 7919 + number) % row_count + 1;
        if (find(key).stock != key % 100)
            throw std::runtime_error{"a row is not what was stored"};
    };
    find_one(0);  // so that the statement is prepared
    gate.arrive_and_wait();
    for (int i = 0; i < lookups; ++i)
        find_one(i);
    gate.arrive_and_wait();
}

void measure(setting const& how, int threads, int lookups, std::string const& file) {
    auto const open = how.open(file);
    std::barrier gate{threads + 1};
    std::vector<std::jthread> readers;
    for (int number = 0; number < threads; ++number) {
        readers.emplace_back([&, number] {
            open([&](finder const& find) { look_up(find, number, lookups, gate); });
        });
    }
    gate.arrive_and_wait();
    auto const began = seconds(CLOCK_MONOTONIC);
    auto const used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    gate.arrive_and_wait();
    // Wall time from the first lookup to the last; processor time of all threads together.
    std::printf("{\"lookups\":%d,\"wall\":%.9f,\"processor\":%.9f}\n", threads * lookups,
                seconds(CLOCK_MONOTONIC) - began, seconds(CLOCK_PROCESS_CPUTIME_ID) - used);
}

int run(std::vector<std::string> const& words) {
    if (words.size() == 1 && words[0] == "--list") {
        for (auto const& each : settings)
            std::cout << each.name << '\n';
    } else if (words.size() == 2 && words[0] == "--make") {
        make_file(words[1]);
    } else if (words.size() == 4) {
        measure(setting_named(words[0]), std::stoi(words[1]), std::stoi(words[2]), words[3]);
    } else {
        std::cerr << "reader_threads --list | --make FILE | SETTING THREADS LOOKUPS FILE\n";
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (std::exception const& e) {
        std::cerr << argv[0] << ": " << e.what() << '\n';
        return 1;
    }
}
