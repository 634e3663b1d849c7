// SPDX-License-Identifier: MIT
//
// W7: threads that find rows of one SQLite file by key, a session each, under the settings that
// decide how they scale. A process per run, since the settings belong to the process; the runs of a
// round follow one another, and are compared with the first of their round.
//
//     reader_threads [ROUNDS [LOOKUPS]]
#include <roam/backend/sqlite_process.hpp>
#include <roam/roam.hpp>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
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

struct setting {
    char const* name;
    bool statistics;
    bool in_read_scope;
};
constexpr std::array<setting, 4> settings{{
    {"as SQLite is", true, false},
    {"statistics off", false, false},
    {"read scope", true, true},
    {"both", false, true},
}};
constexpr std::array<int, 2> thread_counts{1, 2};

void look_up(roam::database const& db, int number, int lookups, bool in_read_scope,
             std::barrier<>& gate) {
    roam::session_scope const here{db};
    std::optional<roam::read_scope> snapshot;
    if (in_read_scope)
        snapshot.emplace(roam::read_scope_options{.then = roam::when_expired::renew});
    auto const find = [&](int i) {
        auto const key = (static_cast<std::int64_t>(i) * 7919 + number) % row_count + 1;
        if (roam::get<item>(key).stock != key % 100)
            throw std::runtime_error("a row is not what was stored");
    };
    find(0);  // so that the statement is prepared
    gate.arrive_and_wait();
    for (int i = 0; i < lookups; ++i)
        find(i);
    gate.arrive_and_wait();
}

struct cost {
    double wall = 0;       // seconds from the first lookup to the last
    double processor = 0;  // of all threads together
};

double processor_time() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

cost measure(setting const& how, int threads, std::string const& url, int lookups) {
    roam::sqlite::configure_process({.memory_statistics = how.statistics});
    roam::database const db{url};
    std::barrier gate{threads + 1};
    std::vector<std::jthread> readers;
    for (int number = 0; number < threads; ++number) {
        readers.emplace_back(
            [&, number] { look_up(db, number, lookups, how.in_read_scope, gate); });
    }
    gate.arrive_and_wait();
    auto const began = std::chrono::steady_clock::now();
    auto const used = processor_time();
    gate.arrive_and_wait();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
            processor_time() - used};
}

void make_file(std::string const& url) {
    roam::database const db{url};
    roam::create_tables<item>(db);
    std::vector<item> items;
    for (int i = 1; i <= row_count; ++i)
        items.push_back({.name = "item " + std::to_string(i), .price = i / 8.0, .stock = i % 100});
    roam::insert(items, db);
}

cost run_child(std::size_t which, int threads, std::string const& url, int lookups) {
    auto const self = std::filesystem::read_symlink("/proc/self/exe").string();
    auto const command = "'" + self + "' --child " + std::to_string(which) + " " +
                         std::to_string(threads) + " '" + url + "' " + std::to_string(lookups);
    FILE* const out = ::popen(command.c_str(), "r");
    cost c;
    if (out == nullptr || std::fscanf(out, "%lf %lf", &c.wall, &c.processor) != 2 ||
        ::pclose(out) != 0) {
        throw std::runtime_error("a run failed: " + command);
    }
    return c;
}

std::string summary(std::vector<double> ratios) {
    std::sort(ratios.begin(), ratios.end());
    char text[64];
    std::snprintf(text, sizeof text, "%.2f (%.2f..%.2f)", ratios[ratios.size() / 2], ratios.front(),
                  ratios.back());
    return text;
}

void report(int rounds, int lookups) {
    auto pattern = (std::filesystem::temp_directory_path() / "roam-XXXXXX").string();
    std::filesystem::path const folder = ::mkdtemp(pattern.data());
    auto const url = "sqlite:" + (folder / "items.db").string();
    make_file(url);
    // All as ratios to the first run of the same round.
    struct ratios {
        std::vector<double> rate;       // lookups a second
        std::vector<double> processor;  // its time for a lookup
    };
    std::array<std::array<ratios, thread_counts.size()>, settings.size()> measured;
    for (int round = 0; round < rounds; ++round) {
        cost first;
        for (std::size_t s = 0; s < settings.size(); ++s) {
            for (std::size_t t = 0; t < thread_counts.size(); ++t) {
                auto const threads = thread_counts[t];
                auto const c = run_child(s, threads, url, lookups);
                if (s == 0 && t == 0)
                    first = c;
                measured[s][t].rate.push_back(threads * first.wall / c.wall);
                measured[s][t].processor.push_back(c.processor / first.processor / threads);
            }
        }
    }
    std::filesystem::remove_all(folder);
    std::cout << "| settings | lookups a second, one thread | two threads "
                 "| processor time of a lookup, one thread | two threads |\n"
                 "|---|---|---|---|---|\n";
    for (std::size_t s = 0; s < settings.size(); ++s) {
        auto const& [one, two] = measured[s];
        std::cout << "| " << settings[s].name << " | " << summary(one.rate) << " | "
                  << summary(two.rate) << " | " << summary(one.processor) << " | "
                  << summary(two.processor) << " |\n";
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 6 && std::string{argv[1]} == "--child") {
        auto const c = measure(settings.at(std::stoul(argv[2])), std::stoi(argv[3]), argv[4],
                               std::stoi(argv[5]));
        std::cout << c.wall << ' ' << c.processor << '\n';
        return 0;
    }
    report(argc > 1 ? std::stoi(argv[1]) : 7, argc > 2 ? std::stoi(argv[2]) : 50'000);
}
