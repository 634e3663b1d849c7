// SPDX-License-Identifier: MIT
// The main job: threads that share records and save them through one database. Every book goes
// from desk to desk; whichever thread holds it saves it, each on a session of its own.
#include <roam/backend/sqlite_process.hpp>
#include <roam/roam.hpp>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <thread>

struct book {
    std::int64_t id = 0;
    std::string title;
    int copies = 0;
    int lent = 0;
    std::string last_desk;
};

using roam::col;

namespace {

constexpr int rounds = 40;
std::vector<std::string> const desks{"Ada", "Grace", "Edith", "Radia"};

std::vector<book> stock() {
    std::vector<book> shelf;
    for (char const* title : {"The Dispossessed", "Kindred", "Solaris", "Middlemarch", "Beloved",
                              "Orlando", "The Left Hand of Darkness", "Invisible Cities"}) {
        shelf.push_back({.title = title, .copies = 100, .last_desk = "-"});
    }
    return shelf;
}

// One desk's day. In each round it takes the books that are its turn now; another desk had them in
// the round before. The records are plain structs in a shared vector: nothing in them knows who
// loaded or saved them last.
void work(std::size_t desk, std::vector<book>& shelf, roam::database const& library,
          std::barrier<>& bell) {
    roam::session_scope here{library};  // this thread's session, until the end of the day
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = (desk + round) % desks.size(); i < shelf.size(); i += desks.size()) {
            book& b = shelf[i];
            b.copies -= 1;
            b.lent += 1;
            b.last_desk = desks[desk];
            roam::update(b);
        }
        bell.arrive_and_wait();  // hand the books on
    }
}

void print_shelf(roam::database const& library) {
    std::cout << std::left << std::setw(28) << "title" << std::right << std::setw(7) << "copies"
              << std::setw(6) << "lent" << "  last desk\n";
    for (auto const& b : roam::select<book>().order_by(col<&book::title>).all(library)) {
        std::cout << std::left << std::setw(28) << b.title << std::right << std::setw(7) << b.copies
                  << std::setw(6) << b.lent << "  " << b.last_desk << '\n';
    }
}

}  // namespace

int main() {
    roam::sqlite::configure_process();  // before any thread: fewer locks between them
    std::filesystem::remove("desks.db");
    roam::database library{"sqlite:desks.db"};
    roam::create_tables<book>(library);

    std::vector<book> shelf = stock();
    roam::insert(shelf, library);  // all or none; the keys come back in order

    std::cout << desks.size() << " desks share " << shelf.size() << " records for " << rounds
              << " rounds.\n\n";
    {
        std::barrier bell{static_cast<std::ptrdiff_t>(desks.size())};
        std::vector<std::jthread> day;
        for (std::size_t desk = 0; desk < desks.size(); ++desk) {
            day.emplace_back(work, desk, std::ref(shelf), std::cref(library), std::ref(bell));
        }
    }
    print_shelf(library);

    auto const [copies, lent] =
        roam::select(sum(col<&book::copies>), sum(col<&book::lent>)).one(library);
    bool const equal = std::ranges::all_of(shelf, [&](book const& b) {
        auto const row = roam::get<book>(b.id, library);
        return row.lent == b.lent && row.copies == b.copies && row.last_desk == b.last_desk;
    });
    std::cout << "\n"
              << shelf.size() * rounds << " saves acknowledged, " << *lent << " in the database, "
              << *copies << " copies left; records and rows are " << (equal ? "equal" : "DIFFERENT")
              << ".\n"
              << "Connections opened: " << library.counts().opened << ", one for each desk.\n";
    return equal ? 0 : 1;
}
