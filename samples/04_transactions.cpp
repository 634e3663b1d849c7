// SPDX-License-Identifier: MIT
// All or nothing: transactions, savepoints, and what happens to records when one is undone.
#include <roam/roam.hpp>

#include <iostream>

struct account {
    std::int64_t id = 0;
    std::string owner;
    std::int64_t cents = 0;
    int revision = 0;
};
ROAM_RECORD(account, unique<&account::owner>(), check("cents >= 0"), version<&account::revision>())

namespace {

void transfer(account& from, account& to, std::int64_t cents) {
    roam::transaction tx;  // on the caller's current session; inside another one, a savepoint
    account paid = from, received = to;
    paid.cents -= cents;
    received.cents += cents;
    roam::update(received);
    roam::update(paid);
    tx.commit();
    from = paid;  // the caller's records change only when the database has
    to = received;
}

}  // namespace

int main() {
    roam::database bank{"sqlite::memory:"};
    roam::create_tables<account>(bank);
    roam::session_scope here{bank};
    auto ann = roam::insert(account{.owner = "Ann", .cents = 100'00});
    auto bob = roam::insert(account{.owner = "Bob", .cents = 5'00});

    transfer(ann, bob, 30'00);
    try {
        transfer(bob, ann, 500'00);
    } catch (roam::check_error const& e) {
        std::cout << "refused (" << e.code() << "): ";
    }
    std::cout << "Ann has " << roam::get<account>(ann.id).cents << ", Bob has " << bob.cents
              << '\n';

    {
        roam::transaction day;
        bob.cents += 1;
        roam::update(bob);
        try {
            roam::transaction attempt;  // nested: a savepoint
            roam::insert(account{.owner = "Bob"});
            attempt.commit();
        } catch (roam::unique_error const&) {
            std::cout << "there is a Bob already; the day goes on\n";
        }
        day.commit();
    }
    std::cout << "Bob has " << roam::get<account>(bob.id).cents << '\n';

    account stale = ann;
    ann.cents += 7;
    roam::update(ann);
    try {
        roam::update(stale);  // its revision is not the row's any more
    } catch (roam::stale_record_error const&) {
        roam::refresh(stale);
        std::cout << "a stale copy was refused; refreshed, it has " << stale.cents << '\n';
    }

    {
        roam::transaction undone;
        auto carol = roam::insert(account{.owner = "Carol"});
        undone.rollback();
        roam::insert(carol);  // its old key is not sent: it gets a new one
        std::cout << "Carol is in after all: " << std::boolalpha << roam::exists<account>(carol.id)
                  << '\n';
    }
}
