// SPDX-License-Identifier: MIT
// The three ways in which threads share a session, and when each is the right one.
#include <roam/backend/sqlite_process.hpp>
#include <roam/threads.hpp>

#include <iostream>
#include <thread>
#include <vector>

struct reading {
    std::int64_t id = 0;
    std::string sensor;
    double celsius = 0;
};

int main() {
    roam::sqlite::configure_process();  // before any thread: fewer locks between them
    roam::database station{"sqlite::memory:", {.max_sessions = 4}};
    roam::create_tables<reading>(station);

    // In turn. One session that all use, for what only one connection can do: here a temporary
    // table, which no other session sees.
    {
        roam::locked_session shared{station};
        shared.lock().get().execute("CREATE TEMP TABLE seen (sensor text PRIMARY KEY)");
        std::vector<std::jthread> threads;
        for (char const* sensor : {"roof", "cellar", "roof", "garden"}) {
            threads.emplace_back([&shared, sensor] {
                auto mine = shared.lock();
                roam::raw("INSERT OR IGNORE INTO seen VALUES (?)", std::string{sensor}).run(mine);
            });
        }
        threads.clear();
        auto mine = shared.lock();
        std::cout << "in turn: " << roam::raw<int>("SELECT count(*) FROM seen").one(mine)
                  << " sensors were seen\n";
    }

    // Parent and children. The parent leases the sessions first and has all of them back at the
    // end; each child works on its own, at the same time as the others.
    {
        std::vector<reading> day(24);
        for (std::size_t hour = 0; hour < day.size(); ++hour)
            day[hour] = {.sensor = "roof", .celsius = 10.0 + static_cast<double>(hour % 12)};
        roam::crew crew{station, 3};
        crew.for_each(day, [](reading& r) { roam::insert(r); });
        std::cout << "parent and children: " << roam::select<reading>().count(station)
                  << " readings by " << crew.size() << " children\n";
    }

    // Client and server. One thread owns the session and does what the others ask for. On SQLite,
    // where there is one writer at a time anyway, those who wait share a commit.
    {
        roam::session_server writer{station};
        std::vector<std::jthread> clients;
        for (char const* sensor : {"cellar", "garden"}) {
            clients.emplace_back([&writer, sensor] {
                for (int i = 0; i < 5; ++i) {
                    auto key = writer.submit([r = reading{.sensor = sensor}]() mutable {
                        roam::insert(r);
                        return r.id;
                    });
                    key.get();  // the commit has succeeded
                }
            });
        }
        clients.clear();
        auto refused = writer.submit([] { roam::get<reading>(4711); });
        try {
            refused.get();
        } catch (roam::not_found_error const& e) {
            std::cout << "client and server: a job's error comes back (" << e.code() << ")\n";
        }
    }
    std::cout << roam::select<reading>().count(station) << " readings in all\n";
}
