// SPDX-License-Identifier: MIT
//
// What it costs to share: leases, checks, and durable writes of many threads. One case, one line
// of JSON; the script `sharing` runs the cases and compares.
#include "measure.hpp"
#include "sharing.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace bench;

namespace {

constexpr int skipped = 77;  // as in main.cpp
constexpr std::size_t contended_sessions = 16;

struct options {
    std::string what;
    std::int64_t n = 100'000;
    std::ptrdiff_t threads = 1;
    std::int64_t sync_us = 0;
    std::string folder;
};

struct outcome {
    cost spent;
    std::uint64_t syncs = 0;
};

/// So many threads, each with its share of n operations; the clock runs from when all are there.
outcome in_threads(options const& wanted, std::function<void(std::int64_t)> const& work) {
    auto const share = wanted.n / wanted.threads;
    std::latch ready{wanted.threads + 1};
    std::vector<std::jthread> threads;
    for (std::int64_t t = 0; t < wanted.threads; ++t) {
        threads.emplace_back([&, t] {
            ready.arrive_and_wait();
            for (std::int64_t i = 0; i < share; ++i)
                work(t * share + i);
        });
    }
    auto const before = syncs();
    auto const spent = measure([&] {
        ready.arrive_and_wait();
        threads.clear();
    });
    return {spent, syncs() - before};
}

outcome run_cycles(sharing_subject const& peer, options const& wanted,
                   std::function<void()> const& cycle) {
    peer.open(wanted.threads == 1 ? 1 : contended_sessions);
    for (int i = 0; i < 100; ++i)
        cycle();
    if (wanted.threads > 1)
        return in_threads(wanted, [&](std::int64_t) { cycle(); });
    return {measure([&] {
        for (std::int64_t i = 0; i < wanted.n; ++i)
            cycle();
    })};
}

outcome run_calls(sharing_subject const& peer, options const& wanted,
                  std::function<std::uint64_t(std::int64_t)> const& calls) {
    peer.open(1);
    std::uint64_t sum = calls(1);
    auto const spent = measure([&] { sum += calls(wanted.n); });
    if (sum == 0)
        throw std::runtime_error{"the calls answered nothing"};
    return {spent};
}

outcome run_writes(sharing_subject const& peer, options const& wanted,
                   std::function<void(std::int64_t)> const& write) {
    auto folder = (std::filesystem::path{wanted.folder} / "roam_sharing_XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error{"cannot make a folder in " + wanted.folder};
    peer.open_file(folder + "/sharing.db", static_cast<std::size_t>(wanted.threads));
    for (int i = 0; i < 20; ++i)
        write(-1);
    fix_sync(wanted.sync_us);
    auto const result = in_threads(wanted, write);
    fix_sync(0);
    auto const expected = wanted.n / wanted.threads * wanted.threads + 20;
    auto const stored = peer.count();
    peer.close();
    std::filesystem::remove_all(folder);
    if (stored != expected)
        throw std::runtime_error{"not every acknowledged row is stored"};
    return result;
}

bool can_run(sharing_subject const& peer, std::string const& what) {
    return (what == "lease" && peer.cycle) || (what == "lease_touched" && peer.cycle_touched) ||
           (what == "checked" && peer.checked) || (what == "unchecked" && peer.unchecked) ||
           (what == "write_alone" && peer.write_alone) ||
           (what == "write_grouped" && peer.write_grouped);
}

outcome run(sharing_subject const& peer, options const& wanted) {
    if (wanted.what == "lease")
        return run_cycles(peer, wanted, peer.cycle);
    if (wanted.what == "lease_touched")
        return run_cycles(peer, wanted, peer.cycle_touched);
    if (wanted.what == "checked")
        return run_calls(peer, wanted, peer.checked);
    if (wanted.what == "unchecked")
        return run_calls(peer, wanted, peer.unchecked);
    return run_writes(peer, wanted,
                      wanted.what == "write_alone" ? peer.write_alone : peer.write_grouped);
}

std::int64_t number(std::string const& text) {
    char* end = nullptr;
    auto const value = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || value < 0)
        throw std::runtime_error{"not a number: " + text};
    return value;
}

options parse(int argc, char** argv) {
    options wanted;
    wanted.folder = std::filesystem::temp_directory_path();
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string const option = argv[i];
        if (option == "--case")
            wanted.what = argv[i + 1];
        else if (option == "--n")
            wanted.n = number(argv[i + 1]);
        else if (option == "--threads")
            wanted.threads = std::max<std::int64_t>(1, number(argv[i + 1]));
        else if (option == "--sync")
            wanted.sync_us = number(argv[i + 1]);
        else if (option == "--folder")
            wanted.folder = argv[i + 1];
        else
            throw std::runtime_error{"unknown option " + option};
    }
    return wanted;
}

int run_all(int argc, char** argv) {
    auto const wanted = parse(argc, argv);
    auto const peer = make_sharing_subject();
    if (!can_run(peer, wanted.what)) {
        std::fprintf(stderr, "skipped: %s does not do '%s'\n", peer.name.c_str(),
                     wanted.what.c_str());
        return skipped;
    }
    auto const result = run(peer, wanted);
    peer.close();
    std::printf(
        "{\"case\":\"%s\",\"subject\":\"%s\",\"threads\":%lld,\"operations\":%lld,"
        "\"wall_ns\":%lld,\"cpu_ns\":%lld,\"syncs\":%llu}\n",
        wanted.what.c_str(), peer.name.c_str(), static_cast<long long>(wanted.threads),
        static_cast<long long>(wanted.n / wanted.threads * wanted.threads),
        static_cast<long long>(result.spent.wall_ns),
        static_cast<long long>(result.spent.user_ns + result.spent.sys_ns),
        static_cast<unsigned long long>(result.syncs));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_all(argc, argv);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}
