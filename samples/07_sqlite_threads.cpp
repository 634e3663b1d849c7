// SPDX-License-Identifier: MIT
// SQLite and threads: what the process decides, writers that wait in turn, and reads of one state.
#include <roam/backend/sqlite.hpp>
#include <roam/roam.hpp>

#include <iostream>
#include <thread>
#include <vector>

struct reading {
    std::int64_t id = 0;
    std::string sensor;
    double celsius = 0;
};

void take_readings(roam::database const& station, std::string const& sensor, int count) {
    for (int i = 0; i < count; ++i) {
        roam::transaction tx{station};
        roam::insert(reading{.sensor = sensor, .celsius = 20.0 + i});
        tx.commit();
    }
}

int main() {
    // First of all, before any thread and any database: what holds for the whole process.
    roam::sqlite::configure_process({.memory_statistics = false});
    auto const facts = roam::sqlite::threading_report();
    std::cout << "a session is " << to_string(facts.of_connection()) << "\n"
              << "memory statistics are " << (facts.memory_statistics ? "on" : "off") << "\n"
              << "it is " << (facts.too_late ? "too late" : "not too late") << " to change that\n";
    if (facts.in_force == roam::sqlite::threading_mode::single_thread)
        return 0;  // this SQLite has no locks, and lets only one thread in

    // A file has one writer at a time. Here those who want to be it are served in turn; without
    // one_writer each asks SQLite again and again, until busy_timeout.
    roam::database station{"sqlite:station.db?one_writer=on", {.max_sessions = 5}};
    roam::create_tables<reading>(station);
    {
        std::vector<std::jthread> sensors;
        for (char const* name : {"roof", "cellar", "garden", "attic"})
            sensors.emplace_back([&station, name] { take_readings(station, name, 5); });
    }
    std::cout << roam::select<reading>().count(station) << " readings, in turn\n";

    // Many reads of one state, whoever writes meanwhile. It must not last: while it does, SQLite
    // keeps all that was written since. So it has a greatest age.
    {
        roam::read_scope here{station, {.max_age = std::chrono::seconds{5}}};
        auto const before = roam::select<reading>().count();
        std::jthread{[&station] { take_readings(station, "roof", 1); }}.join();
        std::cout << "in a read scope " << roam::select<reading>().count() - before << " are new\n";
        try {
            roam::insert(reading{});
        } catch (roam::permission_error const& e) {
            std::cout << "and nothing is written (" << e.code() << ")\n";
        }
    }
    std::cout << "after it there are " << roam::select<reading>().count(station) << "\n";

    try {
        roam::sqlite::configure_process();
    } catch (roam::too_late_error const& e) {
        std::cout << "now it is too late (" << e.code() << ")\n";
    }
}
