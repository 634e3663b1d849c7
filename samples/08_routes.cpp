// SPDX-License-Identifier: MIT
// Records that belong to another database than the one at hand: an audit log, and shards.
#include <roam/roam.hpp>
#include <roam/session/hooks.hpp>
#include <roam/session/route.hpp>

#include <array>
#include <iostream>

struct book {
    std::int64_t id = 0;
    std::string title;
};

struct audit_entry {
    std::int64_t id = 0;
    std::string what;
};
ROAM_RECORD(audit_entry, table("entries"), database("audit"))

struct visit {
    std::int64_t reader = 0;
    std::int64_t number = 0;
};
ROAM_RECORD(visit, primary_key<&visit::reader, &visit::number>(), database("visits"))

int main() {
    roam::database library{"sqlite::memory:"};
    roam::database audit{"sqlite::memory:"};
    std::array shards{roam::database{"sqlite::memory:"}, roam::database{"sqlite::memory:"}};

    // Where the names in the records lead. What is written to the audit log stays, also when the
    // caller's own transaction is rolled back.
    roam::set_route("audit", audit, {.outside_transaction = true});
    roam::set_route("visits", [&](roam::route_request const& what) -> roam::cluster {
        auto const* const v = what.record<visit>();
        auto const* const key = what.key<roam::key_of<visit>>();
        if (!v && !key)
            throw roam::usage_error("a query of visits must name its shard");
        return shards[static_cast<std::size_t>(v ? v->reader : std::get<0>(*key)) % shards.size()];
    });

    roam::create_tables<book>(library);
    roam::create_tables<audit_entry>();
    for (auto const& shard : shards)
        roam::create_tables<visit>(shard);

    {
        roam::transaction tx{library};
        roam::insert(book{.title = "The Lathe of Heaven"});
        roam::insert(audit_entry{.what = "a book was tried"});  // its own database, at once
        roam::after_rollback([] { std::cout << "the book is gone, its entry stays\n"; });
    }
    std::cout << roam::select<book>().count(library) << " books, "
              << roam::select<audit_entry>().count() << " entries\n";

    for (std::int64_t reader = 1; reader <= 5; ++reader)
        roam::insert(visit{.reader = reader, .number = 1});
    std::cout << "shard 0 has " << roam::select<visit>().count(shards[0]) << " visits, shard 1 has "
              << roam::select<visit>().count(shards[1]) << "\n";
    std::cout << "reader 4 " << (roam::exists<visit>({4, 1}) ? "was" : "was not") << " here\n";
    try {
        roam::select<visit>().all();
    } catch (roam::usage_error const& e) {
        std::cout << e.what() << "\n";
    }
}
