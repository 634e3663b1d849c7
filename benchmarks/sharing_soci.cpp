// SPDX-License-Identifier: MIT
#include "sharing.hpp"

#include <soci/soci.h>

// Brings sqlite3.h along, inside of namespace sqlite_api: never include both here.
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>

bench::sharing_subject bench::make_sharing_subject() {
    auto pool = std::make_shared<std::unique_ptr<soci::connection_pool>>();
    sharing_subject subject;
    subject.name = "soci";
    subject.open = [pool](std::size_t sessions) {
        *pool = std::make_unique<soci::connection_pool>(sessions);
        for (std::size_t i = 0; i < sessions; ++i)
            (*pool)->at(i).open(*soci::factory_sqlite3(), "dbname=file:/sharing?vfs=memdb");
    };
    subject.cycle = [pool] { soci::session const s{**pool}; };
    subject.close = [pool] { pool->reset(); };
    return subject;
}
