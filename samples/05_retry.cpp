// SPDX-License-Identifier: MIT
// Transactions that repeat themselves: when a lock is not granted, a deadlock is broken up or a
// link is lost, the whole closure runs again.
#include <roam/roam.hpp>
#include <roam/session/retry.hpp>

#include <iostream>
#include <thread>
#include <vector>

struct account {
    std::int64_t id = 0;
    std::string owner;
    std::int64_t cents = 0;
};
ROAM_RECORD(account, check("cents >= 0"))

namespace {

void move_money(std::int64_t from, std::int64_t to, std::int64_t cents) {
    auto payer = roam::get<account>(from);
    auto payee = roam::get<account>(to);
    payer.cents -= cents;
    payee.cents += cents;
    roam::update(payer);
    roam::update(payee);
}

}  // namespace

int main() {
    // Nobody waits for a lock here, so that those who meet have to repeat.
    roam::database bank{"sqlite::memory:?busy_timeout=0"};
    roam::create_tables<account>(bank);
    auto const ann = roam::insert(account{.owner = "Ann", .cents = 1'000}, bank).id;
    auto const bob = roam::insert(account{.owner = "Bob", .cents = 1'000}, bank).id;

    {
        std::vector<std::jthread> clerks;
        for (int i = 0; i < 4; ++i) {
            clerks.emplace_back([&bank, from = i % 2 ? ann : bob, to = i % 2 ? bob : ann] {
                for (int k = 0; k < 50; ++k) {
                    roam::transact(bank, {.attempts = 1'000, .deadline = std::chrono::minutes{1}},
                                   [&] { move_money(from, to, 1); });
                }
            });
        }
    }
    std::cout << "200 transfers later Ann has " << roam::get<account>(ann, bank).cents
              << " and Bob has " << roam::get<account>(bob, bank).cents << '\n';

    // A closure may run several times, so what it changes outside of the database is put back
    // before each further attempt: here the balance that the program goes on with.
    auto mine = roam::get<account>(ann, bank);
    int attempts = 0;
    roam::transact(bank, roam::restoring(mine), [&] {
        mine.cents += 10;
        roam::update(mine);
        if (++attempts < 3)
            throw roam::serialization_error{"as if somebody had been first"};
    });
    std::cout << "after " << attempts << " attempts Ann has " << mine.cents << ", in the database "
              << roam::get<account>(ann, bank).cents << '\n';

    // What repeating cannot mend comes out at once, with the record as it was.
    try {
        roam::transact(bank, roam::restoring(mine), [&] {
            ++attempts;
            mine.cents = -1;
            roam::update(mine);
        });
    } catch (roam::check_error const& e) {
        std::cout << "refused (" << e.code() << ") in attempt " << attempts - 3 << "; Ann has "
                  << mine.cents << '\n';
    }
}
